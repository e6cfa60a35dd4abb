/* Types that only carts themselves use: rows, inputs and answers. */
#ifndef MODULES_CART_TYPES_H
#define MODULES_CART_TYPES_H

#include "modules/cart/cart.h"
#include "modules/cart/limits.h"

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef enum CartKind { CART_PLAIN, CART_SAVED, CART_WISH } CartKind;

typedef struct CartRow {
    Present present;
    Id id;
    unsigned kind;
    Str name;
    Str token_hash;
    Id customer_id;
    unsigned status;
    Str channel;
    Currency currency;
    Str locale;
    Str note;
    Money seen_discount;
    Id order_id, merged_into;
    int64_t version;
    Time expires_at, created_at, updated_at;
} CartRow;

typedef struct CartLineRow {
    Present present;
    Id cart_id, id, variant_id, product_id;
    int64_t quantity;
    LineAttributes attributes;
    Str title, sku;
    Money seen_price; /* absent: it was not for sale */
} CartLineRow;

typedef struct CartLineRows {
    CartLineRow *items;
    size_t n;
} CartLineRows;

extern const EnumNames cart_kind_names;
extern const Type cart_row_type, cart_line_row_type, cart_notice_type;

/* ---- What is sent ---------------------------------------------------------------------------- */

typedef struct NewCart {
    Present present;
    Str channel;
    Currency currency;
    Str locale, note;
} NewCart;

typedef struct WantedLine {
    Id variant;
    int64_t quantity;
    LineAttributes attributes;
} WantedLine;

typedef struct WantedLines {
    WantedLine *items;
    size_t n;
} WantedLines;

typedef struct AddLines {
    Present present;
    WantedLines lines;
    int64_t version;
} AddLines;

typedef struct LinePatch {
    Present present;
    int64_t quantity;
    LineAttributes attributes;
    int64_t version;
} LinePatch;

typedef struct CartPatch {
    Present present;
    Str note;
    int64_t version;
} CartPatch;

typedef enum MoveTo { MOVE_TO_LIST, MOVE_TO_CART } MoveTo;

typedef struct LineMove {
    Present present;
    Id list;
    unsigned to; /* MoveTo */
    IdList lines;
    int64_t version;
} LineMove;

typedef struct NewList {
    Present present;
    unsigned kind; /* CartKind, not CART_PLAIN */
    Str name;
    Str channel;
    Currency currency;
    Str locale;
} NewList;

typedef struct ListPatch {
    Present present;
    Str name;
    int64_t version;
} ListPatch;

extern const Type line_move_type, new_list_type, list_patch_type;
extern const Type line_attribute_type, new_cart_type, add_lines_type, line_patch_type,
    cart_patch_type;

/* ---- What is asked and answered -------------------------------------------------------------- */

/* A cart as a list of them shows it. */
typedef struct CartSummary {
    Present present;
    Id id, customer;
    unsigned status;
    Str channel;
    Currency currency;
    Str locale, note;
    int64_t pieces;
    Id order;
    int64_t version;
    Time expires_at, created_at, updated_at;
} CartSummary;

typedef struct CartSummaries {
    CartSummary *items;
    size_t n;
} CartSummaries;

typedef struct CartQuery {
    Present present;
    Id customer;
    unsigned status;
    int64_t limit;
    Str cursor;
} CartQuery;

typedef struct CartCursor {
    Id before;
} CartCursor;

/* A list of a customer's, and how lists of lists show it. */
typedef struct SavedList {
    Present present;
    Id id, customer;
    unsigned kind;
    Str name;
    Str channel;
    Currency currency;
    Str locale;
    CartLines lines;
    CartNotices notices;
    int64_t version;
    Time created_at, updated_at;
} SavedList;

typedef struct ListSummary {
    Id id;
    unsigned kind;
    Str name;
    Str channel;
    Currency currency;
    Str locale;
    int64_t pieces;
    int64_t version;
    Time created_at, updated_at;
} ListSummary;

typedef struct ListSummaries {
    ListSummary *items;
    size_t n;
} ListSummaries;

extern const Type saved_list_type, list_summary_type;
extern const Type cart_summary_type, cart_query_type, cart_cursor_type;

#endif
