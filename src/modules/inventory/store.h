/* The inventory's SQL: statements of the module but those of its checks. */
#ifndef MODULES_INVENTORY_STORE_H
#define MODULES_INVENTORY_STORE_H

#include "modules/inventory/shelf.h"

/* ---- Locations -------------------------------------------------------------------------------- */

LocationList locations_all(Ctx *cx);
Location *location_read(Ctx *cx, Id id);                 /* NULL: none */
bool location_insert(Ctx *cx, const Location *location); /* false: the name is taken */
bool location_update(Ctx *cx, const Location *location); /* false: the name is another one's */

/* ---- Levels and items ------------------------------------------------------------------------- */

StockLevelList stock_levels_of(Ctx *cx, Id variant);
StockLevel *stock_level(Ctx *cx, Id variant, Id location); /* NULL: never counted */
StockItem *stock_item(Ctx *cx, Id variant);                /* NULL: not registered */
void stock_item_set_policy(Ctx *cx, const StockItem *item);

/* Nothing on hand of the variant at the location yet; nothing when that is so already, or when there
 * is no such variant or location. */
void level_open(Ctx *cx, Id variant, Id location);

/* Holds all levels of the variant until the commit: then nothing of it changes but by this
 * transaction, reservations included. Posted. Variants are locked ascending, and levels before
 * items. */
void levels_lock(Ctx *cx, Id variant);

/* All levels of these variants, ascending by variant, then in the order in which locations serve. */
void levels_ask(Ctx *cx, AnyList *rows, IdList variants);

/* Promises `quantity` from the location whose turn it is, if that still has more than STOCK_LOW free
 * afterwards; *location points to it after db_settle, else it is NULL. Whoever finds that much needs
 * to hold nothing else: what is told of the variant stays the same. */
typedef struct TakenLocation {
    Id location;
} TakenLocation;
void level_ask_take(Ctx *cx, TakenLocation **location, StockDemand demand);

/* The same with the reservation, posted: its location is the one that serves. When nobody can, the
 * transaction is run again. Only of PostgreSQL, where it spares the row that others wait for a word to
 * the program and back. */
void reservation_post_taken(Ctx *cx, const Reservation *reservation);

/* How much is free of each at the location that has most of it, as far as anybody can see who holds
 * nothing; ascending by variant, items are Plenty. */
typedef struct Plenty {
    Id variant;
    int64_t free;
} Plenty;
void levels_ask_plenty(Ctx *cx, AnyList *rows, IdList variants);

/* Posted, of locked levels. */
void level_put(Ctx *cx, const Level *level);
void item_put(Ctx *cx, Id variant, int64_t waiting, Availability availability);

IdList variants_of_product(Ctx *cx, Id product);
void levels_delete(Ctx *cx, Id variant); /* with its item and reservations */

/* ---- Movements -------------------------------------------------------------------------------- */

void movement_insert(Ctx *cx, const Movement *movement);                    /* posted */
MovementList movements_page(Ctx *cx, Id variant, Id before, int64_t limit); /* newest first */

/* ---- Reservations ------------------------------------------------------------------------------ */

void reservations_insert(Ctx *cx, const Reservation *rows, size_t n); /* posted */
void reservations_delete(Ctx *cx, IdList ids);                        /* posted */
void reservation_set_quantity(Ctx *cx, Id id, int64_t quantity);      /* posted */
void reservation_put_at(Ctx *cx, Id id, Id location);                 /* posted */

/* Ascending by variant, then as they were made. Expired ones too. */
ReservationList reservations_of(Ctx *cx, StockOwner owner);
void reservations_ask(Ctx *cx, AnyList *rows, StockOwner owner);

/* Those of these variants that have expired. */
void reservations_ask_expired(Ctx *cx, AnyList *rows, IdList variants);

/* Those that wait for stock, the oldest first. */
ReservationList reservations_waiting(Ctx *cx, Id variant);

/* Those of the variant that are alive, the oldest first: a page, behind `after` (0: the first). */
ReservationList reservations_page(Ctx *cx, Id variant, Id after, int64_t limit);

/* Some variants, ascending, of which something has expired, or the day of whose pre-orders has come. */
IdList variants_expired(Ctx *cx, int64_t limit);

/* How many were alive. */
int64_t reservations_extend(Ctx *cx, StockOwner owner, Time expires_at);
int64_t reservations_confirm(Ctx *cx, StockOwner from, StockOwner to);

#endif
