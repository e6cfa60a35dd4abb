#include "modules/inventory/types.h"

#include "platform/api/limits.h"

static const char *const availability_docs[] = {
    "Sold out.", "Not there, and sold all the same: it is sent when it comes again.",
    "Not there yet, and sold all the same: it is sent when it comes.", "Few are left.",
    "There is enough."};
const EnumNames availability_names = {
    .names = (const char *const[]){"out", "backorder", "preorder", "low", "in"},
    .n = 5,
    .docs = availability_docs};

static const char *const policy_docs[] = {
    "No more than is there.", "More than is there, up to `backorder_limit`; the rest waits.",
    "The same, until `available_at`."};
const EnumNames policy_names = {
    .names = (const char *const[]){"deny", "backorder", "preorder"}, .n = 3, .docs = policy_docs};

const EnumNames movement_names =
    ENUM_NAMES("initial", "counted", "received", "returned", "damaged", "lost", "found", "other",
               "imported", "sold", "sent", "arrived", "removed", "repaired");

/* The first of these are for people. */
static const EnumNames adjustment_names =
    ENUM_NAMES("initial", "counted", "received", "returned", "damaged", "lost", "found", "other");

const Type location_type = TYPE_WITH_ABSENCE(
    Location, "A place that holds stock.",
    FIELD(Location, id, "Identifier.", .prefix = "loc", .read_only = true),
    FIELD(Location, name, "\"Warehouse Nord\", unique in the shop.", .required = true, .min = 1,
          .max = 100),
    FIELD(Location, priority,
          "Which one serves when several could: the lowest number, and of equals the oldest.",
          .min = -1000, .max = 1000, .initial = "0"));

const Type stock_level_type = TYPE_WITH_ABSENCE(
    StockLevel, "How many of a variant lie at a location.",
    FIELD(StockLevel, variant, "Which variant.", .prefix = "var", .read_only = true),
    FIELD(StockLevel, location, "Where.", .prefix = "loc", .read_only = true),
    FIELD(StockLevel, on_hand, "As counted.", .required = true, .min = 0, .max = STOCK_MAX),
    FIELD(StockLevel, reserved, "Promised to carts and orders.", .read_only = true),
    FIELD(StockLevel, safety, "So many are never sold; left out: as it was.", .min = 0,
          .max = STOCK_MAX),
    FIELD(StockLevel, incoming, "On their way here from other locations.", .read_only = true),
    FIELD(StockLevel, updated_at, "When it last changed.", .read_only = true));

const Type stock_item_type = TYPE_WITH_ABSENCE(
    StockItem, "How a variant is sold when too little is there.",
    FIELD(StockItem, variant, "Which variant.", .prefix = "var", .read_only = true),
    ENUM(StockItem, policy, "May more be sold than is there?", policy_names, .initial = "deny"),
    FIELD(StockItem, backorder_limit, "So many may wait; null: any number.", .min = 0,
          .max = STOCK_MAX, .nullable = true),
    FIELD(StockItem, available_at,
          "When stock is expected, for customers; pre-orders are taken until then.",
          .nullable = true),
    FIELD(StockItem, waiting, "Sold, and not there yet.", .read_only = true),
    ENUM(StockItem, availability, "What shoppers are told.", availability_names,
         .read_only = true));

const Type movement_type = TYPE(
    Movement, "A change of what is on hand.", FIELD(Movement, id, "Identifier.", .prefix = "mov"),
    FIELD(Movement, variant, "Of which variant.", .prefix = "var"),
    FIELD(Movement, location, "Where.", .prefix = "loc"),
    FIELD(Movement, change, "So many more, or fewer."),
    ENUM(Movement, reason, "Why.", movement_names),
    FIELD(Movement, reference,
          "What it belongs to: an order, a transfer, or what a person has written."),
    FIELD(Movement, actor, "Who did it, by id; empty: a command, or nobody in particular."),
    FIELD(Movement, at, "When."));

const Type movement_query_type =
    TYPE(MovementQuery, "A page of movements, the newest first.",
         FIELD(MovementQuery, limit, "Movements on a page.", .min = 1, .max = LIMIT_PAGE,
               .initial = "20"),
         FIELD(MovementQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type movement_cursor_type =
    TYPE(MovementCursor, "Where the list of movements goes on.",
         FIELD(MovementCursor, before, "Movements older than this one.", .prefix = "mov",
               .required = true));

const Type adjustment_type =
    TYPE(Adjustment, "What has changed at a location.",
         FIELD(Adjustment, change, "So many more, or (below zero) fewer; not 0.", .required = true,
               .min = -STOCK_MAX, .max = STOCK_MAX),
         ENUM(Adjustment, reason, "Why.", adjustment_names, .initial = "other"),
         FIELD(Adjustment, reference, "\"Delivery 4711\": for who reads the movements.", .max = 100,
               .initial = ""));

const Type reservation_type = TYPE_WITH_ABSENCE(
    Reservation, "A promise as it is stored.", FIELD(Reservation, id, "", .prefix = "res"),
    FIELD(Reservation, owner_kind, "The prefix of the owner's id."),
    FIELD(Reservation, owner_id, "The owner."),
    FIELD(Reservation, variant, "Of which variant.", .prefix = "var"),
    FIELD(Reservation, location, "From where; null: of stock that is yet to come.", .prefix = "loc",
          .nullable = true),
    FIELD(Reservation, quantity, "How many."),
    FIELD(Reservation, expires_at, "When it ends; null: never.", .nullable = true),
    FIELD(Reservation, created_at, "When it was made."));

const Type stock_promise_type = TYPE_WITH_ABSENCE(
    StockPromise, "Some of a variant that are promised to somebody.",
    FIELD(StockPromise, owner, "To what, by id: a cart, an order, a hold."),
    FIELD(StockPromise, location, "From where; null: they wait for stock.", .prefix = "loc",
          .nullable = true),
    FIELD(StockPromise, quantity, "How many."),
    FIELD(StockPromise, expires_at, "When the promise ends; null: never.", .nullable = true),
    FIELD(StockPromise, created_at, "When it was made."));

const Type promise_cursor_type =
    TYPE(PromiseCursor, "Where the list of reservations goes on.",
         FIELD(PromiseCursor, after, "Reservations made after this one.", .prefix = "res",
               .required = true));

const Type hold_line_type =
    TYPE(HoldLine, "So many of a variant.",
         FIELD(HoldLine, variant, "Which variant.", .prefix = "var", .required = true),
         FIELD(HoldLine, quantity, "How many.", .required = true, .min = 1, .max = STOCK_MAX));

const Type hold_type = TYPE_WITH_ABSENCE(
    Hold, "Stock that is kept for somebody outside: a till, a marketplace, a caller.",
    FIELD(Hold, id, "Identifier.", .prefix = "hold", .read_only = true),
    LIST(Hold, lines, "What is kept; a variant that stands several times is added up.",
         hold_line_type, .required = true, .min = 1, .max = STOCK_DEMANDS_MAX),
    FIELD(Hold, seconds, "How long, from now on.", .min = 1, .max = HOLD_SECONDS_MAX,
          .initial = "600", .write_only = true),
    FIELD(Hold, expires_at, "When it ends.", .read_only = true));
