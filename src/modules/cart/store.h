/* The SQL of carts. */
#ifndef MODULES_CART_STORE_H
#define MODULES_CART_STORE_H

#include "modules/cart/guess.h"

/* By what somebody may have a cart. */
typedef struct CartAccess {
    Str token_hash; /* of the token that was sent; empty: none */
    Id customer;    /* who is signed in; 0: nobody */
} CartAccess;

/* Counts the new version of an open cart, or of a list, moves its end, and holds it until the commit;
 * then its lines; and asks what was guessed. One round trip. False: there is none that is open and
 * theirs. */
bool cart_open(Ctx *cx, Id cart, bool is_list, const CartAccess *access, CartGuess *guess,
               CartRow **row, CartLineRows *lines);

/* The cart as it is, with its lines, whoever asks; NULL: there is none, or it has ended. One round
 * trip, in which what was guessed is asked too. */
CartRow *cart_row_read(Ctx *cx, Id cart, CartGuess *guess, CartLineRows *lines);

/* The same, and nobody else changes the cart before the commit. In a WRITE transaction. */
CartRow *cart_row_hold(Ctx *cx, Id cart, const CartAlso *also, CartGuess *guess,
                       CartLineRows *lines);

/* The customer's open cart that was changed last; 0: none. */
Id cart_of_customer(Ctx *cx, Id customer, Str channel, Currency currency);

void cart_insert(Ctx *cx, const CartRow *row);
void cart_note(Ctx *cx, Id cart, Str note);
void cart_seen_discount(Ctx *cx, Id cart, Money discount);
void cart_give(Ctx *cx, Id cart, Id customer);
void cart_merged(Ctx *cx, Id cart, Id into);
bool cart_delete(Ctx *cx, Id cart);

void lines_insert(Ctx *cx, CartLineRows lines);
void line_update(Ctx *cx, const CartLineRow *line);
void line_count(Ctx *cx, const CartLineRow *line); /* only its quantity is another */
void line_delete(Ctx *cx, Id cart, Id line);
void lines_delete(Ctx *cx, Id cart);

/* Newest first, below `before`. */
CartSummaries carts_page(Ctx *cx, const CartQuery *query, Id before, int64_t limit);
CartSummaries carts_of_customer(Ctx *cx, Id customer);

/* A customer's lists, the oldest first; and how many. */
ListSummaries lists_of_customer(Ctx *cx, Id customer);
CartLineRows lines_of_customer(Ctx *cx, Id customer); /* of all of his carts and lists */
int64_t lists_count(Ctx *cx, Id customer);
void list_rename(Ctx *cx, Id list, Str name);

/* Those of these that are open, or are being paid. */
IdList carts_buyable(Ctx *cx, IdList carts);

/* Of those that have ended and are not being paid. */
IdList carts_expired(Ctx *cx, int64_t limit);

/* A customer's, but for what is being paid. */
IdList carts_of_gone(Ctx *cx, Id customer);
void carts_forget_customer(Ctx *cx, Id customer);

#endif
