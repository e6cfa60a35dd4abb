/* Money: a count of minor units (cents, yen, fils) of one currency that its document names.
 *
 * Arithmetic is checked: a result that does not fit 64 bits is an error, never a wrap. Functions
 * that can fail return false and leave *out untouched. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include "base/str.h"

typedef struct Money {
    int64_t minor;
} Money;

/* An ISO 4217 code: three capital letters and a NUL; all zero is "no currency". */
typedef struct Currency {
    char code[4];
} Currency;

typedef enum Rounding {
    ROUND_HALF_EVEN, /* ties go to the even neighbour */
    ROUND_HALF_UP,   /* away from 0 */
    ROUND_HALF_DOWN, /* towards 0 */
} Rounding;

bool money_add(Money a, Money b, Money *out);
bool money_subtract(Money a, Money b, Money *out);
bool money_times(Money a, int64_t quantity, Money *out);

/* a × numerator / denominator (> 0), exact in 128 bits before it is rounded once. */
bool money_ratio(Money a, int64_t numerator, int64_t denominator, Rounding rounding, Money *out);

/* Splits `total` into `count` parts in proportion to `weights` (≥ 0, sum > 0 and ≤ INT64_MAX); the
 * parts add up to the total (largest remainder, Hamilton's method; equal remainders go to the
 * earlier part). */
bool money_split(Money total, const int64_t *weights, size_t count, Money *parts);

/* Knows the active codes of ISO 4217 (2024-06-25) that are used as money; false and *out untouched
 * for others. */
bool currency_parse(Str text, Currency *out);
bool currency_eq(Currency a, Currency b);
Str currency_text(const Currency *currency); /* a view into *currency; empty for none */

/* Digits after the point: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF; 2 for what is not known. */
int currency_exponent(Currency currency);

/* A plain decimal ("19.99", "-3", ".5" is refused) in the currency's exponent; more digits than it
 * has are refused. */
bool money_parse(Str text, Currency currency, Money *out);
Str money_text(Arena *arena, Money money, Currency currency); /* "19.99" */

#endif
