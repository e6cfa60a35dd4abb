/* A variant's stock in memory: what lies where, what is promised, and what may be decided about it.
 * Pure: values in, values out. */
#ifndef MODULES_INVENTORY_SHELF_H
#define MODULES_INVENTORY_SHELF_H

#include "modules/inventory/types.h"

/* A row of stock_levels with that of stock_items beside it. */
typedef struct Level {
    Id variant, product, location;
    int64_t on_hand, reserved, safety, incoming;
    unsigned policy;
    int64_t backorder_limit; /* -1: none */
    Time available_at;       /* 0: not said */
    int64_t waiting;
    unsigned availability;
} Level;

typedef struct LevelList {
    Level *items;
    size_t n;
} LevelList;

/* One variant. Its levels stand in the order in which locations serve. */
typedef struct Shelf {
    Id variant, product;
    Level *levels, *stored; /* as they are to be, and as the database has them */
    size_t n;
    StockPolicy policy;
    int64_t backorder_limit; /* -1: none */
    Time available_at;
    int64_t waiting, stored_waiting;
    Availability availability; /* as was announced last */
} Shelf;

typedef struct ShelfList {
    Shelf *items; /* ascending by variant */
    size_t n;
} ShelfList;

/* So many from one location; location 0: they wait for stock. */
typedef struct Portion {
    Id variant, location;
    int64_t quantity;
} Portion;

typedef struct PortionList {
    Portion *items;
    size_t n, capacity;
    Arena *arena;
} PortionList;

/* The rows are ascending by variant and, within one, in the order in which locations serve. */
ShelfList shelves_of(Arena *arena, LevelList rows);

Shelf *shelf_find(ShelfList shelves, Id variant); /* NULL: not registered */
Level *shelf_level(Shelf *shelf, Id location);    /* NULL: never counted there */

/* What can be sold of a level: never below zero, though its safety stock may be eaten into. */
int64_t level_free(const Level *level);
int64_t shelf_free(const Shelf *shelf);

/* How many may be promised beyond what is there, as of now. */
int64_t shelf_beyond(const Shelf *shelf, Time now);

/* From now on it is sold so; `limit` -1: none. */
void shelf_set_policy(Shelf *shelf, StockPolicy policy, int64_t limit, Time available_at);

/* Takes back what was promised from `location` (0: what waits). */
void shelf_give_back(Shelf *shelf, Id location, int64_t quantity);

/* Promises `quantity`: from one location if one has it all, else from several in their order; what is
 * not there waits, if the policy allows. Adds to *portions. False, and nothing is changed, when it is
 * more than shelf_free and shelf_beyond. */
bool shelf_take(Shelf *shelf, int64_t quantity, Time now, PortionList *portions);

/* What is to be told of it, as of now. */
Availability shelf_availability(const Shelf *shelf, Time now);

/* Demand by variant: ascending, each once, quantities summed. */
StockDemandList demands_summed(Arena *arena, StockDemandList wanted);

extern const Type level_type;

#endif
