/* The inventory: how many of each variant lie where. Owns locations and stock. It knows variants
 * and products only as ids; the catalogue registers them (stock_item_add) and asks for totals. */
#ifndef MODULES_INVENTORY_INVENTORY_H
#define MODULES_INVENTORY_INVENTORY_H

#include "platform/events.h"

/* Whether something can be had: not now, few are left, enough. */
typedef enum Availability { AVAILABILITY_OUT, AVAILABILITY_LOW, AVAILABILITY_IN } Availability;

enum {
    STOCK_LOW = 5,          /* so many or fewer are told as "low" */
    STOCK_MAX = 1000000000, /* of a variant at a location */
};

static inline Availability availability_of(int64_t free)
{
    return free <= 0 ? AVAILABILITY_OUT : free <= STOCK_LOW ? AVAILABILITY_LOW : AVAILABILITY_IN;
}

/* A place that holds stock. */
typedef struct Location {
    Id id;
    Str name;
} Location;

typedef struct LocationList {
    Location *items;
    size_t n;
} LocationList;

/* The count of one variant at one location. Free to sell: on_hand − reserved. */
typedef struct StockLevel {
    Id variant;
    Id location;
    int64_t on_hand;
    int64_t reserved;
    Time updated_at;
} StockLevel;

typedef struct StockLevelList {
    StockLevel *items;
    size_t n;
} StockLevelList;

/* Announced in the transaction that changes it: whether a variant can be had is now another answer
 * than before. */
typedef struct StockEvent {
    Id product, variant;
    Availability availability;
} StockEvent;
extern const Event stock_availability_changed;

/* What is free of a variant at one location. */
typedef struct Stock {
    Id variant;
    int64_t free;
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
 */
void stock_ask(Ctx *cx, StockList *stock, Id product);
void stock_ask_all(Ctx *cx, StockList *stock, IdList products);

/* Free of this variant over all locations; false when the list has no such variant. */
bool stock_of(const StockList *stock, Id variant, int64_t *free);

/* Where stock lies when nobody says otherwise; made by the first migration. */
extern const Id location_main;

/* A variant that can have stock from now on: `on_hand` lie at the main location. `product` groups
 * variants for stock_ask. */
void stock_register(Ctx *cx, Id variant, Id product, int64_t on_hand);
void stock_forget(Ctx *cx, Id variant);

/* Makes so many of the variant free to sell over all locations: what is missing or too much is added
 * or taken away at the main one. False, and nothing has changed, when it is not registered, or so much
 * cannot be taken away there. */
bool stock_set_free(Ctx *cx, Id variant, int64_t free);
void stock_forget_product(Ctx *cx, Id product);

extern const EnumNames availability_names;
extern const Type location_type, stock_level_type;
extern const Module inventory_module;

#endif
