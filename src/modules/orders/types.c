/* The field tables of orders: documents, what routes take, rows.
 *
 * The document of an order is made of rows of several tables, and flat columns of its own row become objects
 * in it (totals), so rows and documents have types of their own here. The row's fields are not described
 * again: they are what the document says, and the migration tells what is the row's own.
 *
 * Bounds of amounts and quantities are such that 500 lines of the most fit into 64 bits with a line's price
 * computed; sums beyond that are refused by who adds them up.
 *
 * Rejected: one type for both (the row would have members that no column holds, and the document keys by
 * which it is searched). */
#include "modules/orders/types.h"

#include "modules/orders/rules.h"

#include "meta/limits.h"
#include "platform/api/limits.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static const char *const state_docs[ORDER_STATES] = {
    "It is not paid yet.",
    "It is paid, and nothing has left the house.",
    "Some of it has left the house.",
    "All of it has left the house.",
    "All of it has left the house, and some of it has arrived.",
    "All of it has arrived.",
    "Some of it has come back.",
    "All of it has come back.",
    "All that was paid was given back; nothing more will be sent.",
    "It was given up before anything left the house.",
};

const EnumNames order_state_names = {
    .names = (const char *const[]){"pending", "paid", "partially_fulfilled", "fulfilled",
                                   "partially_delivered", "delivered", "partially_returned",
                                   "returned", "refunded", "cancelled"},
    .n = ORDER_STATES,
    .docs = state_docs};

static const EnumNames return_state_names = ENUM_NAMES("requested", "received", "refused");
static const EnumNames refund_state_names = ENUM_NAMES("pending", "done", "failed");
static const EnumNames refund_way_names = ENUM_NAMES("source", "credit");
static const EnumNames happening_names =
    ENUM_NAMES("placed", "captured", "payment_failed", "payment_voided", "shipped",
               "tracking_changed", "delivered", "cancelled", "return_requested", "return_received",
               "return_refused", "refund_begun", "refunded", "refund_failed", "changed");

#define MINOR "in minor units"

/* ---- Parts and lines ------------------------------------------------------------------------- */

const Type order_part_type =
    TYPE(OrderPart, "So many of a line.",
         FIELD(OrderPart, line, "Which line.", .prefix = "line", .required = true),
         FIELD(OrderPart, quantity, "How many of it.", .required = true, .min = 1,
               .max = ORDER_QUANTITY_MAX));

#define PARTS(T, doc, ...) LIST(T, lines, doc, order_part_type, .max = ORDER_LINES_MAX, __VA_ARGS__)

const Type order_line_type = TYPE_WITH_ABSENCE(
    OrderLine, "A line of an order, as it was sold.",
    FIELD(OrderLine, id, "Identifier.", .prefix = "line"),
    FIELD(OrderLine, variant, "The variant, which may be another one today, or gone.",
          .prefix = "var", .nullable = true),
    FIELD(OrderLine, product, "Its product.", .prefix = "prod", .nullable = true),
    FIELD(OrderLine, title, "What it was called."),
    FIELD(OrderLine, variant_title, "And which of its kind: \"Red / L\"; may be empty."),
    FIELD(OrderLine, sku, "Stock keeping unit; may be empty."),
    FIELD(OrderLine, image, "Where its picture is; may be empty."),
    FIELD(OrderLine, quantity, "How many were sold."),
    FIELD(OrderLine, unit_price, "What one costs, " MINOR "."),
    FIELD(OrderLine, discount, "What is taken off the line, " MINOR "."),
    FIELD(OrderLine, tax, "Tax on the line, on top of its price, " MINOR "."),
    FIELD(OrderLine, total, "unit_price × quantity − discount + tax."),
    FIELD(OrderLine, shipped, "How many have left the house."),
    FIELD(OrderLine, delivered, "How many have arrived."),
    FIELD(OrderLine, returned, "How many have come back."),
    FIELD(OrderLine, refunded, "How many were refunded, line by line."));

const Type order_shipment_type = TYPE_WITH_ABSENCE(
    OrderShipment, "A parcel.", FIELD(OrderShipment, id, "Identifier.", .prefix = "ship"),
    FIELD(OrderShipment, carrier, "Who brings it; may be empty."),
    FIELD(OrderShipment, tracking_number, "The carrier's number of it; may be empty."),
    FIELD(OrderShipment, tracking_url, "Where to see how far it is; may be empty."),
    PARTS(OrderShipment, "What is in it."),
    FIELD(OrderShipment, shipped_at, "When it left the house."),
    FIELD(OrderShipment, delivered_at, "When it arrived; null: not yet.", .nullable = true));

const Type order_return_type = TYPE_WITH_ABSENCE(
    OrderReturn, "Goods on their way back.", FIELD(OrderReturn, id, "Identifier.", .prefix = "ret"),
    ENUM(OrderReturn, state, "How far it is.", return_state_names),
    PARTS(OrderReturn, "What comes back."), FIELD(OrderReturn, reason, "Why; may be empty."),
    FIELD(OrderReturn, restocked, "Was it put back into stock?"),
    FIELD(OrderReturn, requested_at, "When it was announced."),
    FIELD(OrderReturn, closed_at, "When it was received or refused; null: not yet.",
          .nullable = true));

const Type order_refund_type = TYPE_WITH_ABSENCE(
    OrderRefund, "Money that goes back.", FIELD(OrderRefund, id, "Identifier.", .prefix = "oref"),
    ENUM(OrderRefund, state, "`pending`: the provider has not answered yet.", refund_state_names),
    ENUM(OrderRefund, way, "To where the money came from, or as store credit.", refund_way_names),
    FIELD(OrderRefund, amount, "goods + shipping + tax, " MINOR "."),
    FIELD(OrderRefund, goods, "The part that was paid for goods."),
    FIELD(OrderRefund, shipping, "The part that was paid for shipping."),
    FIELD(OrderRefund, tax, "The part that was tax."),
    PARTS(OrderRefund, "For which lines; empty: an amount."),
    FIELD(OrderRefund, reason, "Why; may be empty."),
    FIELD(OrderRefund, created_at, "When it was asked for."));

/* ---- The order ------------------------------------------------------------------------------- */

const Type order_type = TYPE_WITH_ABSENCE(
    Order, "What was sold, to whom, for how much, and what has become of it.",
    FIELD(Order, id, "Identifier.", .prefix = "ord"),
    FIELD(Order, number, "Without gaps; null for an instant, until it is given.", .nullable = true),
    FIELD(Order, reference, "Eight letters and digits, by which people name it."),
    FIELD(Order, token,
          "Told to who has placed it: with the header `Order-Token` he reads it without an "
          "account. Else null.",
          .nullable = true),
    ENUM(Order, state, "Where in its life it is.", order_state_names),
    FIELD(Order, cart, "The cart that it was.", .prefix = "cart", .nullable = true),
    FIELD(Order, customer, "The user; null: a guest.", .prefix = "user", .nullable = true),
    FIELD(Order, payment, "How it is paid.", .prefix = "pay", .nullable = true),
    FIELD(Order, email, "Where news of it are sent; empty when forgotten.", .personal = true),
    FIELD(Order, locale, "The customer's language."), FIELD(Order, channel, "Where it was sold."),
    OBJECT(Order, totals, "What it costs.", totals_type),
    FIELD(Order, captured, "What was paid, " MINOR "."),
    FIELD(Order, refunded, "What of that was given back."),
    FIELD(Order, credited, "The part of `refunded` that was given as store credit."),
    FIELD(Order, shipping_rate, "How it is shipped."),
    FIELD(Order, note, "What the customer has written.", .personal = true),
    OBJECT(Order, shipping_address, "Where it is sent.", address_type, .nullable = true,
           .personal = true),
    OBJECT(Order, billing_address, "Who pays.", address_type, .nullable = true, .personal = true),
    LIST(Order, lines, "What was sold.", order_line_type),
    LIST(Order, shipments, "Parcels, the oldest first.", order_shipment_type),
    LIST(Order, returns, "What comes back, the oldest first.", order_return_type),
    LIST(Order, refunds, "Money that goes back, the oldest first.", order_refund_type),
    FIELD(Order, cancel_reason, "Why it was cancelled.", .nullable = true),
    FIELD(Order, placed_at, "When it was placed."),
    FIELD(Order, paid_at, "When it was wholly paid.", .nullable = true),
    FIELD(Order, cancelled_at, "When it was cancelled.", .nullable = true),
    FIELD(Order, version, "Counts changes."), FIELD(Order, updated_at, "When it last changed."));

const Type order_summary_type = TYPE_WITH_ABSENCE(
    OrderSummary, "An order in a list.", FIELD(OrderSummary, id, "Identifier.", .prefix = "ord"),
    FIELD(OrderSummary, number, "Without gaps; null for an instant, until it is given.",
          .nullable = true),
    FIELD(OrderSummary, reference, "Eight letters and digits, by which people name it."),
    ENUM(OrderSummary, state, "Where in its life it is.", order_state_names),
    FIELD(OrderSummary, customer, "The user; null: a guest.", .prefix = "user", .nullable = true),
    FIELD(OrderSummary, email, "Where news of it are sent.", .personal = true),
    FIELD(OrderSummary, currency, "ISO 4217 code."),
    FIELD(OrderSummary, total, "What it costs, " MINOR "."),
    FIELD(OrderSummary, refunded, "What was given back of it."),
    FIELD(OrderSummary, items, "How many things it has, over all lines."),
    FIELD(OrderSummary, title, "Of the first line."),
    FIELD(OrderSummary, image, "Of the first line; may be empty."),
    FIELD(OrderSummary, placed_at, "When it was placed."));

const Type order_entry_type = TYPE_WITH_ABSENCE(
    OrderEntry, "What has happened to an order.",
    ENUM(OrderEntry, kind, "What it was.", happening_names),
    ENUM(OrderEntry, state, "In which state the order was then.", order_state_names),
    FIELD(OrderEntry, detail, "More of it, for people; may be empty."),
    FIELD(OrderEntry, amount, "Of money that moved, " MINOR ".", .nullable = true),
    FIELD(OrderEntry, actor,
          "By whom, an id; null: by the shop itself, or by a customer without account.",
          .nullable = true),
    FIELD(OrderEntry, public, "May the customer see it?"), FIELD(OrderEntry, at, "When."));

const Type order_note_type =
    TYPE(OrderNote, "What staff tell each other of an order.",
         FIELD(OrderNote, id, "Identifier.", .prefix = "note", .read_only = true),
         FIELD(OrderNote, text, "The note.", .required = true, .min = 1, .max = ORDER_NOTE_MAX),
         FIELD(OrderNote, author, "Who wrote it, an id.", .read_only = true),
         FIELD(OrderNote, at, "When.", .read_only = true));

const Type order_event_type =
    TYPE(OrderEvent, "Which order.", FIELD(OrderEvent, order, "The order.", .prefix = "ord"));

/* ---- What routes take ------------------------------------------------------------------------ */

#define PAGE_FIELDS(T)                                                                             \
    FIELD(T, limit, "Items on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),             \
        FIELD(T, cursor, "`next_cursor` of the page before.", .max = 1400)

const Type order_query_type = TYPE_WITH_ABSENCE(
    OrderQuery, "Which orders, the newest first.",
    ENUM(OrderQuery, state, "Only those in this state.", order_state_names),
    FIELD(OrderQuery, customer, "Only this customer's.", .prefix = "user"),
    FIELD(OrderQuery, number, "The one of this number.", .min = 1),
    FIELD(OrderQuery, reference, "The one that people name so, in any case.",
          .min = ORDER_REFERENCE_LENGTH, .max = ORDER_REFERENCE_LENGTH),
    FIELD(OrderQuery, email, "Only those of this address, in any case.", .min = 3,
          .max = EMAIL_MAX),
    FIELD(OrderQuery, name, "Only those sent to somebody whose name begins so, in any case.",
          .min = 3, .max = 120),
    FIELD(OrderQuery, sku, "Only those with something of this stock keeping unit.", .min = 1,
          .max = 100),
    FIELD(OrderQuery, since, "Placed not before this time."),
    FIELD(OrderQuery, until, "Placed before this time."), PAGE_FIELDS(OrderQuery));

const Type order_page_query_type =
    TYPE(OrderPageQuery, "Which part, the newest first.", PAGE_FIELDS(OrderPageQuery));

const Type order_cursor_type = TYPE(OrderCursor, "Where a list of orders goes on.",
                                    FIELD(OrderCursor, id, "", .prefix = "id", .required = true));

#define AMOUNT(T, member, doc, ...)                                                                \
    FIELD(T, member, doc ", " MINOR ".", .min = 0, .max = ORDER_AMOUNT_MAX, __VA_ARGS__)

static const Type new_order_line_type = TYPE(
    NewOrderLine, "Something that is sold.",
    FIELD(NewOrderLine, variant, "The variant; null: it is in no catalogue, and has no stock.",
          .prefix = "var", .nullable = true),
    FIELD(NewOrderLine, product, "Its product.", .prefix = "prod", .nullable = true),
    FIELD(NewOrderLine, title, "What it is called.", .required = true, .min = 1,
          .max = PAGE_TITLE_MAX),
    FIELD(NewOrderLine, variant_title, "Which of its kind.", .max = PAGE_TITLE_MAX, .initial = ""),
    FIELD(NewOrderLine, sku, "Stock keeping unit.", .max = 100, .initial = ""),
    FIELD(NewOrderLine, image, "Where its picture is.", .max = URL_MAX, .initial = ""),
    FIELD(NewOrderLine, quantity, "How many.", .required = true, .min = 1,
          .max = ORDER_QUANTITY_MAX),
    AMOUNT(NewOrderLine, unit_price, "What one costs", .required = true),
    AMOUNT(NewOrderLine, discount, "What is taken off the line", .initial = "0"),
    AMOUNT(NewOrderLine, tax, "Tax on the line, on top", .initial = "0"));

const Type new_order_type = TYPE_WITH_ABSENCE(
    NewOrder, "An order that staff write down for a customer.",
    FIELD(NewOrder, customer, "The user; left out: somebody without an account.", .prefix = "user"),
    FIELD(NewOrder, email, "Where news of it are sent.", .required = true, .format = FORMAT_EMAIL,
          .personal = true),
    FIELD(NewOrder, locale, "The customer's language.", .format = FORMAT_LOCALE, .initial = "en"),
    FIELD(NewOrder, channel, "Where it is sold.", .max = 40, .initial = "default"),
    FIELD(NewOrder, currency, "ISO 4217 code.", .required = true),
    LIST(NewOrder, lines, "What is sold.", new_order_line_type, .required = true, .min = 1,
         .max = ORDER_LINES_MAX),
    AMOUNT(NewOrder, shipping, "What shipping costs", .initial = "0"),
    AMOUNT(NewOrder, shipping_tax, "Tax on shipping, on top", .initial = "0"),
    FIELD(NewOrder, shipping_rate, "How it is shipped.", .max = 100, .initial = ""),
    FIELD(NewOrder, note, "What the customer wants to say.", .max = ORDER_TEXT_MAX, .initial = "",
          .personal = true),
    FIELD(NewOrder, provider,
          "Who takes the money. `manual`: it is captured by hand when it comes.", .max = 20,
          .initial = "manual"),
    OBJECT(NewOrder, shipping_address, "Where it is sent.", address_type, .personal = true),
    OBJECT(NewOrder, billing_address, "Who pays; left out: where it is sent.", address_type,
           .personal = true));

#define TRACKING_FIELDS(T, ...)                                                                    \
    FIELD(T, carrier, "Who brings it.", .max = 100, __VA_ARGS__),                                  \
        FIELD(T, tracking_number, "The carrier's number of it.", .max = 100, __VA_ARGS__)

const Type new_shipment_type = TYPE_WITH_ABSENCE(
    NewShipment, "A parcel that leaves the house.",
    PARTS(NewShipment, "What is in it; left out: all that has not left yet.", .min = 1),
    TRACKING_FIELDS(NewShipment, .initial = ""),
    FIELD(NewShipment, tracking_url, "Where to see how far it is.", .format = FORMAT_URL));

const Type tracking_patch_type = TYPE_WITH_ABSENCE(
    TrackingPatch, "What is known of a parcel.", TRACKING_FIELDS(TrackingPatch),
    FIELD(TrackingPatch, tracking_url, "Where to see how far it is.", .format = FORMAT_URL));

const Type cancellation_type = TYPE(Cancellation, "Why an order is given up.",
                                    FIELD(Cancellation, reason, "Why, as the customer may read it.",
                                          .max = ORDER_TEXT_MAX, .initial = ""));

const Type new_return_type =
    TYPE(NewReturn, "Goods that are to come back.",
         PARTS(NewReturn, "What comes back.", .required = true, .min = 1),
         FIELD(NewReturn, reason, "Why.", .max = ORDER_TEXT_MAX, .initial = ""));

const Type return_receipt_type =
    TYPE(ReturnReceipt, "What has come back.",
         FIELD(ReturnReceipt, restock, "Can it be sold again? Then it is on hand from now on.",
               .initial = "true"));

const Type new_refund_type = TYPE_WITH_ABSENCE(
    NewRefund, "Money that is to go back: an amount, or what lines and shipping have cost.",
    FIELD(NewRefund, amount, "So much, " MINOR ", and for nothing in particular.", .min = 1,
          .max = ORDER_AMOUNT_MAX),
    PARTS(NewRefund, "What these have cost, with their tax.", .min = 1),
    FIELD(NewRefund, shipping, "And what shipping has cost, with the rest of the tax.",
          .initial = "false"),
    ENUM(NewRefund, way, "To where the money came from, or as store credit.", refund_way_names,
         .initial = "source"),
    FIELD(NewRefund, reason, "Why, as the customer may read it.", .max = ORDER_TEXT_MAX,
          .initial = ""));

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Rows say what their documents say above; the migration has what is a row's own. */
#define STORED "As the document has it."

const Type order_row_type = TYPE_WITH_ABSENCE(
    OrderRow, "A row of orders.", FIELD(OrderRow, id, STORED, .prefix = "ord"),
    FIELD(OrderRow, number, STORED, .nullable = true), FIELD(OrderRow, reference, STORED),
    FIELD(OrderRow, token, STORED, .secret = true),
    ENUM(OrderRow, state, STORED, order_state_names),
    FIELD(OrderRow, cart_id, STORED, .prefix = "cart", .nullable = true),
    FIELD(OrderRow, customer_id, STORED, .prefix = "user", .nullable = true),
    FIELD(OrderRow, payment_id, STORED, .prefix = "pay", .nullable = true),
    FIELD(OrderRow, email, STORED, .personal = true),
    FIELD(OrderRow, email_key, STORED, .personal = true),
    FIELD(OrderRow, name_key, STORED, .personal = true), FIELD(OrderRow, locale, STORED),
    FIELD(OrderRow, channel, STORED), FIELD(OrderRow, currency, STORED),
    FIELD(OrderRow, subtotal, STORED), FIELD(OrderRow, discount, STORED),
    FIELD(OrderRow, shipping, STORED), FIELD(OrderRow, tax, STORED), FIELD(OrderRow, total, STORED),
    FIELD(OrderRow, captured, STORED), FIELD(OrderRow, refunded, STORED),
    FIELD(OrderRow, credited, STORED), FIELD(OrderRow, items, STORED),
    FIELD(OrderRow, shipped, STORED), FIELD(OrderRow, delivered, STORED),
    FIELD(OrderRow, returned, STORED), FIELD(OrderRow, title, STORED),
    FIELD(OrderRow, image, STORED), FIELD(OrderRow, shipping_rate, STORED),
    FIELD(OrderRow, note, STORED, .personal = true),
    OBJECT(OrderRow, shipping_address, STORED, address_type, .nullable = true, .personal = true),
    OBJECT(OrderRow, billing_address, STORED, address_type, .nullable = true, .personal = true),
    FIELD(OrderRow, cancel_reason, STORED, .nullable = true), FIELD(OrderRow, forget, STORED),
    FIELD(OrderRow, placed_at, STORED), FIELD(OrderRow, paid_at, STORED, .nullable = true),
    FIELD(OrderRow, cancelled_at, STORED, .nullable = true), FIELD(OrderRow, version, STORED),
    FIELD(OrderRow, updated_at, STORED));

const Type order_line_row_type = TYPE(
    OrderLineRow, "A row of order_lines.", FIELD(OrderLineRow, id, STORED, .prefix = "line"),
    FIELD(OrderLineRow, order_id, STORED, .prefix = "ord"), FIELD(OrderLineRow, position, STORED),
    FIELD(OrderLineRow, variant_id, STORED, .prefix = "var", .nullable = true),
    FIELD(OrderLineRow, product_id, STORED, .prefix = "prod", .nullable = true),
    FIELD(OrderLineRow, title, STORED), FIELD(OrderLineRow, variant_title, STORED),
    FIELD(OrderLineRow, sku, STORED), FIELD(OrderLineRow, image, STORED),
    FIELD(OrderLineRow, quantity, STORED), FIELD(OrderLineRow, unit_price, STORED),
    FIELD(OrderLineRow, discount, STORED), FIELD(OrderLineRow, tax, STORED),
    FIELD(OrderLineRow, total, STORED), FIELD(OrderLineRow, shipped, STORED),
    FIELD(OrderLineRow, delivered, STORED), FIELD(OrderLineRow, returned, STORED),
    FIELD(OrderLineRow, refunded, STORED));

const Type order_shipment_row_type = TYPE_WITH_ABSENCE(
    OrderShipmentRow, "A row of order_shipments.",
    FIELD(OrderShipmentRow, id, STORED, .prefix = "ship"),
    FIELD(OrderShipmentRow, order_id, STORED, .prefix = "ord"),
    FIELD(OrderShipmentRow, carrier, STORED), FIELD(OrderShipmentRow, tracking_number, STORED),
    FIELD(OrderShipmentRow, tracking_url, STORED), PARTS(OrderShipmentRow, STORED),
    FIELD(OrderShipmentRow, shipped_at, STORED),
    FIELD(OrderShipmentRow, delivered_at, STORED, .nullable = true));

const Type order_return_row_type = TYPE_WITH_ABSENCE(
    OrderReturnRow, "A row of order_returns.", FIELD(OrderReturnRow, id, STORED, .prefix = "ret"),
    FIELD(OrderReturnRow, order_id, STORED, .prefix = "ord"),
    ENUM(OrderReturnRow, state, STORED, return_state_names), PARTS(OrderReturnRow, STORED),
    FIELD(OrderReturnRow, reason, STORED), FIELD(OrderReturnRow, restocked, STORED),
    FIELD(OrderReturnRow, requested_at, STORED),
    FIELD(OrderReturnRow, closed_at, STORED, .nullable = true));

const Type order_refund_row_type = TYPE_WITH_ABSENCE(
    OrderRefundRow, "A row of order_refunds.", FIELD(OrderRefundRow, id, STORED, .prefix = "oref"),
    FIELD(OrderRefundRow, order_id, STORED, .prefix = "ord"),
    ENUM(OrderRefundRow, state, STORED, refund_state_names),
    ENUM(OrderRefundRow, way, STORED, refund_way_names),
    FIELD(OrderRefundRow, payment_id, STORED, .prefix = "pay", .nullable = true),
    FIELD(OrderRefundRow, refund, STORED, .prefix = "re", .nullable = true),
    FIELD(OrderRefundRow, amount, STORED), FIELD(OrderRefundRow, goods, STORED),
    FIELD(OrderRefundRow, shipping, STORED), FIELD(OrderRefundRow, tax, STORED),
    PARTS(OrderRefundRow, STORED), FIELD(OrderRefundRow, reason, STORED),
    FIELD(OrderRefundRow, created_at, STORED));

const Type order_timeline_row_type = TYPE_WITH_ABSENCE(
    OrderTimelineRow, "A row of order_timeline.",
    FIELD(OrderTimelineRow, id, STORED, .prefix = "id"),
    FIELD(OrderTimelineRow, order_id, STORED, .prefix = "ord"),
    ENUM(OrderTimelineRow, kind, STORED, happening_names),
    ENUM(OrderTimelineRow, state, STORED, order_state_names),
    FIELD(OrderTimelineRow, public, STORED), FIELD(OrderTimelineRow, detail, STORED),
    FIELD(OrderTimelineRow, amount, STORED, .nullable = true),
    FIELD(OrderTimelineRow, actor, STORED));

const Type order_note_row_type =
    TYPE(OrderNoteRow, "A row of order_notes.", FIELD(OrderNoteRow, id, STORED, .prefix = "note"),
         FIELD(OrderNoteRow, order_id, STORED, .prefix = "ord"),
         FIELD(OrderNoteRow, author, STORED), FIELD(OrderNoteRow, text, STORED));
