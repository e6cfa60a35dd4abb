/* What a cart lets others decide (platform/hook.h), and how it is decided here. The rows of the
 * module's hooks. */
#ifndef MODULES_CART_HOOKS_H
#define MODULES_CART_HOOKS_H

#include "modules/cart/types.h"
#include "platform/hook.h"

/* ---- May it be put into the cart? ------------------------------------------------------------ */

typedef struct MayAddQuestion {
    Id cart, customer, variant, product;
    Str channel;
    Currency currency;
    bool for_sale; /* it is shown there, and has a price */
    Availability availability;
    int64_t free;     /* pieces to be had */
    int64_t quantity; /* wanted of this variant, over all lines of the cart */
} MayAddQuestion;

typedef enum MayAdd {
    MAY_ADD,
    MAY_NOT_FOR_SALE,
    MAY_NOT_SOLD_OUT,
    MAY_NOT_SHORT,
    MAY_NOT_OTHER /* says the shop */
} MayAdd;

typedef struct MayAddAnswer {
    unsigned answer;
    Str message; /* of MAY_NOT_OTHER, for the customer */
} MayAddAnswer;

/* ---- What does a piece cost? ----------------------------------------------------------------- */

typedef struct PriceTier {
    Present present;
    int64_t min_quantity;
    Money amount, compare_at;
} PriceTier;

typedef struct PriceTiers {
    PriceTier *items; /* ascending by min_quantity */
    size_t n;
} PriceTiers;

typedef struct UnitPriceQuestion {
    Id customer, variant, product;
    Str channel;
    Currency currency;
    int64_t quantity; /* of this variant, over all lines of the cart */
    PriceTiers tiers; /* the catalogue's, in force now */
} UnitPriceQuestion;

typedef struct UnitPriceAnswer {
    Present present;
    Money amount; /* absent: it is not for sale */
    Money compare_at;
} UnitPriceAnswer;

/* ---- How can it be sent? --------------------------------------------------------------------- */

/* A rate of the settings: one amount for each currency. */
typedef struct FlatRate {
    Currency currency;
    Money amount;
    Money free_from; /* of goods; INT64_MAX: never */
} FlatRate;

typedef struct FlatRates {
    FlatRate *items;
    size_t n;
} FlatRates;

typedef struct ShippingQuestion {
    Str channel;
    Currency currency;
    Money goods;     /* after discounts */
    int64_t weight;  /* grams, as far as it is known */
    Address ship_to; /* without a country: not known yet */
    Str rate_name;   /* of the settings */
    FlatRates rates; /* of the settings; none: shipping is free */
} ShippingQuestion;

typedef struct ShippingAnswer {
    ShippingRates rates;
} ShippingAnswer;

/* ---- What is taken off? ---------------------------------------------------------------------- */

typedef struct PricedLine {
    Id line, variant, product;
    int64_t quantity;
    Money unit_price, subtotal;
    Money net; /* after discounts, for who taxes */
    Str tax_class;
} PricedLine;

typedef struct PricedLines {
    PricedLine *items;
    size_t n;
} PricedLines;

typedef struct PromotionQuestion {
    Id cart, customer;
    Str channel;
    Currency currency;
    PricedLines lines;
} PromotionQuestion;

typedef struct LineAmount {
    Id line; /* 0: all lines, in proportion */
    Money amount;
} LineAmount;

typedef struct LineAmounts {
    LineAmount *items;
    size_t n;
} LineAmounts;

typedef struct PromotionAnswer {
    LineAmounts discounts; /* one after the other; none takes more than is left */
} PromotionAnswer;

/* ---- What is taxed? -------------------------------------------------------------------------- */

typedef struct TaxQuestion {
    Id customer;
    Str channel;
    Currency currency;
    Address ship_to;
    PricedLines lines;
    Money shipping;
} TaxQuestion;

typedef struct TaxAnswer {
    LineAmounts taxes; /* of lines */
    Money shipping;    /* tax on shipping */
} TaxAnswer;

extern const Type price_tier_type, unit_price_answer_type;
extern const Hook hook_may_add, hook_unit_price, hook_shipping_rates, hook_promotion_lines,
    hook_tax_lines;
enum { CART_HOOKS = 5 };
extern const Hook *const cart_hooks[CART_HOOKS];

#endif
