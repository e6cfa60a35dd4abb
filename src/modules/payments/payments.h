/* Payments: money that customers give the shop, by whatever provider. Owns payments, refunds, what
 * providers tell of them, and the methods that customers keep there. It knows nothing of carts and
 * orders: a payment is *for* a subject, an id with its prefix. See docs/internals/payments.md.
 *
 * Two kinds of functions. Those that **ask** (payment_authorise, payment_capture …) talk to the provider:
 * outside of any transaction, they may block, and the same key never moves money twice. Those that
 * **note** (payment_note_…) write down what a provider has said, in a WRITE transaction: each is one
 * statement that guards itself, so a fact may be told twice, late or in any order, by the checkout and by
 * a webhook at once, and what is written in the end is the same.
 *
 *     Id id = payment_start(cx, &start, &verdict);                             in a transaction
 *     PaymentEnd end = payment_authorise(cx, id, key);                         outside of one
 *     if (end.outcome == PAYMENT_OK) payment_note_authorised(cx, id, &end);    in the next one
 */
#ifndef MODULES_PAYMENTS_PAYMENTS_H
#define MODULES_PAYMENTS_PAYMENTS_H

#include "platform/events.h"

/* What a payment is for: "cart" while it is being checked out, then "ord". `kind` is a literal. */
typedef struct PaymentSubject {
    const char *kind;
    Id id;
} PaymentSubject;

/* Follows from the facts that are known, and from nothing else; what moved money outranks the rest. */
typedef enum PaymentState {
    PAYMENT_STATE_NEW,
    PAYMENT_STATE_REQUIRES_ACTION, /* the customer must do something: 3-D Secure */
    PAYMENT_STATE_FAILED,          /* declined */
    PAYMENT_STATE_AUTHORISED,      /* held for the shop, or (manual) promised */
    PAYMENT_STATE_VOIDED,          /* given back without having been taken */
    PAYMENT_STATE_CAPTURED,        /* the shop has it */
    PAYMENT_STATE_PARTIALLY_REFUNDED,
    PAYMENT_STATE_REFUNDED,
} PaymentState;

/* What is under way that no other may begin beside it. */
typedef enum PaymentClaim {
    PAYMENT_CLAIM_NONE,
    PAYMENT_CLAIM_CAPTURE,
    PAYMENT_CLAIM_VOID
} PaymentClaim;

typedef struct Payment {
    Id id;
    Str subject; /* "ord_…" */
    Id customer; /* the user; 0: a guest */
    Str email;
    Str provider;
    Str method; /* the provider's token, or "saved_…"; never card data */
    Currency currency;
    Money amount;
    bool
        capture_now; /* by the checkout; else by hand. False of a provider who waits for money that comes
                         later, whatever was asked: look here, and not at what was asked */
    unsigned state;   /* PaymentState */
    Str provider_ref; /* the provider's id of it; no pointer: not known yet */
    Money authorised, captured, refunded;
    Money refunding; /* of refunds under way */
    Money credited; /* what was given back in another way, so that it is no longer to be refunded */
    bool voided;
    unsigned claim;           /* PaymentClaim */
    Str decline_code, detail; /* why it was declined; no pointer: it was not */
    Str action_url;           /* where the customer goes on, when something is required of him */
    Str client_secret; /* for the provider's own script in the browser; sealed: payment_client_secret */
    int64_t version;
    Time created_at, updated_at;
} Payment;

typedef struct PaymentList {
    Payment *items;
    size_t n;
} PaymentList;

/* ---- Beginning ------------------------------------------------------------------------------- */

typedef struct PaymentStart {
    PaymentSubject subject;
    Id customer;  /* 0: a guest */
    Str email;    /* for the provider's receipt; may be empty */
    Str provider; /* "manual", "test", "stripe" */
    Str method;   /* "tok_declined", "pm_…", "saved_…"; empty: the provider's own choice */
    Currency currency;
    Money amount; /* > 0 */
    bool capture_now;
} PaymentStart;

/* Writes down a payment that nobody has been asked for yet, in a WRITE transaction. *verdict says why
 * not (error_unknown_provider, error_unknown_method); then the id is 0. */
Id payment_start(Ctx *cx, const PaymentStart *start, Verdict *verdict);

/* The providers that this shop offers now, in the order in which to show them. */
StrList payment_providers(Arena *arena);

/* Is no other machine asked for it? Then the functions that ask return at once, and may be called inside
 * a transaction. */
bool payment_is_local(Str provider, Str method);

/* ---- Asking ---------------------------------------------------------------------------------- */

typedef enum PaymentOutcome {
    PAYMENT_OK,
    PAYMENT_DECLINED, /* no, and the same question gets the same answer */
    PAYMENT_NEEDS_ACTION, /* the customer must do something first; ask again afterwards, with the same key */
    PAYMENT_UNKNOWN, /* no answer, or none that counts: ask again, with the same key */
} PaymentOutcome;

typedef struct PaymentEnd {
    PaymentOutcome outcome;
    Str provider_ref; /* of the payment, or of the refund; empty: not known */
    Money amount;     /* that was authorised, captured or refunded */
    Str decline_code; /* "card_declined"; for programs */
    Str detail;       /* for people who run the shop; without secrets */
    Str action_url;   /* empty: only the provider's script can go on */
    Str client_secret;
} PaymentEnd;

/* The texts of the answer live in cx->arena. `key` names the attempt: the same key is the same attempt,
 * for ever. Each looks first at what is known already (in the transaction of `cx`, where it has one: that
 * is allowed of a local payment; else in one of its own), so asking again does no harm. A void also ends
 * a payment that was declined or never authorised (3-D Secure that nobody finishes), so that it cannot
 * become authorised later; declined with an `amount`: so much was taken meanwhile, to be noted as captured and
 * given back. What PAYMENT_NEEDS_ACTION asks for is noted already. */
PaymentEnd payment_authorise(Ctx *cx, Id payment, Str key);
PaymentEnd payment_capture(Ctx *cx, Id payment, Money amount, Str key);
PaymentEnd payment_void(Ctx *cx, Id payment, Str key);

/* ---- Noting ---------------------------------------------------------------------------------- */

/* In a WRITE transaction. True: it was news, and has been announced; false: it was known, or something
 * that outranks it is. */
bool payment_note_authorised(Ctx *cx, Id payment, const PaymentEnd *end);
bool payment_note_action(Ctx *cx, Id payment, const PaymentEnd *end);
bool payment_note_declined(Ctx *cx, Id payment, const PaymentEnd *end);
bool payment_note_captured(Ctx *cx, Id payment, const PaymentEnd *end);
bool payment_note_voided(Ctx *cx, Id payment, const PaymentEnd *end);

/* The payment is for another subject from now on: cart → ord, in the transaction that makes the order,
 * and back in its undo. */
void payment_rebind(Ctx *cx, Id payment, PaymentSubject to);

/* ---- At one go ------------------------------------------------------------------------------- */

/* The payment of a local provider (payment_is_local) from its beginning to the provider's last word, in
 * memory: authorised and, where it is to be captured now and the provider does not wait for its money,
 * captured; or declined (`state` is PAYMENT_STATE_FAILED). `id` is made by the caller: the same start with
 * the same id comes to the same. NULL and *verdict as payment_start says it. */
Payment *payment_decide(Ctx *cx, Id id, const PaymentStart *start, Verdict *verdict);

/* Writes down what was decided, once, in a WRITE transaction, and announces what it has come to, `whole`. */
void payment_put_whole(Ctx *cx, const Payment *payment);

/* ---- Giving back ------------------------------------------------------------------------------- */

/* So much of the payment was given back in another way (store credit), and cannot be refunded any more. In a
 * WRITE transaction. False, and nothing is written: that much is not left. */
bool payment_credit(Ctx *cx, Id payment, Money amount);

/* Of what was captured, what has not gone back and is not about to. */
Money payment_left(const Payment *payment);

/* Gives back all that was captured and not given back, or voids what was not captured; begun in this WRITE
 * transaction, done after it (at once, where no other machine is asked), told by events. False: it is just
 * being captured, voided or refunded by somebody else; take the transaction back, and try later. */
bool payment_give_back(Ctx *cx, Id payment, Str note);

/* So much of what was captured goes back: begun and done as payment_give_back, told by payment_refunded or
 * payment_refund_refused, perhaps before this returns. The refund's id; 0: not so much is left. */
Id payment_refund_some(Ctx *cx, Id id, Money amount, Str note);

extern const Error error_provider_declined, error_refund_too_much;

/* ---- Reading --------------------------------------------------------------------------------- */

Payment *payment_read(Ctx *cx, Id id);                    /* NULL: there is none */
PaymentList payments_of(Ctx *cx, PaymentSubject subject); /* the oldest first */

/* What the browser's script needs to go on; empty when there is nothing to do. */
Str payment_client_secret(Ctx *cx, const Payment *payment);

/* ---- What is announced ----------------------------------------------------------------------- */

/* In the transaction that notes it, once for each fact. */
typedef struct PaymentEvent {
    Id payment;
    Str subject; /* "ord_…": id_parse says whether it is one of yours */
    Currency currency;
    Money amount; /* of this event: authorised, captured, refunded; else of the payment */
    Id refund;    /* of payment_refunded, payment_refund_failed, payment_refund_refused */
    bool whole;   /* told while it is written for the first time (payment_put_whole): who makes its
                     subject in the same transaction has counted it already */
} PaymentEvent;

/* payment_refund_failed: what payment_refunded has told of has not reached the customer after all, and
 * is the shop's again. payment_refund_refused: what was asked for was not made, and nothing was told of
 * it before. */
extern const Event payment_authorised, payment_captured, payment_refunded, payment_refund_failed,
    payment_refund_refused, payment_voided, payment_failed;

extern const Error error_unknown_provider, error_unknown_method;

extern const Type payment_type;
extern const EnumNames payment_state_names;
extern const Module payments_module, payment_actions_module, payment_methods_module,
    payment_refunds_module, payment_trials_module, payment_webhooks_module;

#endif
