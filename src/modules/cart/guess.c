/* What carts held when they were shown last, by this process.
 *
 * Offers depend on the lines, and the lines are known when the cart is open: two waits for PostgreSQL, of
 * which each costs a customer a round trip, and both machines a switch of threads. Somebody who adds to a
 * cart has just seen it, so what it holds is usually known here already. The guess travels with the
 * opening; if it was wrong (another process has changed the cart, or nobody has seen it for long) the
 * offers are asked as they always were. A guess that names too much is no harm.
 *
 * A table of fixed size, in sets of a few: the oldest of a set makes room. It holds ids only, no prices:
 * nothing in it can be out of date in a way that anybody would see.
 *
 * Rejected: asking by a subquery over the cart's lines (the catalogue and the inventory would have to know
 * carts), and remembering the offers themselves (prices and stock of a moment ago). */
#include "modules/cart/guess.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    SETS =
        4096, /* with WAYS: so many carts that customers fill at the same time; 2.4 MB if all are */
    WAYS = 4,
    VARIANTS_KNOWN_MAX = 12, /* of a cart: most have fewer */
    CHANNEL_KNOWN_MAX = 15,
    LOCALE_KNOWN_MAX = 11,
};

typedef struct Known {
    Id cart; /* 0: none */
    Currency currency;
    uint8_t variant_count, channel_length, locale_length;
    char channel[CHANNEL_KNOWN_MAX], locale[LOCALE_KNOWN_MAX];
    Id variants[VARIANTS_KNOWN_MAX];
} Known;

static struct {
    pthread_mutex_t lock;
    struct {
        Known ways[WAYS];
        uint8_t next; /* of them, makes room */
    } sets[SETS];
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t set_of(Id cart)
{
    return (size_t)(((uint64_t)cart.n * 0x9E3779B97F4A7C15u) >> 52); /* Fibonacci hashing */
}
_Static_assert(SETS == 1 << (64 - 52), "set_of has as many bits");

/* With the lock held. */
static Known *find(Id cart)
{
    Known *ways = known.sets[set_of(cart)].ways;
    for (int i = 0; i < WAYS; i++)
        if (id_eq(ways[i].cart, cart)) return &ways[i];
    return NULL;
}

/* With the lock held: where the cart stands, or will. */
static Known *make_room(Id cart)
{
    Known *there = find(cart);
    size_t set = set_of(cart);
    return there ? there : &known.sets[set].ways[known.sets[set].next++ % WAYS];
}

void guess_note(Id cart, IdList variants, const OfferView *view)
{
    bool fits = variants.n <= VARIANTS_KNOWN_MAX && view->channel.n <= CHANNEL_KNOWN_MAX &&
                view->locale.n <= LOCALE_KNOWN_MAX;
    pthread_mutex_lock(&known.lock);
    Known *at = fits ? make_room(cart) : find(cart);
    if (at) *at = (Known){0};
    if (fits) {
        at->cart = cart;
        at->currency = view->currency;
        at->variant_count = (uint8_t)variants.n;
        at->channel_length = (uint8_t)view->channel.n;
        at->locale_length = (uint8_t)view->locale.n;
        if (view->channel.n) memcpy(at->channel, view->channel.p, view->channel.n);
        if (view->locale.n) memcpy(at->locale, view->locale.p, view->locale.n);
        if (variants.n) memcpy(at->variants, variants.items, variants.n * sizeof(Id));
    }
    pthread_mutex_unlock(&known.lock);
}

static bool recall(Id cart, Known *out)
{
    pthread_mutex_lock(&known.lock);
    const Known *there = find(cart);
    if (there) *out = *there;
    pthread_mutex_unlock(&known.lock);
    return there != NULL;
}

CartGuess *cart_guess(Ctx *cx, Id cart, const WantedLines *wanted)
{
    Known was;
    size_t more = wanted ? wanted->n : 0;
    if (!recall(cart, &was) || was.variant_count + more == 0) return NULL;
    CartGuess *guess = NEW(cx->arena, CartGuess);
    IdList all = {NEW_N(cx->arena, Id, was.variant_count + more), was.variant_count + more};
    memcpy(all.items, was.variants, was.variant_count * sizeof(Id));
    for (size_t i = 0; i < more; i++) all.items[was.variant_count + i] = wanted->items[i].variant;
    OfferView view = {
        .channel = str_copy(cx->arena, (Str){was.channel, was.channel_length}),
        .currency = was.currency,
        .locale = str_copy(cx->arena, (Str){was.locale, was.locale_length}),
        .owner = {"cart", cart},
    };
    *guess = (CartGuess){.variants = ids_once(all), .ask = {.view = view}};
    return guess;
}

void guess_ask(Ctx *cx, CartGuess *guess)
{
    if (!guess) return;
    OfferView view = guess->ask.view;
    offers_ask(cx, &guess->ask, guess->variants, &view);
    guess->asked = true;
}

bool guess_holds(const CartGuess *guess, IdList variants, const OfferView *view)
{
    if (!guess || !guess->asked) return false;
    const OfferView *asked = &guess->ask.view;
    if (!str_eq(asked->channel, view->channel) || !str_eq(asked->locale, view->locale) ||
        !currency_eq(asked->currency, view->currency) || !id_eq(asked->owner.id, view->owner.id))
        return false;
    size_t at = 0;
    for (size_t i = 0; i < variants.n; i++) {
        while (at < guess->variants.n && guess->variants.items[at].n < variants.items[i].n) at++;
        if (at == guess->variants.n || !id_eq(guess->variants.items[at], variants.items[i]))
            return false;
    }
    return true;
}
