/* Money: checked arithmetic on minor units, one rounding at most, and splits that add up.
 *
 * Products are formed in 128 bits, where two 64-bit factors always fit, and are rounded once at the
 * end. Binary fractions never occur; a rate is a ratio of integers. */
#include "base/money.h"

#include <assert.h>

bool money_add(Money a, Money b, Money *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a.minor, b.minor, &sum)) return false;
    out->minor = sum;
    return true;
}

bool money_subtract(Money a, Money b, Money *out)
{
    int64_t difference;
    if (__builtin_sub_overflow(a.minor, b.minor, &difference)) return false;
    out->minor = difference;
    return true;
}

bool money_times(Money a, int64_t quantity, Money *out)
{
    int64_t product;
    if (__builtin_mul_overflow(a.minor, quantity, &product)) return false;
    out->minor = product;
    return true;
}

bool money_ratio(Money a, int64_t numerator, int64_t denominator, Rounding rounding, Money *out)
{
    if (denominator <= 0) return false;
    __int128 product = (__int128)a.minor * numerator;
    __int128 quotient =
        product / denominator; /* towards zero, so the rest has the product's sign */
    __int128 twice_rest = product % denominator * 2;
    if (twice_rest < 0) twice_rest = -twice_rest;
    bool away = twice_rest > denominator;
    if (twice_rest == denominator)
        away = rounding == ROUND_HALF_UP || (rounding == ROUND_HALF_EVEN && quotient % 2 != 0);
    if (away) quotient += product < 0 ? -1 : 1;
    if (quotient < INT64_MIN || quotient > INT64_MAX) return false;
    out->minor = (int64_t)quotient;
    return true;
}

/* ---- Hamilton's method ----------------------------------------------------------------------- */

/* Each part first gets the whole number below its exact share; the few units left over go, one
 * each, to the parts with the largest remainders. Which those are is found by halving on the
 * remainder's value: no memory, no sorting, and a cost of at most 63 passes whatever the number of
 * parts. Negative totals are split by their size. */

typedef struct Share {
    uint64_t whole;
    int64_t remainder; /* of the division by the weights' sum */
} Share;

static Share share_of(uint64_t size, int64_t weight, int64_t sum)
{
    unsigned __int128 product = (unsigned __int128)size * (uint64_t)weight;
    return (Share){(uint64_t)(product / (uint64_t)sum), (int64_t)(product % (uint64_t)sum)};
}

static bool sum_weights(const int64_t *weights, size_t count, int64_t *sum)
{
    *sum = 0;
    for (size_t i = 0; i < count; i++)
        if (weights[i] < 0 || __builtin_add_overflow(*sum, weights[i], sum)) return false;
    return *sum > 0;
}

/* How many of the remainders, kept in parts[].minor, are above `limit`. */
static uint64_t count_above(const Money *parts, size_t count, int64_t limit)
{
    uint64_t above = 0;
    for (size_t i = 0; i < count; i++) above += parts[i].minor > limit;
    return above;
}

/* The least value that at most `left` remainders exceed; all remainders are below `sum`. */
static int64_t find_threshold(const Money *parts, size_t count, int64_t sum, uint64_t left)
{
    int64_t low = 0, high = sum - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (count_above(parts, count, middle) <= left)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool money_split(Money total, const int64_t *weights, size_t count, Money *parts)
{
    int64_t sum;
    if (!sum_weights(weights, count, &sum)) return false;
    uint64_t size = total.minor < 0 ? -(uint64_t)total.minor : (uint64_t)total.minor;
    uint64_t left = size;
    for (size_t i = 0; i < count; i++) {
        Share share = share_of(size, weights[i], sum);
        left -= share.whole;
        parts[i].minor = share.remainder;
    }
    assert(left < count);
    int64_t threshold = find_threshold(parts, count, sum, left);
    uint64_t ties = left - count_above(parts, count, threshold); /* that still get a unit */
    for (size_t i = 0; i < count; i++) {
        Share share = share_of(size, weights[i], sum);
        bool tie = share.remainder == threshold && ties > 0;
        uint64_t part = share.whole + (share.remainder > threshold || tie);
        ties -= tie;
        parts[i].minor = (int64_t)(total.minor < 0 ? -part : part);
    }
    return true;
}

/* ---- currencies ------------------------------------------------------------------------------ */

/* ISO 4217 as of 2024-06-25: code and exponent, in alphabetical order. Left out is what no one pays
 * with: funds codes (BOV CHE CHW COU MXV USN UYI UYW), units of account (XBA XBB XBC XBD XDR XSU
 * XUA), metals (XAG XAU XPD XPT), XTS and XXX. CLF stays: Chilean prices are quoted in it. */

enum { RECORD = 4 };

static const char currencies[] =
    "AED2AFN2ALL2AMD2ANG2AOA2ARS2AUD2AWG2AZN2BAM2BBD2BDT2BGN2BHD3BIF0BMD2BND2BOB2BRL2"
    "BSD2BTN2BWP2BYN2BZD2CAD2CDF2CHF2CLF4CLP0CNY2COP2CRC2CUC2CUP2CVE2CZK2DJF0DKK2DOP2"
    "DZD2EGP2ERN2ETB2EUR2FJD2FKP2GBP2GEL2GHS2GIP2GMD2GNF0GTQ2GYD2HKD2HNL2HTG2HUF2IDR2"
    "ILS2INR2IQD3IRR2ISK0JMD2JOD3JPY0KES2KGS2KHR2KMF0KPW2KRW0KWD3KYD2KZT2LAK2LBP2LKR2"
    "LRD2LSL2LYD3MAD2MDL2MGA2MKD2MMK2MNT2MOP2MRU2MUR2MVR2MWK2MXN2MYR2MZN2NAD2NGN2NIO2"
    "NOK2NPR2NZD2OMR3PAB2PEN2PGK2PHP2PKR2PLN2PYG0QAR2RON2RSD2RUB2RWF0SAR2SBD2SCR2SDG2"
    "SEK2SGD2SHP2SLE2SOS2SRD2SSP2STN2SVC2SYP2SZL2THB2TJS2TMT2TND3TOP2TRY2TTD2TWD2TZS2"
    "UAH2UGX0USD2UYU2UZS2VED2VES2VND0VUV0WST2XAF0XCD2XOF0XPF0YER2ZAR2ZMW2ZWG2";

/* The code and exponent digit, or NULL. */
static const char *find_currency(const char *code)
{
    size_t low = 0, high = (sizeof currencies - 1) / RECORD;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(code, currencies + middle * RECORD, 3);
        if (order == 0) return currencies + middle * RECORD;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool currency_parse(Str text, Currency *out)
{
    if (text.n != 3 || !find_currency(text.p)) return false;
    *out = (Currency){{text.p[0], text.p[1], text.p[2], 0}};
    return true;
}

bool currency_eq(Currency a, Currency b)
{
    return memcmp(a.code, b.code, sizeof a.code) == 0;
}

Str currency_text(const Currency *currency)
{
    return (Str){currency->code, currency->code[0] ? 3 : 0};
}

int currency_exponent(Currency currency)
{
    const char *found = find_currency(currency.code);
    return found ? found[3] - '0' : 2;
}

/* ---- text ------------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool money_parse(Str text, Currency currency, Money *out)
{
    bool minus = text.n && text.p[0] == '-';
    Str whole, fraction;
    bool point = str_cut(str_slice(text, minus, text.n), '.', &whole, &fraction);
    size_t exponent = (size_t)currency_exponent(currency);
    if (whole.n == 0 || (whole.n > 1 && whole.p[0] == '0')) return false;
    if ((point && fraction.n == 0) || fraction.n > exponent) return false;
    int64_t value = 0; /* counted downwards, because INT64_MIN has no positive twin */
    for (size_t i = 0; i < whole.n + exponent; i++) {
        size_t place = i - whole.n;
        char c = i < whole.n ? whole.p[i] : place < fraction.n ? fraction.p[place] : '0';
        if (!is_digit(c) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, c - '0', &value))
            return false;
    }
    if (!minus && value == INT64_MIN) return false;
    out->minor = minus ? value : -value;
    return true;
}

Str money_text(Arena *arena, Money money, Currency currency)
{
    uint64_t rest = money.minor < 0 ? -(uint64_t)money.minor : (uint64_t)money.minor;
    int exponent = currency_exponent(currency);
    char text[24], *at = text + sizeof text; /* sign, 19 digits, point */
    for (int place = 0; rest || place <= exponent; place++) {
        if (place == exponent && exponent > 0) *--at = '.';
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (money.minor < 0) *--at = '-';
    return str_copy(arena, (Str){at, (size_t)(text + sizeof text - at)});
}
