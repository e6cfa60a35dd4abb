/* The five decisions of a cart, with their types and what is built in.
 *
 * A question says everything that anybody could need, not only what the built-in implementation looks at:
 * an implementation elsewhere cannot ask back. So the customer stands in the price's question, though the
 * catalogue's price is the same for all, and the settings of shipping stand in shipping's, though they are
 * in this program's memory.
 *
 * Rejected: one hook that is given the cart and answers its totals. Who only wants other taxes would have
 * to write prices and discounts again, and nobody could check that the parts add up. */
#include "modules/cart/hooks.h"

/* ---- May it be put into the cart? ------------------------------------------------------------ */

static const EnumNames may_add_names =
    ENUM_NAMES("yes", "not_for_sale", "sold_out", "stock_short", "other");

static const Type may_add_question_type = TYPE(
    MayAddQuestion, "More of a variant is wanted.",
    FIELD(MayAddQuestion, cart, "In which cart.", .prefix = "cart"),
    FIELD(MayAddQuestion, customer, "Whose; none: a guest's.", .prefix = "user"),
    FIELD(MayAddQuestion, variant, "What.", .prefix = "var"),
    FIELD(MayAddQuestion, product, "Of which product.", .prefix = "prod"),
    FIELD(MayAddQuestion, channel, "Where."), FIELD(MayAddQuestion, currency, "ISO 4217 code."),
    FIELD(MayAddQuestion, for_sale, "Is it shown there, with a price?"),
    ENUM(MayAddQuestion, availability, "What shoppers are told.", availability_names),
    FIELD(MayAddQuestion, free, "Pieces that are free to sell."),
    FIELD(MayAddQuestion, quantity, "Pieces wanted, over all lines of the cart."));

static const Type may_add_answer_type = TYPE(
    MayAddAnswer, "May it be added?", ENUM(MayAddAnswer, answer, "Yes, or why not.", may_add_names),
    FIELD(MayAddAnswer, message, "Of `other`: for the customer."));

/* What may be sold beyond what is there may be wanted in any number: how many of it can be had is known
 * when it is reserved. */
static void decide_may_add(Arena *arena, const MayAddQuestion *asked, MayAddAnswer *out)
{
    (void)arena;
    bool beyond = asked->availability == AVAILABILITY_BACKORDER ||
                  asked->availability == AVAILABILITY_PREORDER;
    if (!asked->for_sale)
        out->answer = MAY_NOT_FOR_SALE;
    else if (beyond)
        out->answer = MAY_ADD;
    else if (asked->free <= 0)
        out->answer = MAY_NOT_SOLD_OUT;
    else
        out->answer = asked->quantity > asked->free ? MAY_NOT_SHORT : MAY_ADD;
}
HOOK_DECIDES(decide_may_add, MayAddQuestion, MayAddAnswer)

const Hook hook_may_add = {
    "cart.may_add",
    "May so many pieces of a variant be in this cart?",
    &may_add_question_type,
    &may_add_answer_type,
    decide_may_add_decides,
    "It is for sale there, and so many are free or may be sold beyond that."};

/* ---- What does a piece cost? ----------------------------------------------------------------- */

const Type price_tier_type =
    TYPE_WITH_ABSENCE(PriceTier, "A price from a quantity on.",
                      FIELD(PriceTier, min_quantity, "From how many pieces on."),
                      FIELD(PriceTier, amount, "A piece, in minor units."),
                      FIELD(PriceTier, compare_at, "What it cost before.", .nullable = true));

static const Type unit_price_question_type =
    TYPE(UnitPriceQuestion, "A variant in a cart.",
         FIELD(UnitPriceQuestion, customer, "Whose cart; none: a guest's.", .prefix = "user"),
         FIELD(UnitPriceQuestion, variant, "What.", .prefix = "var"),
         FIELD(UnitPriceQuestion, product, "Of which product.", .prefix = "prod"),
         FIELD(UnitPriceQuestion, channel, "Where."),
         FIELD(UnitPriceQuestion, currency, "ISO 4217 code."),
         FIELD(UnitPriceQuestion, quantity, "Pieces of it, over all lines of the cart."),
         LIST(UnitPriceQuestion, tiers, "What the catalogue says, ascending by quantity.",
              price_tier_type));

const Type unit_price_answer_type =
    TYPE_WITH_ABSENCE(UnitPriceAnswer, "What a piece costs.",
                      FIELD(UnitPriceAnswer, amount, "In minor units; null: it is not for sale.",
                            .nullable = true, .min = 0),
                      FIELD(UnitPriceAnswer, compare_at, "What it cost before, shown crossed out.",
                            .nullable = true, .min = 0));

static void decide_unit_price(Arena *arena, const UnitPriceQuestion *asked, UnitPriceAnswer *out)
{
    (void)arena;
    for (size_t i = 0; i < asked->tiers.n; i++) {
        const PriceTier *tier = &asked->tiers.items[i];
        if (tier->min_quantity > asked->quantity) continue;
        *out = (UnitPriceAnswer){.amount = tier->amount, .compare_at = tier->compare_at};
        MARK_SET(&unit_price_answer_type, out, UnitPriceAnswer, amount);
        if (IS_SET(&price_tier_type, tier, PriceTier, compare_at))
            MARK_SET(&unit_price_answer_type, out, UnitPriceAnswer, compare_at);
    }
}
HOOK_DECIDES(decide_unit_price, UnitPriceQuestion, UnitPriceAnswer)

const Hook hook_unit_price = {"price.unit",
                              "What does a piece of a variant cost in this cart?",
                              &unit_price_question_type,
                              &unit_price_answer_type,
                              decide_unit_price_decides,
                              "The catalogue's price in force for that quantity."};

/* ---- How can it be sent? --------------------------------------------------------------------- */

static const Type flat_rate_type =
    TYPE(FlatRate, "What the settings say for one currency.",
         FIELD(FlatRate, currency, "ISO 4217 code."), FIELD(FlatRate, amount, "In minor units."),
         FIELD(FlatRate, free_from, "Goods of so much or more are sent free."));

static const Type shipping_question_type = TYPE(
    ShippingQuestion, "A cart is to be sent.", FIELD(ShippingQuestion, channel, "Where it is."),
    FIELD(ShippingQuestion, currency, "ISO 4217 code."),
    FIELD(ShippingQuestion, goods, "What the goods cost, after discounts."),
    FIELD(ShippingQuestion, weight, "Grams, as far as they are known."),
    OBJECT(ShippingQuestion, ship_to, "Where to; without a country: not known yet.", address_type),
    FIELD(ShippingQuestion, rate_name, "The setting shop.shipping_name."),
    LIST(ShippingQuestion, rates, "The setting shop.shipping_rates.", flat_rate_type));

static const Type shipping_answer_type = TYPE(
    ShippingAnswer, "How it can be sent.",
    LIST(ShippingAnswer, rates, "None: not there, or not in this currency.", shipping_rate_type));

static void decide_shipping_rates(Arena *arena, const ShippingQuestion *asked, ShippingAnswer *out)
{
    ShippingRate *rate = NEW(arena, ShippingRate);
    *rate = (ShippingRate){.id = S("standard"), .name = asked->rate_name};
    out->rates = (ShippingRates){rate, asked->rates.n == 0};
    for (size_t i = 0; i < asked->rates.n; i++) {
        const FlatRate *flat = &asked->rates.items[i];
        if (!currency_eq(flat->currency, asked->currency)) continue;
        bool is_free = asked->goods.minor >= flat->free_from.minor;
        rate->amount = is_free ? (Money){0} : flat->amount;
        out->rates.n = 1;
    }
}
HOOK_DECIDES(decide_shipping_rates, ShippingQuestion, ShippingAnswer)

const Hook hook_shipping_rates = {
    "shipping.rates",
    "How can this cart be sent, and what does that cost?",
    &shipping_question_type,
    &shipping_answer_type,
    decide_shipping_rates_decides,
    "One flat rate for each currency, by the settings; without settings it is free."};

/* ---- What is taken off? ---------------------------------------------------------------------- */

static const Type priced_line_type =
    TYPE(PricedLine, "A line of the cart.", FIELD(PricedLine, line, "Which.", .prefix = "line"),
         FIELD(PricedLine, variant, "What.", .prefix = "var"),
         FIELD(PricedLine, product, "Of which product.", .prefix = "prod"),
         FIELD(PricedLine, quantity, "How many pieces."),
         FIELD(PricedLine, unit_price, "What a piece costs."),
         FIELD(PricedLine, subtotal, "What all cost."),
         FIELD(PricedLine, net, "What all cost after discounts."),
         FIELD(PricedLine, tax_class, "Empty: the standard class."));

static const Type line_amount_type =
    TYPE(LineAmount, "An amount for a line.",
         FIELD(LineAmount, line, "Which; none: all lines, in proportion.", .prefix = "line"),
         FIELD(LineAmount, amount, "In minor units.", .min = 0));

static const Type promotion_question_type =
    TYPE(PromotionQuestion, "A cart with its prices.",
         FIELD(PromotionQuestion, cart, "Which.", .prefix = "cart"),
         FIELD(PromotionQuestion, customer, "Whose; none: a guest's.", .prefix = "user"),
         FIELD(PromotionQuestion, channel, "Where."),
         FIELD(PromotionQuestion, currency, "ISO 4217 code."),
         LIST(PromotionQuestion, lines, "Those that are for sale.", priced_line_type));

static const Type promotion_answer_type =
    TYPE(PromotionAnswer, "What is taken off.",
         LIST(PromotionAnswer, discounts, "One after the other; none takes more off than is left.",
              line_amount_type));

static void decide_promotion_lines(Arena *arena, const PromotionQuestion *asked,
                                   PromotionAnswer *out)
{
    (void)arena, (void)asked, (void)out;
}
HOOK_DECIDES(decide_promotion_lines, PromotionQuestion, PromotionAnswer)

const Hook hook_promotion_lines = {"promotion.lines",
                                   "What is taken off the lines of this cart?",
                                   &promotion_question_type,
                                   &promotion_answer_type,
                                   decide_promotion_lines_decides,
                                   "Nothing."};

/* ---- What is taxed? -------------------------------------------------------------------------- */

static const Type tax_question_type = TYPE(
    TaxQuestion, "A cart with its discounts.",
    FIELD(TaxQuestion, customer, "Whose; none: a guest's.", .prefix = "user"),
    FIELD(TaxQuestion, channel, "Where."), FIELD(TaxQuestion, currency, "ISO 4217 code."),
    OBJECT(TaxQuestion, ship_to, "Where it goes; without a country: not known yet.", address_type),
    LIST(TaxQuestion, lines, "Those that are for sale.", priced_line_type),
    FIELD(TaxQuestion, shipping, "What shipping costs."));

static const Type tax_answer_type = TYPE(
    TaxAnswer, "What is added to it.",
    LIST(TaxAnswer, taxes, "On lines; those that are missing are not taxed.", line_amount_type),
    FIELD(TaxAnswer, shipping, "On shipping.", .min = 0));

static void decide_tax_lines(Arena *arena, const TaxQuestion *asked, TaxAnswer *out)
{
    (void)arena, (void)asked, (void)out;
}
HOOK_DECIDES(decide_tax_lines, TaxQuestion, TaxAnswer)

const Hook hook_tax_lines = {"tax.lines",
                             "What tax is added to the lines and the shipping?",
                             &tax_question_type,
                             &tax_answer_type,
                             decide_tax_lines_decides,
                             "None: prices are what is paid."};

const Hook *const cart_hooks[CART_HOOKS] = {&hook_may_add, &hook_unit_price, &hook_shipping_rates,
                                            &hook_promotion_lines, &hook_tax_lines};
