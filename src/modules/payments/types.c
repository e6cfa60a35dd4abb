#include "modules/payments/types.h"

#include "platform/api/limits.h"

static const char *const state_docs[] = {
    "Nobody has been asked yet.",
    "The customer must do something: 3-D Secure.",
    "It was declined.",
    "The money is held for the shop, or (`manual`) promised to it.",
    "It was given back without having been taken.",
    "The shop has the money.",
    "The shop has it, and has given some of it back.",
    "All of it was given back."};
const EnumNames payment_state_names = {
    .names = (const char *const[]){"new", "requires_action", "failed", "authorised", "voided",
                                   "captured", "partially_refunded", "refunded"},
    .n = 8,
    .docs = state_docs};

const EnumNames payment_claim_names = ENUM_NAMES("none", "capture", "void");
const EnumNames refund_state_names = ENUM_NAMES("pending", "succeeded", "failed");

const Type payment_type = TYPE(
    Payment, "Money that a customer gives the shop.",
    FIELD(Payment, id, "Identifier.", .prefix = "pay"),
    FIELD(Payment, subject, "What it is for, by id: a cart that is checked out, then its order."),
    FIELD(Payment, customer, "The user who pays; null: a guest.", .prefix = "user",
          .nullable = true),
    FIELD(Payment, email, "For the provider's receipt; may be empty.", .personal = true),
    FIELD(Payment, provider, "Who moves the money."),
    FIELD(Payment, method, "The provider's token of what is paid with; empty: its own choice."),
    FIELD(Payment, currency, "ISO 4217 code."), FIELD(Payment, amount, "In minor units."),
    FIELD(Payment, capture_now, "It is captured as soon as the order stands; else by hand."),
    ENUM(Payment, state, "What follows from all that is known.", payment_state_names),
    FIELD(Payment, provider_ref, "The provider's id of it; null: not known yet.", .nullable = true),
    FIELD(Payment, authorised, "So much was held for the shop."),
    FIELD(Payment, captured, "So much was taken."),
    FIELD(Payment, refunded, "So much of that was given back."),
    FIELD(Payment, refunding, "So much more is about to be given back."),
    FIELD(Payment, credited,
          "So much was given back as store credit, and is not refunded any more."),
    FIELD(Payment, voided, "It was given back without having been taken."),
    ENUM(Payment, claim, "What is under way.", payment_claim_names),
    FIELD(Payment, decline_code, "Why it was declined; null: it was not.", .nullable = true),
    FIELD(Payment, detail, "The same in words of the provider.", .nullable = true),
    FIELD(Payment, action_url, "Where the customer goes on, when something is required of him.",
          .nullable = true),
    FIELD(Payment, client_secret, "For the provider's script in the browser, sealed.",
          .nullable = true, .write_only = true, .secret = true),
    FIELD(Payment, version, "Grows with each change."),
    FIELD(Payment, created_at, "When it began."), FIELD(Payment, updated_at, "When it changed."));

const Type refund_type = TYPE(
    Refund, "Money of a payment that is given back.",
    FIELD(Refund, id, "Identifier.", .prefix = "re"),
    FIELD(Refund, payment, "Of which payment.", .prefix = "pay"),
    FIELD(Refund, amount, "In minor units of the payment's currency."),
    ENUM(Refund, state, "How it stands.", refund_state_names),
    FIELD(Refund, note, "Why, for who runs the shop."),
    FIELD(Refund, actor, "Who did it, by id; empty: the provider, or the program."),
    FIELD(Refund, provider_ref, "The provider's id of it; null: not known.", .nullable = true),
    FIELD(Refund, decline_code, "Why it failed; null: it has not.", .nullable = true),
    FIELD(Refund, detail, "The same in words of the provider.", .nullable = true),
    FIELD(Refund, created_at, "When it began."), FIELD(Refund, updated_at, "When it changed."));

const Type provider_event_type = TYPE_WITH_ABSENCE(
    ProviderEvent, "What a provider has told, once.", FIELD(ProviderEvent, provider, "Who."),
    FIELD(ProviderEvent, event, "The provider's id of what it has told."),
    FIELD(ProviderEvent, type, "What has happened, in the provider's words."),
    FIELD(ProviderEvent, object, "To what, by the provider's id."),
    FIELD(ProviderEvent, received_at, "When it came."),
    FIELD(ProviderEvent, settled_at, "When it was looked into.", .nullable = true));

const Type provider_customer_type =
    TYPE(ProviderCustomer, "Who a user is to a provider.",
         FIELD(ProviderCustomer, customer, "The user.", .prefix = "user"),
         FIELD(ProviderCustomer, provider, "The provider."),
         FIELD(ProviderCustomer, provider_ref, "His id there.", .personal = true));

const Type saved_method_type = TYPE(
    SavedMethod, "What a customer pays with, kept by the provider.",
    FIELD(SavedMethod, id, "Identifier; as a payment's `method` it pays again.", .prefix = "saved"),
    FIELD(SavedMethod, customer, "Whose.", .prefix = "user"),
    FIELD(SavedMethod, provider, "Who keeps it."),
    FIELD(SavedMethod, provider_ref, "The provider's token.", .write_only = true),
    FIELD(SavedMethod, kind, "`card`, and whatever else the provider knows."),
    FIELD(SavedMethod, brand, "`visa`; empty: it has none.", .personal = true),
    FIELD(SavedMethod, last4, "Its last four digits, for who must tell his cards apart.",
          .personal = true),
    FIELD(SavedMethod, expires, "`2030-12`: the last month in which it is good; empty: no end."),
    FIELD(SavedMethod, created_at, "Since when."));

const Type payment_query_type = TYPE_WITH_ABSENCE(
    PaymentQuery, "Which payments, the newest first.",
    FIELD(PaymentQuery, subject, "Only for this, by id: an order.", .max = ID_TEXT_MAX),
    ENUM(PaymentQuery, state, "Only in this state.", payment_state_names),
    FIELD(PaymentQuery, limit, "Payments on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(PaymentQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type payment_cursor_type =
    TYPE(PaymentCursor, "Where a list of payments goes on.",
         FIELD(PaymentCursor, before, "", .prefix = "pay", .required = true));
