/* Whose a cart is, and carts as requests have them. */
#ifndef MODULES_CART_ACCESS_H
#define MODULES_CART_ACCESS_H

#include "modules/cart/show.h"
#include "modules/cart/store.h"

/* As tokens are kept. */
Str cart_token_hash(Arena *arena, Str token);

/* What the request brings: the token of a guest, the user who is signed in. */
CartAccess cart_access(Request *rq);

/* The cart of the path or another one, open to be changed, counted on and held until the commit. A reply
 * of {0}: *state is it. Otherwise the refusal: there is none that is theirs, it is not open, or it has not
 * the version that the request has seen (If-Match; `version`, 0: not said). */
Reply cart_open_state(Request *rq, Id cart, int64_t version, CartState *state);

/* The cart of a state that was opened and changed: its new lines get their ids. */
Cart *cart_show_state(Ctx *cx, CartState *state);

/* Writes what differs from before, and that the customer has seen what is shown. */
void cart_keep(Ctx *cx, const CartState *state, const Cart *cart);

#endif
