/* Whose a cart is, and carts as requests have them. */
#ifndef MODULES_CART_ACCESS_H
#define MODULES_CART_ACCESS_H

#include "modules/cart/guess.h"
#include "modules/cart/show.h"
#include "modules/cart/store.h"

/* As tokens are kept. */
Str cart_token_hash(Arena *arena, Str token);

/* What the request brings: the token of a guest, the user who is signed in. */
CartAccess cart_access(Request *rq);

/* The cart of the path or another one, open to be changed, counted on and held until the commit. A reply
 * of {0}: *state is it. Otherwise the refusal: there is none that is theirs, or it is not open. `guess`:
 * what it will probably hold when it is shown; NULL where it is not shown, or nothing is known. */
Reply cart_open_state(Request *rq, Id cart, CartGuess *guess, CartState *state);
Reply list_open_state(Request *rq, Id list, CartState *state); /* a list of the user's */

/* The same of the object of the path, which must have the version that the request has seen (If-Match;
 * `version`, 0: not said). */
Reply cart_open_seen(Request *rq, int64_t version, CartGuess *guess, CartState *state);
Reply list_open_seen(Request *rq, int64_t version, CartState *state);

/* Puts what is wanted into the state; places[i] is the place of the line of wanted[i]. A reply of {0}, or
 * why not. */
Reply cart_put_lines(Request *rq, CartState *state, const WantedLines *wanted, size_t *places);

/* Attributes are named twice. */
Reply refuse_attributes(Request *rq, Str pointer);

/* The cart of a state that was opened and changed: its new lines get their ids. */
Cart *cart_show_state(Ctx *cx, CartState *state);

/* Writes what differs from before, and that the customer has seen what is shown. */
void cart_keep(Ctx *cx, const CartState *state, const Cart *cart);

#endif
