/* The ledger's SQL: every statement of the module is in store.c. */
#ifndef MODULES_LEDGER_STORE_H
#define MODULES_LEDGER_STORE_H

#include "modules/ledger/rules.h"

/* ---- Posting --------------------------------------------------------------------------------- */

/* False: this cause was posted for this reference before. */
bool ledger_transaction_insert(Ctx *cx, const LedgerTransactionRow *row);
void ledger_transaction_post(Ctx *cx,
                             const LedgerTransactionRow *row); /* not waited for; fails then */
Id ledger_transaction_about(Ctx *cx, Str cause, Str reference);

/* Finds the legs' accounts, and makes those that are missing. */
void ledger_accounts_take(Ctx *cx, Str unit, LedgerLeg *legs, size_t n);

/* The entries; those of accounts that are not limited are to be added to the balance later. */
void ledger_entries_insert(Ctx *cx, Id transaction, const LedgerLeg *legs, size_t n);

/* Adds to the balance of a limited account; false: it would go below 0. */
bool ledger_balance_move(Ctx *cx, const LedgerLeg *leg);

/* Adds so many of the entries that wait for it to the balances of their accounts; how many there
 * were. */
int64_t ledger_fold(Ctx *cx, int64_t limit);

/* ---- Reading --------------------------------------------------------------------------------- */

LedgerAccount *ledger_account_read(Ctx *cx, Id id);

/* Those that the query asks for, behind the id. */
LedgerAccountList ledger_accounts_page(Ctx *cx, const LedgerAccountQuery *query, Id after,
                                       int64_t limit);

/* Entries of transactions from…to (exclusive), the newest first. */
LedgerEntryList ledger_entries(Ctx *cx, const LedgerAccount *account, Id from, Id to,
                               int64_t limit);

/* What the entries of transactions below that one add up to. */
Money ledger_balance_before(Ctx *cx, const LedgerAccount *account, Id transaction);

typedef struct LedgerTransactionList {
    LedgerTransaction *items;
    size_t n;
} LedgerTransactionList;

LedgerTransaction *ledger_transaction_read(Ctx *cx, Id id);
LedgerTransactionList ledger_transactions_page(Ctx *cx, Str reference, Id before, int64_t limit);

/* ---- Checking -------------------------------------------------------------------------------- */

/* Of a transaction: what its entries add up to. Of an account: that, and what its balance says (both
 * credits minus debits). */
typedef struct LedgerSum {
    Id id;
    Money stored, entries;
} LedgerSum;

typedef struct LedgerSumList {
    LedgerSum *items;
    size_t n;
} LedgerSumList;

/* The next so many behind `after`. */
IdList ledger_transaction_ids(Ctx *cx, Id after, int64_t limit);
IdList ledger_account_ids(Ctx *cx, Id after, int64_t limit);

/* Those behind `after`, up to `last`, where they are not what they should be. */
LedgerSumList ledger_unbalanced(Ctx *cx, Id after, Id last);
LedgerSumList ledger_misfolded(Ctx *cx, Id after, Id last);

/* Holds the account until the commit. */
void ledger_account_lock(Ctx *cx, Id account);

/* Makes the balance what the entries add up to; false where it may not be that. */
bool ledger_balance_correct(Ctx *cx, const LedgerSum *sum);

#endif
