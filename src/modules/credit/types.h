#ifndef MODULES_CREDIT_TYPES_H
#define MODULES_CREDIT_TYPES_H

#include "modules/credit/credit.h"

typedef struct CreditBalance {
    Currency currency;
    Money balance;
} CreditBalance;

/* Which part of which statement. */
typedef struct CreditQuery {
    Present present;
    Currency currency;
    Time since, until;
    int64_t limit;
    Str cursor;
} CreditQuery;

/* What staff give or take. */
typedef struct CreditChange {
    Currency currency;
    Money amount; /* negative: taken */
    Str note;
} CreditChange;

/* What one customer gives another. */
typedef struct CreditTransfer {
    Id to;
    Currency currency;
    Money amount;
    Str note;
} CreditTransfer;

/* What came of either. */
typedef struct CreditReceipt {
    Id transaction;
    Currency currency;
    Money amount, balance;
} CreditReceipt;

extern const Type credit_query_type, credit_balance_type, credit_change_type, credit_transfer_type,
    credit_receipt_type;

#endif
