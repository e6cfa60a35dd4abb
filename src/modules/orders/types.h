/* Types of orders that no other module uses: rows, and what routes take.
 *
 * Rows are as the tables have them, with ids of what they belong to and keys to search by; documents (in
 * orders.h where other modules see them) are as the API shows them. What is nullable in a row has a Present
 * bit, since 0 would be a number, a time and an amount like others.
 *
 * Rejected: headers for each table (they are read together, by store.h). */
#ifndef MODULES_ORDERS_TYPES_H
#define MODULES_ORDERS_TYPES_H

#include "modules/orders/orders.h"

enum {
    ORDER_REFERENCE_LENGTH = 8,
    ORDER_TOKEN_BYTES = 16,      /* 128 bits: nobody guesses it */
    ORDER_QUANTITY_MAX = 100000, /* of one line */
    ORDER_TEXT_MAX = 500,        /* of a reason or a note to a parcel: a few sentences */
    ORDER_NOTE_MAX = 5000,       /* of a note of staff */
    ORDER_RETURNS_MAX =
        100, /* of one order, and so its shipments and refunds: all are read with it */
};

/* The most that one line or part of an order may cost, in minor units: 500 of them fit. */
#define ORDER_AMOUNT_MAX INT64_C(1000000000000)

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct OrderRow {
    Present present;
    Id id;
    int64_t number;
    Str reference, token;
    unsigned state;
    Id cart_id, customer_id, payment_id;
    Str email, email_key, name_key, locale, channel;
    Currency currency;
    Money subtotal, discount, shipping, tax, total, captured, refunded, credited;
    int64_t items, shipped, delivered, returned;
    Str title, image; /* of the first line */
    Str shipping_rate, note;
    Address shipping_address, billing_address;
    Str cancel_reason;
    bool forget;
    Time placed_at, paid_at, cancelled_at;
    int64_t version;
    Time updated_at;
} OrderRow;

typedef struct OrderRowList {
    OrderRow *items;
    size_t n;
} OrderRowList;

typedef struct OrderLineRow {
    Id id, order_id;
    int64_t position;
    Id variant_id, product_id;
    Str title, variant_title, sku, image;
    int64_t quantity;
    Money unit_price, discount, tax, total;
    int64_t shipped, delivered, returned, refunded;
} OrderLineRow;

typedef struct OrderShipmentRow {
    Present present;
    Id id, order_id;
    Str carrier, tracking_number, tracking_url;
    OrderPartList lines;
    Time shipped_at, delivered_at;
} OrderShipmentRow;

typedef struct OrderReturnRow {
    Present present;
    Id id, order_id;
    unsigned state;
    OrderPartList lines;
    Str reason;
    bool restocked;
    Time requested_at, closed_at;
} OrderReturnRow;

typedef struct OrderRefundRow {
    Present present;
    Id id, order_id;
    unsigned state, way;
    Id payment_id, refund;
    Money amount, goods, shipping, tax;
    OrderPartList lines;
    Str reason;
    Time created_at;
} OrderRefundRow;

/* What has happened to an order. */
typedef enum OrderHappening {
    HAPPENED_PLACED,
    HAPPENED_CAPTURED,
    HAPPENED_PAYMENT_FAILED,
    HAPPENED_PAYMENT_VOIDED,
    HAPPENED_SHIPPED,
    HAPPENED_TRACKED,
    HAPPENED_DELIVERED,
    HAPPENED_CANCELLED,
    HAPPENED_RETURN_REQUESTED,
    HAPPENED_RETURN_RECEIVED,
    HAPPENED_RETURN_REFUSED,
    HAPPENED_REFUND_BEGUN,
    HAPPENED_REFUNDED,
    HAPPENED_REFUND_FAILED,
    HAPPENED_CHANGED,
} OrderHappening;

typedef struct OrderTimelineRow {
    Present present;
    Id id, order_id;
    unsigned kind; /* OrderHappening */
    unsigned state;
    bool public;
    Str detail;
    Money amount;
    Str actor;
} OrderTimelineRow;

typedef struct OrderNoteRow {
    Id id, order_id;
    Str author, text;
} OrderNoteRow;

extern const Type order_row_type, order_line_row_type, order_shipment_row_type,
    order_return_row_type, order_refund_row_type, order_timeline_row_type, order_note_row_type;

/* ---- Documents ------------------------------------------------------------------------------- */

extern const Type order_line_type, order_part_type, order_shipment_type, order_return_type,
    order_refund_type, order_event_type;

/* An order as a list shows it. */
typedef struct OrderSummary {
    Present present;
    Id id;
    int64_t number;
    Str reference;
    unsigned state;
    Id customer;
    Str email;
    Currency currency;
    Money total, refunded;
    int64_t items;
    Str title, image;
    Time placed_at;
} OrderSummary;

/* An entry of the timeline. */
typedef struct OrderEntry {
    Present present;
    unsigned kind, state;
    Str detail;
    Money amount;
    Str actor;
    bool public;
    Time at;
} OrderEntry;

typedef struct OrderNote {
    Id id;
    Str text, author;
    Time at;
} OrderNote;

extern const Type order_summary_type, order_entry_type, order_note_type;

/* ---- What routes take ------------------------------------------------------------------------ */

typedef struct OrderQuery {
    Present present;
    unsigned state;
    Id customer;
    int64_t number;
    Str reference, email, name, sku;
    Time since, until;
    int64_t limit;
    Str cursor;
} OrderQuery;

typedef struct OrderPageQuery {
    int64_t limit;
    Str cursor;
} OrderPageQuery;

typedef struct OrderCursor {
    Id id;
} OrderCursor;

typedef struct NewOrderLine {
    Id variant, product;
    Str title, variant_title, sku, image;
    int64_t quantity;
    Money unit_price, discount, tax;
} NewOrderLine;

typedef struct NewOrderLineList {
    NewOrderLine *items;
    size_t n;
} NewOrderLineList;

/* What staff write down for a customer at the telephone. */
typedef struct NewOrder {
    Present present;
    Id customer;
    Str email, locale, channel;
    Currency currency;
    NewOrderLineList lines;
    Money shipping;
    Money shipping_tax;
    Str shipping_rate, note, provider;
    Address shipping_address, billing_address;
} NewOrder;

typedef struct NewShipment {
    Present present;
    OrderPartList lines;
    Str carrier, tracking_number, tracking_url;
} NewShipment;

typedef struct TrackingPatch {
    Present present;
    Str carrier, tracking_number, tracking_url;
} TrackingPatch;

typedef struct Cancellation {
    Str reason;
} Cancellation;

typedef struct NewReturn {
    OrderPartList lines;
    Str reason;
} NewReturn;

typedef struct ReturnReceipt {
    bool restock;
} ReturnReceipt;

typedef struct NewRefund {
    Present present;
    Money amount;
    OrderPartList lines;
    bool shipping;
    unsigned way;
    Str reason;
} NewRefund;

extern const Type order_query_type, order_page_query_type, order_cursor_type, new_order_type,
    new_shipment_type, tracking_patch_type, cancellation_type, new_return_type, return_receipt_type,
    new_refund_type;

#endif
