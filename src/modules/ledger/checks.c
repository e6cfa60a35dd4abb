/* The book's laws, as `souk check` asks them. Entries are the book: a balance is counted again from
 * them, and never the other way round. */
#include "modules/ledger/checks.h"

#include "modules/ledger/store.h"

/* ---- Transactions ---------------------------------------------------------------------------- */

static Id look_at_transactions(Ctx *cx, CheckFound *found, Id after)
{
    IdList page = ledger_transaction_ids(cx, after, CHECK_PAGE);
    if (!page.n) return (Id){0};
    LedgerSumList wrong = ledger_unbalanced(cx, after, page.items[page.n - 1]);
    for (size_t i = 0; i < wrong.n; i++) {
        int64_t more = wrong.items[i].entries.minor;
        if (more)
            check_found(found, wrong.items[i].id, "credits are %lld more than debits",
                        (long long)more);
        else
            check_found(found, wrong.items[i].id,
                        "an entry of it has no account, or it is not there itself");
    }
    return page.n < CHECK_PAGE ? (Id){0} : page.items[page.n - 1];
}

/* ---- Balances -------------------------------------------------------------------------------- */

static Id look_at_balances(Ctx *cx, CheckFound *found, Id after)
{
    IdList page = ledger_account_ids(cx, after, CHECK_PAGE);
    if (!page.n) return (Id){0};
    LedgerSumList wrong = ledger_misfolded(cx, after, page.items[page.n - 1]);
    for (size_t i = 0; i < wrong.n; i++)
        check_found(found, wrong.items[i].id, "the balance is %lld, entries add up to %lld",
                    (long long)wrong.items[i].stored.minor,
                    (long long)wrong.items[i].entries.minor);
    return page.n < CHECK_PAGE ? (Id){0} : page.items[page.n - 1];
}

static bool repair_balance(Ctx *cx, Id account)
{
    ledger_account_lock(cx, account);
    LedgerSumList wrong = ledger_misfolded(cx, (Id){account.n - 1}, account);
    return !wrong.n || ledger_balance_correct(cx, &wrong.items[0]);
}

const Check ledger_checks[LEDGER_CHECKS] = {
    {"ledger.balanced",
     "Of each transaction, debits are as much as credits, and each is an account's.", "txn",
     look_at_transactions, NULL, NULL},
    {"ledger.balance", "The balance of each account is the sum of its entries.", "acct",
     look_at_balances, repair_balance, "Write down the sum of the entries."},
};
