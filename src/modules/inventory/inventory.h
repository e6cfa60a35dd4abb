/* The inventory: how many of each variant lie where. Owns locations and stock. It knows variants
 * and products only as ids; the catalogue registers them (stock_item_add) and asks for totals. */
#ifndef MODULES_INVENTORY_INVENTORY_H
#define MODULES_INVENTORY_INVENTORY_H

#include "platform/module.h"

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

/* What is free of each variant that has any level, over all locations, ascending by variant. */
typedef struct Stock {
    Id variant;
    int64_t free;
} Stock;

typedef union StockList {
    AnyList rows;
    struct {
        Stock *items;
        size_t n;
    };
} StockList;

/* Asks for the stock of all variants of these products; *stock is there after db_settle. */
void stock_ask(Ctx *cx, StockList *stock, IdList products);

/* Free of this variant; 0 when none was ever counted. */
int64_t stock_of(const StockList *stock, Id variant);

/* A variant that can have stock from now on, and no longer. `product` groups variants for
 * stock_ask. */
void stock_item_add(Ctx *cx, Id variant, Id product);
void stock_item_remove(Ctx *cx, Id variant);
void stock_items_remove_of(Ctx *cx, Id product);

/* Where stock lies when nobody says otherwise; made by the first migration. */
extern const Id location_main;

/* Sets what is on hand; false when the variant has no stock item or there is no such location. */
bool stock_set(Ctx *cx, Id variant, Id location, int64_t on_hand);

extern const Type location_type, stock_level_type;
extern const Module inventory_module;

#endif
