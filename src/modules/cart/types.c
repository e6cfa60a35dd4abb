/* The tables of fields: rows, documents, inputs.
 *
 * A cart's row and its document are two types, since they share little: what is stored is what cannot be
 * looked up (whose, what, how many, what was seen), and what is shown is mostly looked up. Inputs are types
 * of their own too: what one may say of a line is three of its twenty fields, and a document sent back with
 * a price in it must be refused, not ignored. Lists are rows of the same table and have documents of their
 * own, without what only a cart has. */
#include "modules/cart/types.h"

#include "platform/api/limits.h"

static const char *const status_docs[] = {"It can be changed.",
                                          "It is being paid; nobody changes it.", "It was bought.",
                                          "Its lines are in its customer's other cart."};
const EnumNames cart_status_names = {
    .names = (const char *const[]){"open", "checkout", "ordered", "merged"},
    .n = 4,
    .docs = status_docs};

static const char *const kind_docs[] = {"What is about to be bought.", "A cart kept for later.",
                                        "What somebody wishes for."};
const EnumNames cart_kind_names = {
    .names = (const char *const[]){"cart", "saved", "wish"}, .n = 3, .docs = kind_docs};

static const char *const notice_docs[] = {
    "A piece costs something else than when the cart was changed last.",
    "Discounts are others than when the cart was changed last.",
    "The shop does not sell it (any more), or has no price for it in this currency.",
    "Nothing of it is left.",
    "Fewer are left than the cart wants, over all lines of this variant.",
    "The shop does not let it be in this cart."};
static const EnumNames notice_names = {
    .names = (const char *const[]){"price_changed", "discount_changed", "not_for_sale", "sold_out",
                                   "stock_short", "not_allowed"},
    .n = 6,
    .docs = notice_docs};

/* ---- Rows ------------------------------------------------------------------------------------ */

const Type line_attribute_type =
    TYPE(LineAttribute, "What the customer says of a line.",
         FIELD(LineAttribute, name, "\"engraving\".", .required = true, .min = 1,
               .max = ATTRIBUTE_NAME_MAX, .pattern = "^[a-z0-9]+([_-][a-z0-9]+)*$"),
         FIELD(LineAttribute, value, "\"For Ann\".", .required = true, .max = ATTRIBUTE_VALUE_MAX,
               .personal = true));

const Type cart_row_type = TYPE_WITH_ABSENCE(
    CartRow, "A row of carts.", FIELD(CartRow, id, "Identifier.", .prefix = "cart"),
    ENUM(CartRow, kind, "A cart, or a list of a customer's.", cart_kind_names),
    FIELD(CartRow, name, "Of a list."),
    FIELD(CartRow, token_hash, "SHA-256 of a guest's token.", .nullable = true),
    FIELD(CartRow, customer_id, "Whose it is.", .prefix = "user", .nullable = true),
    ENUM(CartRow, status, "What can be done with it.", cart_status_names),
    FIELD(CartRow, channel, "Where it is filled."), FIELD(CartRow, currency, "Of all amounts."),
    FIELD(CartRow, locale, "Language of the titles."),
    FIELD(CartRow, note, "From the customer.", .personal = true),
    FIELD(CartRow, seen_discount, "What was taken off when it was shown last."),
    FIELD(CartRow, order_id, "By which it was bought.", .prefix = "ord", .nullable = true),
    FIELD(CartRow, merged_into, "Where its lines are.", .prefix = "cart", .nullable = true),
    FIELD(CartRow, version, "Counts its changes."),
    FIELD(CartRow, expires_at, "When it ends; a list has no end.", .nullable = true),
    FIELD(CartRow, created_at, "When it was made."),
    FIELD(CartRow, updated_at, "When it last changed."));

const Type cart_line_row_type = TYPE_WITH_ABSENCE(
    CartLineRow, "A row of cart_lines.",
    FIELD(CartLineRow, cart_id, "In which cart.", .prefix = "cart"),
    FIELD(CartLineRow, id, "Identifier.", .prefix = "line"),
    FIELD(CartLineRow, variant_id, "What.", .prefix = "var"),
    FIELD(CartLineRow, product_id, "Of which product.", .prefix = "prod"),
    FIELD(CartLineRow, quantity, "How many."),
    LIST(CartLineRow, attributes, "What the customer says of it.", line_attribute_type),
    FIELD(CartLineRow, title, "Its product's, when it was shown last."),
    FIELD(CartLineRow, sku, "The same."),
    FIELD(CartLineRow, seen_price, "What a piece cost then.", .nullable = true));

/* ---- Documents ------------------------------------------------------------------------------- */

#define AMOUNT_DOC "In minor units of the cart's currency."

const Type cart_line_type = TYPE_WITH_ABSENCE(
    CartLine, "Some pieces of one variant.",
    FIELD(CartLine, id, "Identifier.", .prefix = "line", .read_only = true),
    FIELD(CartLine, variant, "What.", .prefix = "var", .read_only = true),
    FIELD(CartLine, product, "Of which product.", .prefix = "prod", .read_only = true),
    FIELD(CartLine, quantity, "How many.", .read_only = true),
    LIST(CartLine, attributes, "What the customer says of it, by name.", line_attribute_type,
         .read_only = true),
    FIELD(CartLine, title, "The product's title in the cart's language.", .read_only = true),
    FIELD(CartLine, sku, "Stock keeping unit; empty: none.", .read_only = true),
    FIELD(CartLine, options, "The variant's choices: \"L\", \"Red\".", .read_only = true),
    FIELD(CartLine, image, "URL of the product's first picture; empty: none.", .read_only = true),
    ENUM(CartLine, availability, "Whether it can be had.", availability_names, .read_only = true),
    FIELD(CartLine, for_sale, "Is it sold in this channel and currency?", .read_only = true),
    FIELD(CartLine, unit_price, "A piece, at this quantity; null: it is not for sale.",
          .nullable = true, .read_only = true),
    FIELD(CartLine, compare_at, "What it cost before, shown crossed out.", .nullable = true,
          .read_only = true),
    FIELD(CartLine, subtotal, "All pieces. " AMOUNT_DOC, .read_only = true),
    FIELD(CartLine, discount, "What is taken off.", .read_only = true),
    FIELD(CartLine, tax, "What tax adds to it.", .read_only = true),
    FIELD(CartLine, total, "subtotal - discount + tax.", .read_only = true),
    FIELD(CartLine, tax_class, "Empty: the standard class.", .read_only = true),
    FIELD(CartLine, weight, "Grams of a piece; null: unknown.", .nullable = true,
          .read_only = true));

const Type cart_notice_type = TYPE_WITH_ABSENCE(
    CartNotice, "What has changed since the cart was changed last, or keeps it from being bought.",
    ENUM(CartNotice, code, "What it is.", notice_names, .read_only = true),
    FIELD(CartNotice, line, "About which line; null: the whole cart.", .prefix = "line",
          .nullable = true, .read_only = true),
    FIELD(CartNotice, blocking, "Does it keep the cart from being bought?", .read_only = true),
    FIELD(CartNotice, was, "The amount that was shown before.", .nullable = true,
          .read_only = true),
    FIELD(CartNotice, now, "The amount now.", .nullable = true, .read_only = true),
    FIELD(CartNotice, free, "So many can be had.", .nullable = true, .read_only = true),
    FIELD(CartNotice, message, "For people, in English.", .read_only = true));

const Type shipping_rate_type =
    TYPE(ShippingRate, "A way to send it, and what that costs.",
         FIELD(ShippingRate, id, "By which it is chosen.", .min = 1, .max = 40),
         FIELD(ShippingRate, name, "As customers see it.", .min = 1, .max = 100),
         FIELD(ShippingRate, amount, AMOUNT_DOC, .min = 0));

const Type cart_type = TYPE_WITH_ABSENCE(
    Cart, "What somebody wants to buy.",
    FIELD(Cart, id, "Identifier.", .prefix = "cart", .read_only = true),
    FIELD(Cart, token,
          "Whoever has it may see and change this guest's cart: header `Cart-Token`. Shown once, "
          "when the cart is made.",
          .read_only = true, .secret = true, .optional = true),
    FIELD(Cart, customer, "Whose it is; null: a guest's.", .prefix = "user", .nullable = true,
          .read_only = true),
    ENUM(Cart, status, "What can be done with it.", cart_status_names, .read_only = true),
    FIELD(Cart, channel, "Where it is filled.", .read_only = true),
    FIELD(Cart, currency, "ISO 4217 code of all its amounts.", .read_only = true),
    FIELD(Cart, locale, "Language of its titles; empty: the shop's own.", .read_only = true),
    FIELD(Cart, note, "From the customer to the shop.", .read_only = true),
    LIST(Cart, lines, "In the order in which they were added.", cart_line_type, .read_only = true),
    LIST(Cart, notices, "What has changed, and what keeps it from being bought.", cart_notice_type,
         .read_only = true),
    OBJECT(Cart, totals,
           "What it comes to, before shipping is chosen; null: more than can be counted.",
           totals_type, .nullable = true, .read_only = true),
    FIELD(Cart, order, "By which it was bought.", .prefix = "ord", .nullable = true,
          .read_only = true),
    FIELD(Cart, version, "Counts its changes.", .read_only = true),
    FIELD(Cart, expires_at, "When it ends, if it is not changed before.", .read_only = true),
    FIELD(Cart, created_at, "When it was made.", .read_only = true),
    FIELD(Cart, updated_at, "When it last changed.", .read_only = true));

/* ---- What is sent ---------------------------------------------------------------------------- */

#define VERSION_FIELD(T)                                                                           \
    FIELD(T, version, "The version that its sender has seen; another one is refused.", .min = 1)

#define ATTRIBUTES_FIELD(T, ...)                                                                   \
    LIST(T, attributes, "What the customer says of it; each name once.", line_attribute_type,      \
         .max = LINE_ATTRIBUTES_MAX, __VA_ARGS__)

const Type new_cart_type = TYPE_WITH_ABSENCE(
    NewCart, "A cart to be made. Channel, currency and language stay as they are.",
    FIELD(NewCart, channel, "Where it is filled.", .pattern = CHANNEL_PATTERN,
          .max = CHANNEL_LENGTH, .initial = "default"),
    FIELD(NewCart, currency, "ISO 4217 code; when left out, the shop's own."),
    FIELD(NewCart, locale, "Language of the titles; empty: the shop's own.",
          .format = FORMAT_LOCALE),
    FIELD(NewCart, note, "From the customer to the shop.", .max = CART_NOTE_MAX, .initial = ""));

static const Type wanted_line_type = TYPE(
    WantedLine, "Something to be put into a cart.",
    FIELD(WantedLine, variant, "What.", .prefix = "var", .required = true),
    FIELD(WantedLine, quantity, "How many.", .min = 1, .max = CART_QUANTITY_MAX, .initial = "1"),
    ATTRIBUTES_FIELD(WantedLine));

const Type add_lines_type = TYPE_WITH_ABSENCE(
    AddLines, "What is to be put into a cart, all of it or nothing.",
    LIST(AddLines, lines,
         "A variant that is in the cart with the same attributes becomes more in its line.",
         wanted_line_type, .required = true, .min = 1, .max = CART_LINES_MAX),
    VERSION_FIELD(AddLines));

const Type line_patch_type = TYPE_WITH_ABSENCE(
    LinePatch, "How a line is to be.",
    FIELD(LinePatch, quantity, "How many from now on.", .min = 1, .max = CART_QUANTITY_MAX),
    ATTRIBUTES_FIELD(LinePatch), VERSION_FIELD(LinePatch));

const Type cart_patch_type = TYPE_WITH_ABSENCE(
    CartPatch, "How a cart is to be.",
    FIELD(CartPatch, note, "From the customer to the shop.", .max = CART_NOTE_MAX),
    VERSION_FIELD(CartPatch));

/* ---- Lists of carts -------------------------------------------------------------------------- */

const Type cart_summary_type = TYPE_WITH_ABSENCE(
    CartSummary, "A cart without its lines.",
    FIELD(CartSummary, id, "Identifier.", .prefix = "cart"),
    FIELD(CartSummary, customer, "Whose it is; null: a guest's.", .prefix = "user",
          .nullable = true),
    ENUM(CartSummary, status, "What can be done with it.", cart_status_names),
    FIELD(CartSummary, channel, "Where it is filled."),
    FIELD(CartSummary, currency, "ISO 4217 code of all its amounts."),
    FIELD(CartSummary, locale, "Language of its titles; empty: the shop's own."),
    FIELD(CartSummary, note, "From the customer to the shop.", .personal = true),
    FIELD(CartSummary, pieces, "How many pieces are in it."),
    FIELD(CartSummary, order, "By which it was bought.", .prefix = "ord", .nullable = true),
    FIELD(CartSummary, version, "Counts its changes."),
    FIELD(CartSummary, expires_at, "When it ends, if it is not changed before."),
    FIELD(CartSummary, created_at, "When it was made."),
    FIELD(CartSummary, updated_at, "When it last changed."));

const Type cart_query_type = TYPE_WITH_ABSENCE(
    CartQuery, "Which carts, the newest first.",
    FIELD(CartQuery, customer, "Only of this customer.", .prefix = "user"),
    ENUM(CartQuery, status, "Only of this status.", cart_status_names),
    FIELD(CartQuery, limit, "Carts on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(CartQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type cart_cursor_type =
    TYPE(CartCursor, "Where a list of carts goes on.",
         FIELD(CartCursor, before, "", .prefix = "cart", .required = true));

/* ---- Lists of a customer's ------------------------------------------------------------------- */

static const EnumNames move_to_names = ENUM_NAMES("list", "cart");

#define LIST_KIND_DOC "saved: a cart kept for later; wish: what somebody wishes for."
#define LIST_NAME(T, ...)                                                                          \
    FIELD(T, name, "As its customer calls it.", .min = 1, .max = LIST_NAME_MAX, __VA_ARGS__)

const Type line_move_type =
    TYPE_WITH_ABSENCE(LineMove, "Lines that go from a cart to a list, or back.",
                      FIELD(LineMove, list, "Which list.", .prefix = "list", .required = true),
                      ENUM(LineMove, to, "Where they go.", move_to_names, .required = true),
                      FIELD(LineMove, lines, "Which lines; all when left out.", .prefix = "line",
                            .max = CART_LINES_MAX),
                      VERSION_FIELD(LineMove));

const Type new_list_type = TYPE_WITH_ABSENCE(
    NewList, "A list to be made.",
    ENUM(NewList, kind, LIST_KIND_DOC " Not `cart`.", cart_kind_names, .initial = "wish"),
    LIST_NAME(NewList, .required = true),
    FIELD(NewList, channel, "Whose prices it shows.", .pattern = CHANNEL_PATTERN,
          .max = CHANNEL_LENGTH, .initial = "default"),
    FIELD(NewList, currency, "ISO 4217 code; when left out, the shop's own."),
    FIELD(NewList, locale, "Language of the titles; empty: the shop's own.",
          .format = FORMAT_LOCALE));

const Type list_patch_type = TYPE_WITH_ABSENCE(ListPatch, "How a list is to be.",
                                               LIST_NAME(ListPatch), VERSION_FIELD(ListPatch));

const Type saved_list_type = TYPE_WITH_ABSENCE(
    SavedList, "What a customer keeps for later.",
    FIELD(SavedList, id, "Identifier.", .prefix = "list"),
    FIELD(SavedList, customer, "Whose it is.", .prefix = "user"),
    ENUM(SavedList, kind, LIST_KIND_DOC, cart_kind_names),
    FIELD(SavedList, name, "As its customer calls it."),
    FIELD(SavedList, channel, "Whose prices it shows."),
    FIELD(SavedList, currency, "ISO 4217 code of all its amounts."),
    FIELD(SavedList, locale, "Language of its titles; empty: the shop's own."),
    LIST(SavedList, lines, "In the order in which they were added.", cart_line_type),
    LIST(SavedList, notices, "What has changed since the list was changed last.", cart_notice_type),
    FIELD(SavedList, version, "Counts its changes."),
    FIELD(SavedList, created_at, "When it was made."),
    FIELD(SavedList, updated_at, "When it last changed."));

const Type list_summary_type =
    TYPE(ListSummary, "A list without its lines.",
         FIELD(ListSummary, id, "Identifier.", .prefix = "list"),
         ENUM(ListSummary, kind, LIST_KIND_DOC, cart_kind_names),
         FIELD(ListSummary, name, "As its customer calls it.", .personal = true),
         FIELD(ListSummary, channel, "Whose prices it shows."),
         FIELD(ListSummary, currency, "ISO 4217 code of all its amounts."),
         FIELD(ListSummary, locale, "Language of its titles; empty: the shop's own."),
         FIELD(ListSummary, pieces, "How many pieces are in it."),
         FIELD(ListSummary, version, "Counts its changes."),
         FIELD(ListSummary, created_at, "When it was made."),
         FIELD(ListSummary, updated_at, "When it last changed."));
