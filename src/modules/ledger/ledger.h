/* The ledger: the shop's book, by double entry. Owns accounts, transactions and entries; who moves
 * money, credit or points posts it here, in the transaction that moves it. See
 * docs/internals/ledger.md. */
#ifndef MODULES_LEDGER_LEDGER_H
#define MODULES_LEDGER_LEDGER_H

#include "platform/api/limits.h"
#include "platform/module.h"

/* ---- The chart of accounts ------------------------------------------------------------------- */

/* What an account stands for decides which side makes it grow: debits make assets and expenses grow,
 * credits make liabilities and income grow. */
typedef enum LedgerClass {
    LEDGER_ASSET,
    LEDGER_LIABILITY,
    LEDGER_INCOME,
    LEDGER_EXPENSE
} LedgerClass;

/* Of each kind there is an account for each owner and unit, made when it is first posted to. */
typedef struct LedgerKind {
    const char *name; /* kept in the database, so for ever */
    const char *doc;
    LedgerClass class;
    const char *owner; /* the prefix of its owners' ids; NULL: the shop's own */
    bool limited;      /* its balance is never below 0 */
} LedgerKind;

extern const LedgerKind ledger_cash, ledger_sales, ledger_shipping, ledger_tax, ledger_goodwill,
    ledger_credit, ledger_gift_card, ledger_points;

/* What points are counted in, where money has its currency's code. */
#define LEDGER_POINTS S("points")

/* ---- Posting --------------------------------------------------------------------------------- */

typedef struct LedgerLine {
    const LedgerKind *kind;
    Id owner;     /* of a kind that has owners */
    Money credit; /* negative: a debit */
} LedgerLine;

typedef struct LedgerPosting {
    const char *cause; /* "credit.granted": what has happened; kept in the database, so for ever */
    Str reference; /* the id of what it is about ("pay_…"): the cause happens to it once; empty:
                          nothing but the book knows of it */
    bool fresh; /* the reference was made in this transaction: nothing was posted for it before, and
                      nobody waits to hear that. Were it not so, the transaction would fail */
    Str unit;   /* a currency's code, or LEDGER_POINTS */
    Str note;   /* for people */
    const LedgerLine *lines; /* their credits add up to 0; lines of one account become one entry */
    size_t n;                /* ≤ LEDGER_LINES_MAX */
} LedgerPosting;

enum { LEDGER_LINES_MAX = 12 };

/* The most of one line, in minor units: nine thousand of them fit into a balance. */
#define LEDGER_AMOUNT_MAX INT64_C(1000000000000000)

/* Writes the posting, in the caller's WRITE transaction; *out is the transaction's id. When its cause
 * was posted for its reference before, nothing is written, and *out is the one that was. Refused
 * (error_balance_too_low) where a limited account would go below 0: then the caller must refuse too,
 * since other entries may be written already. Limited accounts are held until the commit, in the order
 * of their ids, so post last. */
Verdict ledger_post(Ctx *cx, const LedgerPosting *posting, Id *out);

extern const Error error_balance_too_low;

/* ---- Asking ---------------------------------------------------------------------------------- */

typedef struct LedgerAccount {
    Id id;
    unsigned kind; /* its place in the chart */
    Str owner;     /* an id with its prefix; no pointer: the shop's own */
    Str unit;
    bool limited;
    Money balance; /* grows by what makes its class grow */
    Time created_at;
} LedgerAccount;

typedef struct LedgerAccountList {
    LedgerAccount *items;
    size_t n;
} LedgerAccountList;

/* The owner's accounts of that kind, by unit. */
LedgerAccountList ledger_accounts_of(Ctx *cx, const LedgerKind *kind, Id owner);

/* NULL: nothing was ever posted to it. */
LedgerAccount *ledger_account_of(Ctx *cx, const LedgerKind *kind, Id owner, Str unit);

/* By how much all accounts of this kind have grown by what was posted about the reference. */
Money ledger_moved(Ctx *cx, const LedgerKind *kind, Str reference);

/* Which part of a statement: from `since` to before `until` (LEDGER_NO_END: to now), a page of it. */
typedef struct LedgerPeriod {
    Time since, until;
    int64_t limit;
    Str cursor;
} LedgerPeriod;

#define LEDGER_NO_END ((Time){INT64_MAX})

/* The statement of an account, the newest first, with the balances before and after. NULL: an account
 * that nothing was ever posted to, of that unit. For routes whose reply is ledger_entry_type, a list
 * with notes of ledger_statement_type. */
Reply ledger_statement(Request *rq, const LedgerAccount *account, Str unit,
                       const LedgerPeriod *period);

/* The fields of a query that ask for a period: since, until, limit and cursor. */
#define LEDGER_PERIOD_FIELDS(T)                                                                    \
    FIELD(T, since, "Not before this time."), FIELD(T, until, "Before this time."),                \
        FIELD(T, limit, "Entries on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),       \
        FIELD(T, cursor, "`next_cursor` of the page before.", .max = 1400)
#define LEDGER_PERIOD_OF(type, query, T)                                                           \
    ((LedgerPeriod){.since = (query)->since,                                                       \
                    .until = IS_SET(type, query, T, until) ? (query)->until : LEDGER_NO_END,       \
                    .limit = (query)->limit,                                                       \
                    .cursor = (query)->cursor})

extern const Type ledger_account_type, ledger_entry_type, ledger_statement_type;

extern const Module ledger_module;

#endif
