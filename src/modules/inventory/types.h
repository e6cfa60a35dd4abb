/* Types of the inventory that no other module uses: what its routes take and give. */
#ifndef MODULES_INVENTORY_TYPES_H
#define MODULES_INVENTORY_TYPES_H

#include "modules/inventory/inventory.h"

/* A place that holds stock. */
typedef struct Location {
    Present present;
    Id id;
    Str name;
    int64_t priority; /* the lowest serves first */
} Location;

typedef struct LocationList {
    Location *items;
    size_t n;
} LocationList;

/* The count of one variant at one location. */
typedef struct StockLevel {
    Present present;
    Id variant;
    Id location;
    int64_t on_hand;
    int64_t reserved;
    int64_t safety;
    int64_t incoming;
    Time updated_at;
} StockLevel;

typedef struct StockLevelList {
    StockLevel *items;
    size_t n;
} StockLevelList;

typedef enum StockPolicy { POLICY_DENY, POLICY_BACKORDER, POLICY_PREORDER } StockPolicy;

/* What is decided of a variant over all locations. */
typedef struct StockItem {
    Present present;
    Id variant;
    unsigned policy;
    int64_t backorder_limit;
    Time available_at;
    int64_t waiting;
    unsigned availability;
} StockItem;

/* Why what is on hand has changed. */
typedef enum MovementReason {
    MOVEMENT_INITIAL,
    MOVEMENT_COUNTED,
    MOVEMENT_RECEIVED,
    MOVEMENT_RETURNED,
    MOVEMENT_DAMAGED,
    MOVEMENT_LOST,
    MOVEMENT_FOUND,
    MOVEMENT_OTHER,
    MOVEMENT_IMPORTED,
    MOVEMENT_SOLD,
    MOVEMENT_SENT,
    MOVEMENT_ARRIVED,
    MOVEMENT_REMOVED,
    MOVEMENT_REPAIRED,
} MovementReason;

typedef struct Movement {
    Id id, variant, location;
    int64_t change;
    unsigned reason;
    Str reference, actor;
    Time at;
} Movement;

typedef struct MovementList {
    Movement *items;
    size_t n;
} MovementList;

typedef struct MovementQuery {
    int64_t limit;
    Str cursor;
} MovementQuery;

/* Behind (older than) this movement. */
typedef struct MovementCursor {
    Id before;
} MovementCursor;

/* What a person says of a change. */
typedef struct Adjustment {
    int64_t change;
    unsigned reason; /* of those up to MOVEMENT_OTHER */
    Str reference;
} Adjustment;

typedef struct Reservation {
    Present present;
    Id id;
    Str owner_kind;
    Id owner_id;
    Id variant;
    Id location; /* 0: waits for stock */
    int64_t quantity;
    Time expires_at; /* 0: never */
    Time created_at;
} Reservation;

typedef struct ReservationList {
    Reservation *items;
    size_t n;
} ReservationList;

/* A reservation as a list shows it. */
typedef struct StockPromise {
    Present present;
    Str owner;
    Id location;
    int64_t quantity;
    Time expires_at;
    Time created_at;
} StockPromise;

typedef struct StockPromiseList {
    StockPromise *items;
    size_t n;
} StockPromiseList;

/* Behind this reservation. */
typedef struct PromiseCursor {
    Id after;
} PromiseCursor;

enum { HOLD_SECONDS_MAX = 30 * 86400 }; /* what nobody fetches is not kept for ever */

typedef struct HoldLine {
    Id variant;
    int64_t quantity;
} HoldLine;

typedef struct HoldLineList {
    HoldLine *items;
    size_t n;
} HoldLineList;

/* Stock that is kept for somebody outside: a till, a marketplace, a person at the telephone. */
typedef struct Hold {
    Present present;
    Id id;
    HoldLineList lines;
    int64_t seconds;
    Time expires_at;
} Hold;

extern const EnumNames policy_names, movement_names;
extern const Type location_type, stock_level_type, stock_item_type, movement_type,
    movement_query_type, movement_cursor_type, adjustment_type, reservation_type,
    stock_promise_type, promise_cursor_type, hold_line_type, hold_type;

#endif
