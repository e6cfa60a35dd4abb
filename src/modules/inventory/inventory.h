/* The inventory: how many of each variant lie where, and to whom they are promised. Owns locations,
 * stock, reservations and movements. It knows variants and products only as ids; the catalogue
 * registers them (stock_register) and asks for totals. See docs/internals/inventory.md.
 *
 * Who sells says what is wanted, and gets all of it or is told what is lacking:
 *
 *     StockDemand wanted[] = {{shirt, 2}, {mug, 1}};
 *     StockShortList lacking;
 *     if (!stock_reserve(cx, (StockOwner){"cart", cart}, (StockDemandList){wanted, 2},
 *                        in_ten_minutes, &lacking)) …
 *     stock_confirm(cx, (StockOwner){"cart", cart}, (StockOwner){"ord", order}, …);
 *     stock_ship(cx, (StockOwner){"ord", order}, …);
 *
 * Whoever changes several things in one transaction calls these last, so that a variant that many
 * want is held for as short as can be; and one owner is changed by one transaction at a time (its
 * own row is taken first). */
#ifndef MODULES_INVENTORY_INVENTORY_H
#define MODULES_INVENTORY_INVENTORY_H

#include "platform/events.h"

/* Whether something can be had, from worst to best. What is not there may be sold all the same (its
 * policy): to be sent when it comes again, or when it comes for the first time. */
typedef enum Availability {
    AVAILABILITY_OUT,
    AVAILABILITY_BACKORDER,
    AVAILABILITY_PREORDER,
    AVAILABILITY_LOW, /* from here on it is there */
    AVAILABILITY_IN,
} Availability;

enum {
    STOCK_LOW = 5,           /* so many or fewer are told as "low" */
    STOCK_MAX = 1000000000,  /* of a variant at a location, and of a demand */
    STOCK_DEMANDS_MAX = 500, /* lines of one reservation: each is a row that others wait for */
};

/* Of a variant that is not sold beyond what is there. */
static inline Availability availability_of(int64_t free)
{
    return free <= 0 ? AVAILABILITY_OUT : free <= STOCK_LOW ? AVAILABILITY_LOW : AVAILABILITY_IN;
}

/* ---- What is announced ----------------------------------------------------------------------- */

/* Announced in the transaction that changes it: whether a variant can be had is now another answer
 * than before. What expires is noticed by the next who wants it, and by a job within a minute. */
typedef struct StockEvent {
    Id product, variant;
    Availability availability;
} StockEvent;
extern const Event stock_availability_changed;
extern const Event stock_low;  /* few are left, or none: more are to be ordered */
extern const Event stock_back; /* it is there again */

/* ---- How much there is ------------------------------------------------------------------------ */

/* What is free of a variant at one location. */
typedef struct Stock {
    Id variant;
    int64_t free;
    Availability availability;
} Stock;

/* Ascending by variant. */
typedef union StockList {
    AnyList rows;
    struct {
        Stock *items;
        size_t n;
    };
} StockList;

/* Asks for the stock of all variants of a product, or of several; *stock is there after db_settle.
 * What is promised by an expired reservation is free. */
void stock_ask(Ctx *cx, StockList *stock, Id product);
void stock_ask_all(Ctx *cx, StockList *stock, IdList products);

/* Free of this variant over all locations, and what is told of it; false when the list has no such
 * variant. */
bool stock_of(const StockList *stock, Id variant, int64_t *free, Availability *availability);

/* Where stock lies when nobody says otherwise; made by the first migration. */
extern const Id location_main;

/* A variant that can have stock from now on: `on_hand` lie at the main location. `product` groups
 * variants for stock_ask. */
void stock_register(Ctx *cx, Id variant, Id product, int64_t on_hand);

/* The variant goes, with what is promised of it. Its movements stay. */
void stock_forget(Ctx *cx, Id variant);
void stock_forget_product(Ctx *cx, Id product);

/* Makes so many of the variant free to sell over all locations: what is missing or too much is added
 * or taken away at the main one. False, and nothing has changed, when it is not registered, or so much
 * cannot be taken away there. */
bool stock_set_free(Ctx *cx, Id variant, int64_t free);

/* ---- Counting, from a file ---------------------------------------------------------------------- */

/* How a change of one level has ended. */
typedef enum StockEnd {
    STOCK_FINE,
    STOCK_NO_VARIANT,
    STOCK_NO_LOCATION,
    STOCK_BELOW_RESERVED, /* fewer would be on hand than are promised */
    STOCK_TOO_MUCH,       /* more than STOCK_MAX */
    STOCK_OTHER,          /* not so many were on hand as was expected */
} StockEnd;

typedef struct StockBefore {
    int64_t on_hand, reserved;
} StockBefore;

/* So many are on hand at the location, by an import. `expected` (NULL: whatever is there) is what the
 * file knows of. Changes nothing when it is not STOCK_FINE; *before is what was there. */
StockEnd stock_count(Ctx *cx, Id variant, Id location, int64_t on_hand, const int64_t *expected,
                     StockBefore *before);

Id stock_location_named(Ctx *cx, Str name); /* 0: there is none */

/* What lies where, of variants of several products: ascending by variant, then location. */
typedef struct StockPlace {
    Id variant;
    Str location;
    int64_t on_hand, reserved, safety, incoming;
} StockPlace;

typedef struct StockPlaceList {
    StockPlace *items;
    size_t n;
} StockPlaceList;

StockPlaceList stock_places(Ctx *cx, IdList products);

/* The first of the variant's places, or of the next variant's. */
size_t stock_places_first(const StockPlaceList *places, Id variant);

/* ---- Promises ---------------------------------------------------------------------------------- */

/* To whom something is promised: "cart", "ord", "hold" and the id behind that prefix. `kind` lives
 * as long as the program. */
typedef struct StockOwner {
    const char *kind;
    Id id;
} StockOwner;

/* Asks for the stock of these variants as the owner sees it: what is promised to him is free to him. */
void stock_ask_for(Ctx *cx, StockList *stock, IdList variants, StockOwner owner);

typedef struct StockDemand {
    Id variant;
    int64_t quantity; /* 1 … STOCK_MAX */
} StockDemand;

typedef struct StockDemandList {
    StockDemand *items;
    size_t n; /* at most STOCK_DEMANDS_MAX */
} StockDemandList;

/* Of a variant of which more was wanted than can be had. */
typedef struct StockShort {
    Id variant;
    int64_t wanted; /* over all lines that name it */
    int64_t free;   /* so many could be had */
} StockShort;

typedef struct StockShortList {
    StockShort *items;
    size_t n;
} StockShortList;

/* From now on exactly this is promised to the owner, until `expires_at` (0: for good), in place of
 * what was promised to him before. All or nothing: when something is short, false; *lacking then
 * names each variant that is, and what was promised before still is. A variant may be named several
 * times: its demand is summed. Of what may be sold beyond what is there (its policy) the rest waits for
 * stock to come. Asked again for the same it only moves the end. */
bool stock_reserve(Ctx *cx, StockOwner owner, StockDemandList wanted, Time expires_at,
                   StockShortList *lacking);

/* The same, for good, for an owner to whom nothing was promised before: one who is made in this
 * transaction. A statement less. */
bool stock_promise(Ctx *cx, StockOwner owner, StockDemandList wanted, StockShortList *lacking);

/* Moves the end of what is promised to the owner and has not expired: how many reservations. */
int64_t stock_extend(Ctx *cx, StockOwner owner, Time expires_at);

/* What was promised to a cart is promised to its order, for good. False when that is not exactly
 * `wanted`, since something has expired: the caller reserves for the order instead, or gives up and
 * rolls back. */
bool stock_confirm(Ctx *cx, StockOwner from, StockOwner to, StockDemandList wanted);

/* Nothing is promised to the owner any more. False: nothing was that had not expired. */
bool stock_release(Ctx *cx, StockOwner owner);

/* How many are promised to the owner, over all variants, for good. */
int64_t stock_promised(Ctx *cx, StockOwner owner);

/* To whom of that kind something is promised that has not expired: the next ones behind `after`,
 * ascending. */
IdList stock_owners(Ctx *cx, const char *kind, Id after, int64_t limit);

/* So many of what is promised to the owner leave the house: on hand and promised are fewer. False,
 * and nothing has changed, when that much is not promised to him, has expired, or still waits for
 * stock. */
bool stock_ship(Ctx *cx, StockOwner owner, StockDemandList parcel);

/* So many have come back from him and are on hand again, where stock lies when nobody says otherwise.
 * What the inventory does not know any more, or has no room for (STOCK_MAX), is left out. */
void stock_take_back(Ctx *cx, StockOwner from, StockDemandList parcel);

/* 409 of who wanted more than there is; stands in the errors of stock_holds_module. */
extern const Error error_stock_short;

extern const EnumNames availability_names;
extern const Module inventory_module, stock_holds_module, stock_transfers_module;

#endif
