#include "modules/display/display.h"

/* subtotal - discount + shipping + tax, each checked. */
static bool sum_of(const Totals *t, Money *out)
{
    if (t->subtotal.minor < 0 || t->discount.minor < 0 || t->shipping.minor < 0 || t->tax.minor < 0)
        return false;
    if (t->discount.minor > t->subtotal.minor) return false;
    Money sum;
    return money_subtract(t->subtotal, t->discount, &sum) && money_add(sum, t->shipping, &sum) &&
           money_add(sum, t->tax, out);
}

bool totals_add_up(Totals *totals)
{
    return sum_of(totals, &totals->total);
}

bool totals_hold(const Totals *totals)
{
    Money sum;
    return sum_of(totals, &sum) && sum.minor == totals->total.minor;
}

bool totals_spread(Money discount, const Money *amounts, size_t n, Money *shares, Money *spread)
{
    Money sum = {0};
    for (size_t i = 0; i < n; i++)
        if (amounts[i].minor < 0 || !money_add(sum, amounts[i], &sum)) return false;
    Money given = discount.minor < sum.minor ? discount : sum;
    if (given.minor < 0) return false;
    /* Amounts are weights of money_split, whose sum must be above 0. */
    _Static_assert(sizeof(Money) == sizeof(int64_t), "an amount is its weight");
    for (size_t i = 0; i < n && given.minor == 0; i++) shares[i] = (Money){0};
    if (given.minor && !money_split(given, &amounts->minor, n, shares)) return false;
    *spread = given;
    return true;
}
