#include "modules/credit/types.h"

#include "modules/ledger/ledger.h"

enum { NOTE_MAX = 500 };

#define CURRENCY(T, ...) FIELD(T, currency, "ISO 4217 code.", __VA_ARGS__)

const Type credit_balance_type =
    TYPE(CreditBalance, "A customer's store credit in one currency.", CURRENCY(CreditBalance),
         FIELD(CreditBalance, balance, "In minor units."));

const Type credit_query_type =
    TYPE_WITH_ABSENCE(CreditQuery, "Which part of the statement, the newest first.",
                      CURRENCY(CreditQuery, .required = true), LEDGER_PERIOD_FIELDS(CreditQuery));

const Type credit_change_type =
    TYPE(CreditChange, "Store credit that is given to a customer, or taken back.",
         CURRENCY(CreditChange, .required = true),
         FIELD(CreditChange, amount, "In minor units; negative: it is taken back. Never 0.",
               .required = true, .min = -LEDGER_AMOUNT_MAX, .max = LEDGER_AMOUNT_MAX),
         FIELD(CreditChange, note, "Why, as the customer may read it in his statement.",
               .required = true, .min = 1, .max = NOTE_MAX));

const Type credit_transfer_type =
    TYPE(CreditTransfer, "Store credit that a customer gives another one.",
         FIELD(CreditTransfer, to, "Who gets it.", .prefix = "user", .required = true),
         CURRENCY(CreditTransfer, .required = true),
         FIELD(CreditTransfer, amount, "In minor units.", .required = true, .min = 1,
               .max = LEDGER_AMOUNT_MAX),
         FIELD(CreditTransfer, note, "What for, as both read it in their statements.",
               .max = NOTE_MAX, .initial = ""));

const Type credit_receipt_type =
    TYPE(CreditReceipt, "What has happened to a customer's credit.",
         FIELD(CreditReceipt, transaction, "Of the shop's book.", .prefix = "txn"),
         CURRENCY(CreditReceipt),
         FIELD(CreditReceipt, amount, "By how much it grew; negative: it shrank."),
         FIELD(CreditReceipt, balance, "What it is now, in minor units."));
