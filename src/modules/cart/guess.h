/* What a cart probably holds, so that what is offered of it can be asked in the round trip that opens it.
 * A guess is never believed: what was asked counts only if it covers what the cart turns out to hold. */
#ifndef MODULES_CART_GUESS_H
#define MODULES_CART_GUESS_H

#include "modules/cart/rules.h"

/* What is asked before it is known whether it will be needed. */
struct CartGuess {
    IdList variants; /* ascending, each once; not none */
    OfferAsk ask;
    bool asked;
};

/* What this cart held when it was shown last by this process, and what is wanted besides (NULL: nothing).
 * NULL: nothing is known of it. */
CartGuess *cart_guess(Ctx *cx, Id cart, const WantedLines *wanted);

/* Asks for its offers, which are there after db_settle. Nothing for NULL. */
void guess_ask(Ctx *cx, CartGuess *guess);

/* Were these variants (ascending) asked for, as they are offered there? Not when it is NULL. */
bool guess_holds(const CartGuess *guess, IdList variants, const OfferView *view);

/* Remembers what a cart holds. */
void guess_note(Id cart, IdList variants, const OfferView *view);

#endif
