/* The messages. They go out when the transaction has committed (platform/mail), to the address of the
 * order; where there is none, or it was forgotten, nobody is written. */
#include "modules/orders/mails.h"

/* ---- Order placed ---------------------------------------------------------------------------- */

typedef struct PlacedMail {
    Str reference, name, lines, total, currency;
} PlacedMail;

static const Type placed_mail_type =
    TYPE(PlacedMail, "An order, as its confirmation tells it.",
         FIELD(PlacedMail, reference, "By which people name it."),
         FIELD(PlacedMail, name, "Whose it is.", .personal = true),
         FIELD(PlacedMail, lines, "What was bought, a line each."),
         FIELD(PlacedMail, total, "What it costs."), FIELD(PlacedMail, currency, "ISO 4217 code."));

static const MailTemplate placed_mail = {.name = "orders.placed",
                                         .doc = "To who has ordered: what the shop has understood.",
                                         .values = &placed_mail_type,
                                         .subject = "Your order {reference}",
                                         .text = "Hello {name},\n\n"
                                                 "thank you for your order {reference}:\n\n"
                                                 "{lines}\n"
                                                 "Total: {total} {currency}\n\n"
                                                 "We write again when it leaves the house.\n"};

enum { LINES_MAX = 64 * 1024, TOLD_MAX = 100 };

/* A long order is told by its beginning. */
static Str lines_of(Ctx *cx, const OrderDraft *draft)
{
    Buf out = buf_new(cx->arena, LINES_MAX);
    size_t told = draft->n < TOLD_MAX ? draft->n : TOLD_MAX;
    for (size_t i = 0; i < told; i++) {
        const OrderLine *line = &draft->lines[i];
        bool kind = line->variant_title.n > 0;
        buf_put(&out,
                str_format(cx->arena, "%lld x %.*s%s%.*s\n", (long long)line->quantity,
                           STR_ARG(line->title), kind ? ", " : "", STR_ARG(line->variant_title)));
    }
    if (told < draft->n) buf_put(&out, str_format(cx->arena, "and %zu more\n", draft->n - told));
    return buf_str(&out);
}

static Str name_of(const OrderRow *row)
{
    Str to = row->shipping_address.name, pays = row->billing_address.name;
    return to.n ? to : pays.n ? pays : row->email;
}

void order_mail_placed(Ctx *cx, const OrderRow *row, const OrderDraft *draft)
{
    if (!row->email.n) return;
    mail_send(cx, &placed_mail, row->email,
              &(PlacedMail){.reference = row->reference,
                            .name = name_of(row),
                            .lines = lines_of(cx, draft),
                            .total = money_text(cx->arena, row->total, row->currency),
                            .currency = currency_text(&row->currency)});
}

/* ---- Shipped --------------------------------------------------------------------------------- */

typedef struct ShippedMail {
    Str reference, name, parcel;
} ShippedMail;

static const Type shipped_mail_type = TYPE(
    ShippedMail, "A parcel that is on its way.", FIELD(ShippedMail, reference, "Of the order."),
    FIELD(ShippedMail, name, "Whose it is.", .personal = true),
    FIELD(ShippedMail, parcel, "Who brings it, and where to see how far it is; or nothing."));

static const MailTemplate shipped_mail = {
    .name = "orders.shipped",
    .doc = "To who has ordered: a parcel is on its way.",
    .values = &shipped_mail_type,
    .subject = "Your order {reference} is on its way",
    .text = "Hello {name},\n\n"
            "a parcel of your order {reference} has left the house.\n{parcel}"};

/* "\nDHL 0034…\nhttps://…\n": only what is known. */
static Str parcel_of(Ctx *cx, const OrderShipment *shipment)
{
    Str who = shipment->carrier, number = shipment->tracking_number, url = shipment->tracking_url;
    Str name = str_format(cx->arena, "%.*s%s%.*s", STR_ARG(who), who.n && number.n ? " " : "",
                          STR_ARG(number));
    if (!name.n && !url.n) return S("");
    return str_format(cx->arena, "\n%.*s%s%.*s%s", STR_ARG(name), name.n ? "\n" : "", STR_ARG(url),
                      url.n ? "\n" : "");
}

void order_mail_shipped(Ctx *cx, const OrderRow *row, const OrderShipment *shipment)
{
    if (!row->email.n) return;
    mail_send(cx, &shipped_mail, row->email,
              &(ShippedMail){.reference = row->reference,
                             .name = name_of(row),
                             .parcel = parcel_of(cx, shipment)});
}

const MailTemplate *const order_mails[ORDER_MAILS] = {&placed_mail, &shipped_mail};
