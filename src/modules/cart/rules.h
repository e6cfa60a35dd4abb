/* What carts decide without asking anybody. */
#ifndef MODULES_CART_RULES_H
#define MODULES_CART_RULES_H

#include "meta/check.h"
#include "modules/cart/hooks.h"

typedef struct CartGuess CartGuess; /* guess.h */

/* A cart in memory, as it is stored or will be: its row, its lines, and how many pieces each line had
 * before this request (0: it is new). */
typedef struct CartState {
    CartRow row;
    CartLineRows lines;     /* has room for CART_LINES_MAX */
    int64_t *before;        /* as many as lines, the same room */
    CartLineRows was;       /* the lines as they were read */
    bool changed;           /* this request changes what lies in it */
    const CartGuess *guess; /* what was asked of offers when it was opened, or NULL */
} CartState;

/* The state of rows as they were read. */
CartState cart_state(Arena *arena, const CartRow *row, CartLineRows lines);

/* Sorts them, and leaves each once. */
IdList ids_once(IdList ids);

/* Does it keep a cart from being bought? */
bool cart_blocks(CartNoticeCode code);

/* Sorts attributes by name; false when one is named twice. */
bool attributes_sort(Arena *arena, LineAttributes given, LineAttributes *out);

bool attributes_same(LineAttributes a, LineAttributes b);

/* Puts it into the state: more of a line that has it with the same attributes (sorted), or a line at the
 * end, without an id. *at is the line's place. NULL, or why not: error_cart_full, error_too_many. */
const Error *state_add(CartState *state, Id variant, int64_t quantity, LineAttributes attributes,
                       size_t *at);

/* The place of the line of that id; lines.n: there is none. */
size_t state_find(const CartState *state, Id line);

/* The line at that place is so from now on; one whose attributes have become those of another one joins
 * it. *now_at is its place then. */
const Error *state_change(CartState *state, size_t at, int64_t quantity, LineAttributes attributes,
                          size_t *now_at);

void state_remove(CartState *state, size_t at);

/* Adds all lines of another cart. Quantities are summed as far as limits let them; what does not fit is
 * left out. */
void state_merge(CartState *state, const CartLineRows *lines);

/* Pieces of the variant over all lines, now and before. */
int64_t state_pieces(const CartState *state, Id variant);
int64_t state_pieces_before(const CartState *state, Id variant);

/* Takes the discounts off the cart's lines, one after the other, none more than is left of its line or
 * lines. Fills discounts and totals.subtotal and .discount. False: one is below 0. The lines have their
 * subtotals. */
bool cart_take_off(Arena *arena, Cart *cart, const LineAmounts *discounts);

/* Adds taxes and shipping up, of a cart whose discounts are taken off. Fills each line's tax and total,
 * and the totals. False, and the totals are as they were: an amount is below 0, or a sum does not fit.
 */
bool cart_add_up(Cart *cart, const TaxAnswer *tax, Money shipping);

extern const Error error_cart_full, error_too_many, error_cannot_be_added, error_cart_version;

#endif
