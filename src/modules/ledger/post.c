/* Posting: how a transaction comes into the book.
 *
 * What is slow and what others wait for comes last. The transaction's row is first: if its cause was
 * posted for its reference before, that is all. Then the accounts, the entries, and at the end the
 * balances of the limited accounts, each by one statement that guards itself, in the order of their
 * ids, so that two transfers in opposite directions wait for each other in a row and not in a circle.
 *
 * The shop's own accounts stand in every transaction: their balances are not written here at all, or
 * all buyers would queue for the row of `sales`. Their entries wait in ledger_unfolded until a job adds
 * them up; who reads a balance adds what waits. */
#include "modules/ledger/store.h"

#include <assert.h>
#include <stdlib.h>

const Error error_balance_too_low = {"balance_too_low", 409, "There is not enough on the account.",
                                     LOG_DEBUG, "Ask for its balance, and take no more than that."};

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const LedgerLeg *)a)->account.n, y = ((const LedgerLeg *)b)->account.n;
    return (x > y) - (x < y);
}

static Str actor_of(Ctx *cx)
{
    const Actor *actor = &cx->actor;
    return actor->id.n ? id_text(cx->arena, actor->prefix, actor->id) : S("");
}

static Verdict too_low(Ctx *cx, const LedgerLeg *leg)
{
    return (Verdict){&error_balance_too_low,
                     str_format(cx->arena, "The %s of %.*s is less than %lld.", leg->kind->name,
                                STR_ARG(leg->owner), (long long)-leg->credit.minor)};
}

static Verdict write_legs(Ctx *cx, Id transaction, LedgerLeg *legs, size_t n)
{
    qsort(legs, n, sizeof *legs, by_id);
    ledger_entries_insert(cx, transaction, legs, n);
    for (size_t i = 0; i < n; i++)
        if (legs[i].kind->limited && !ledger_balance_move(cx, &legs[i]))
            return too_low(cx, &legs[i]);
    return (Verdict){0};
}

Verdict ledger_post(Ctx *cx, const LedgerPosting *posting, Id *out)
{
    LedgerLeg legs[LEDGER_LINES_MAX];
    assert(posting->n <= LEDGER_LINES_MAX && ledger_is_balanced(posting->lines, posting->n));
    LedgerTransactionRow row = {.id = ctx_id(cx),
                                .cause = str_from(posting->cause),
                                .reference = posting->reference,
                                .unit = posting->unit,
                                .note = posting->note,
                                .actor = actor_of(cx)};
    if (posting->fresh) {
        ledger_transaction_post(cx, &row);
    } else if (!ledger_transaction_insert(cx, &row)) {
        *out = ledger_transaction_about(cx, row.cause, row.reference);
        return (Verdict){0};
    }
    size_t n = ledger_legs(cx->arena, posting->lines, posting->n, legs);
    ledger_accounts_take(cx, posting->unit, legs, n);
    Verdict verdict = write_legs(cx, row.id, legs, n);
    if (!verdict.error) *out = row.id;
    return verdict;
}
