/* Stripe's objects and what they mean, pure.
 *
 * An intent is read for its status and its amounts, and what follows is the same whether it came as the
 * answer to a call, after a webhook, or after a second call whose first answer was lost: the state there
 * decides, not what we remember of it. An error is final (declined) only where Stripe says that the
 * request itself is at fault; whatever may be different next time is "unknown", and is asked again by the
 * same key. So is a wrong key of the account, except where a customer waits: that is mended by people.
 *
 * Rejected: acting upon the type of an event (they come in any order, twice, and say how things were). */
#include "modules/payments/stripe.h"

#include "base/hash.h"
#include "meta/json.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* ---- Signatures ------------------------------------------------------------------------------ */

enum { MAC_BYTES = 32 };

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_mac(Str text, unsigned char mac[static MAC_BYTES])
{
    if (text.n != 2 * MAC_BYTES) return false;
    for (size_t i = 0; i < MAC_BYTES; i++) {
        int high = digit_of(text.p[2 * i]), low = digit_of(text.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        mac[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static void make_mac(Str stamp, Str body, Str secret, unsigned char mac[static MAC_BYTES])
{
    static char hmac[] = "HMAC", digest[] = "SHA256";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                               OSSL_PARAM_construct_end()};
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, hmac, NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithm);
    size_t n = 0;
    bool fine = EVP_MAC_init(context, (const unsigned char *)secret.p, secret.n, parameters) &&
                EVP_MAC_update(context, (const unsigned char *)stamp.p, stamp.n) &&
                EVP_MAC_update(context, (const unsigned char *)".", 1) &&
                EVP_MAC_update(context, (const unsigned char *)body.p, body.n) &&
                EVP_MAC_final(context, mac, &n, MAC_BYTES);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(algorithm);
    if (!fine || n != MAC_BYTES) abort();
}

StripeSignature stripe_signed(Str header, Str body, Str secret, Time now)
{
    unsigned char given[STRIPE_SIGNATURES_MAX][MAC_BYTES], right[MAC_BYTES];
    size_t n = 0;
    Str rest = header, part, name, value, stamp = {0};
    int64_t seconds = 0;
    while (rest.n) {
        str_cut(rest, ',', &part, &rest);
        str_cut(part, '=', &name, &value);
        if (str_eq(name, S("t")) && !stamp.p) stamp = value;
        if (str_eq(name, S("v1")) && n < STRIPE_SIGNATURES_MAX) n += read_mac(value, given[n]);
    }
    if (!secret.n || !n || !stamp.p || !str_to_int(stamp, &seconds)) return STRIPE_UNSIGNED;
    make_mac(stamp, body, secret, right);
    bool fine = false;
    for (size_t i = 0; i < n; i++) fine |= bytes_eq_constant_time(given[i], right, MAC_BYTES);
    if (!fine) return STRIPE_UNSIGNED;
    int64_t now_s = now.us / 1000000; /* the difference to any number might not be one */
    bool young = seconds >= now_s - STRIPE_TOLERANCE_S && seconds <= now_s + STRIPE_TOLERANCE_S;
    return young ? STRIPE_SIGNED : STRIPE_TOO_OLD;
}

/* ---- Objects --------------------------------------------------------------------------------- */

#define TEXT(T, member) FIELD(T, member, "", .nullable = true)
#define AMOUNT(T, member)                                                                          \
    FIELD(T, member, "", .nullable = true, .min = 0, .max = PAYMENT_AMOUNT_MAX)

typedef struct StripeIntentRef StripeIntentRef;
static const Type intent_ref_type =
    TYPE_WITH_ABSENCE(StripeIntentRef, "Which intent an error is about.", TEXT(StripeIntentRef, id),
                      TEXT(StripeIntentRef, status));

static const Type stripe_error_type = TYPE_WITH_ABSENCE(
    StripeError, "Why not.", TEXT(StripeError, type), TEXT(StripeError, code),
    TEXT(StripeError, decline_code), TEXT(StripeError, message),
    OBJECT(StripeError, payment_intent, "Of what.", intent_ref_type, .nullable = true));

const Type stripe_fault_type =
    TYPE_WITH_ABSENCE(StripeFault, "An answer that is no success.",
                      OBJECT(StripeFault, error, "Why.", stripe_error_type, .required = true));

static const Type metadata_type =
    TYPE(StripeMetadata, "What we have written on it.", FIELD(StripeMetadata, payment, ""),
         FIELD(StripeMetadata, refund, ""), FIELD(StripeMetadata, user, ""));

typedef struct StripeRedirect StripeRedirect;
static const Type redirect_type =
    TYPE_WITH_ABSENCE(StripeRedirect, "Where the customer goes on.", TEXT(StripeRedirect, url));

typedef struct StripeNext StripeNext;
static const Type next_type =
    TYPE_WITH_ABSENCE(StripeNext, "What the customer must do.",
                      OBJECT(StripeNext, redirect_to_url, "", redirect_type, .nullable = true));

const Type stripe_intent_type = TYPE_WITH_ABSENCE(
    StripeIntent, "A PaymentIntent, or a SetupIntent.",
    FIELD(StripeIntent, id, "", .required = true, .min = 1, .max = PAYMENT_TOKEN_MAX),
    FIELD(StripeIntent, status, "", .required = true, .min = 1), TEXT(StripeIntent, client_secret),
    TEXT(StripeIntent, payment_method), TEXT(StripeIntent, customer), AMOUNT(StripeIntent, amount),
    AMOUNT(StripeIntent, amount_capturable), AMOUNT(StripeIntent, amount_received),
    OBJECT(StripeIntent, last_payment_error, "", stripe_error_type, .nullable = true),
    OBJECT(StripeIntent, metadata, "", metadata_type, .nullable = true),
    OBJECT(StripeIntent, next_action, "", next_type, .nullable = true));

const Type stripe_refund_type = TYPE_WITH_ABSENCE(
    StripeRefund, "A refund.",
    FIELD(StripeRefund, id, "", .required = true, .min = 1, .max = PAYMENT_TOKEN_MAX),
    TEXT(StripeRefund, status), TEXT(StripeRefund, failure_reason),
    FIELD(StripeRefund, amount, "", .required = true, .min = 1, .max = PAYMENT_AMOUNT_MAX),
    OBJECT(StripeRefund, metadata, "", metadata_type, .nullable = true));

const Type stripe_refunds_type =
    TYPE(StripeRefunds, "The refunds of an intent.",
         LIST(StripeRefunds, data, "", stripe_refund_type, .required = true, .max = 100),
         FIELD(StripeRefunds, has_more, ""));

typedef struct StripeCard StripeCard;
static const Type card_type = TYPE_WITH_ABSENCE(
    StripeCard, "What a card shows of itself.", TEXT(StripeCard, brand), TEXT(StripeCard, last4),
    FIELD(StripeCard, exp_month, "", .nullable = true, .min = 1, .max = 12),
    FIELD(StripeCard, exp_year, "", .nullable = true, .min = 1970, .max = 9999));

const Type stripe_method_type = TYPE_WITH_ABSENCE(
    StripeMethod, "A PaymentMethod.",
    FIELD(StripeMethod, id, "", .required = true, .min = 1, .max = PAYMENT_TOKEN_MAX),
    TEXT(StripeMethod, type), OBJECT(StripeMethod, card, "", card_type, .nullable = true));

const Type stripe_customer_type =
    TYPE(StripeCustomer, "A Customer.",
         FIELD(StripeCustomer, id, "", .required = true, .min = 1, .max = PAYMENT_TOKEN_MAX));

typedef struct StripeEventObject StripeEventObject;
static const Type event_object_type =
    TYPE_WITH_ABSENCE(StripeEventObject, "What has changed.", TEXT(StripeEventObject, id),
                      TEXT(StripeEventObject, object), TEXT(StripeEventObject, payment_intent));

typedef struct StripeEventData StripeEventData;
static const Type event_data_type =
    TYPE(StripeEventData, "What has changed.",
         OBJECT(StripeEventData, object, "", event_object_type, .required = true));

const Type stripe_event_type =
    TYPE(StripeEvent, "What a webhook tells.",
         FIELD(StripeEvent, id, "", .required = true, .min = 1, .max = PAYMENT_TOKEN_MAX),
         FIELD(StripeEvent, type, "", .required = true, .max = PAYMENT_TOKEN_MAX),
         OBJECT(StripeEvent, data, "", event_data_type, .required = true));

void *stripe_read(Arena *arena, const Type *type, Str body)
{
    Violations violations = violations_new(arena);
    return json_read(arena, type, body, JSON_CREATE | JSON_LENIENT, &violations);
}

/* ---- What they mean -------------------------------------------------------------------------- */

static PaymentEnd end_as(PaymentOutcome outcome, const StripeIntent *intent, int64_t amount)
{
    return (PaymentEnd){.outcome = outcome, .provider_ref = intent->id, .amount = {amount}};
}

static PaymentEnd declined_as(const StripeIntent *intent, Str code, Str detail)
{
    PaymentEnd end = end_as(PAYMENT_DECLINED, intent, 0);
    end.decline_code = code;
    end.detail = detail;
    return end;
}

static Str first_of(Str a, Str b, Str c)
{
    return a.n ? a : b.n ? b : c;
}

static PaymentEnd action_of(const StripeIntent *intent)
{
    PaymentEnd end = end_as(PAYMENT_NEEDS_ACTION, intent, 0);
    end.client_secret = intent->client_secret;
    end.action_url = intent->next_action.redirect_to_url.url;
    return end;
}

/* Nobody has paid yet: because it was declined, or because nothing was tried. */
static PaymentEnd unpaid(const StripeIntent *intent)
{
    const StripeError *error = &intent->last_payment_error;
    if (!error->type.n && !error->code.n) return action_of(intent);
    return declined_as(intent, first_of(error->decline_code, error->code, S("declined")),
                       error->message);
}

static PaymentEnd end_of_authorising(const StripeIntent *intent)
{
    if (str_eq(intent->status, S("requires_capture")))
        return end_as(PAYMENT_OK, intent, intent->amount_capturable);
    if (str_eq(intent->status, S("succeeded")))
        return end_as(PAYMENT_OK, intent, intent->amount_received);
    if (str_eq(intent->status, S("canceled")))
        return declined_as(intent, S("canceled"), S("It was cancelled at Stripe."));
    if (str_eq(intent->status, S("requires_payment_method"))) return unpaid(intent);
    if (str_eq(intent->status, S("processing"))) return end_as(PAYMENT_UNKNOWN, intent, 0);
    return action_of(intent); /* requires_action, requires_confirmation */
}

static PaymentEnd taken_meanwhile(const StripeIntent *intent)
{
    PaymentEnd end = declined_as(intent, S("captured"), S("The money was taken at Stripe."));
    end.amount = (Money){intent->amount_received};
    return end;
}

PaymentEnd stripe_end_of_intent(const StripeIntent *intent, StripeWish wish)
{
    bool taken = str_eq(intent->status, S("succeeded"));
    bool gone = str_eq(intent->status, S("canceled"));
    if (wish == STRIPE_AUTHORISE) return end_of_authorising(intent);
    if (wish == STRIPE_CAPTURE && taken) return end_as(PAYMENT_OK, intent, intent->amount_received);
    if (wish == STRIPE_CANCEL && gone) return end_as(PAYMENT_OK, intent, intent->amount);
    if (wish == STRIPE_CANCEL && taken) return taken_meanwhile(intent);
    if (str_eq(intent->status, S("processing"))) return end_as(PAYMENT_UNKNOWN, intent, 0);
    return declined_as(intent, intent->status, S("Stripe has it in another state."));
}

static PaymentEnd unknown_as(Arena *arena, int status, Str message)
{
    return (PaymentEnd){.outcome = PAYMENT_UNKNOWN,
                        .detail = str_format(arena, "Stripe answers %d: %.*s", status,
                                             (int)(message.n < 200 ? message.n : 200), message.p)};
}

PaymentEnd stripe_end_of_fault(Arena *arena, int status, Str body, StripeWish wish)
{
    const StripeFault *fault = stripe_read(arena, &stripe_fault_type, body);
    if (!fault) return unknown_as(arena, status, S("what nobody can read"));
    const StripeError *error = &fault->error;
    bool ours = status == 401 || status == 403; /* the account's key */
    bool passing = status == 409 || status == 429 || status >= 500 || status < 400 ||
                   str_eq(error->type, S("api_error"));
    if (passing || (ours && wish != STRIPE_AUTHORISE))
        return unknown_as(arena, status, error->message);
    StripeIntent intent = {.id = error->payment_intent.id, .status = error->payment_intent.status};
    bool taken = str_eq(intent.status, S("succeeded"));
    bool gone = str_eq(intent.status, S("canceled"));
    /* It is as it was asked to be, or taken by somebody else, but nobody has said how much: that is
     * looked up. */
    if (wish == STRIPE_CANCEL ? gone || taken : wish == STRIPE_CAPTURE && taken)
        return (PaymentEnd){.outcome = PAYMENT_UNKNOWN, .provider_ref = intent.id};
    return declined_as(&intent, first_of(error->decline_code, error->code, S("refused")),
                       error->message);
}

PaymentEnd stripe_end_of_refund(const StripeRefund *refund)
{
    bool failed = str_eq(refund->status, S("failed")) || str_eq(refund->status, S("canceled"));
    return (PaymentEnd){.outcome = failed ? PAYMENT_DECLINED : PAYMENT_OK,
                        .provider_ref = refund->id,
                        .amount = {refund->amount},
                        .decline_code =
                            failed ? first_of(refund->failure_reason, refund->status, S("failed"))
                                   : (Str){0}};
}

Str stripe_event_object(const StripeEvent *event)
{
    Str id = event->data.object.id, intent = event->data.object.payment_intent;
    if (id.n > PAYMENT_TOKEN_MAX || intent.n > PAYMENT_TOKEN_MAX) return S("");
    if (str_starts(id, S("pi_")) || str_starts(id, S("seti_"))) return id;
    return str_starts(intent, S("pi_")) ? intent : S("");
}
