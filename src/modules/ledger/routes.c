/* What the ledger answers to those who keep the books. Whoever owns an account sees it by the routes of
 * the module that it is about (a customer's credit: modules/credit). */
#include "modules/ledger/checks.h"
#include "modules/ledger/fold.h"
#include "modules/ledger/store.h"

#include "platform/api/errors.h"
#include "platform/audit/audit.h"

static const Permission ledger_read = {"ledger:read", "See the shop's book.", .roles = "manager"};
static const Permission ledger_write = {"ledger:write", "Post to the shop's book by hand.",
                                        .roles = ""};

static const AuditAction ledger_posted = {"ledger.posted", "Somebody posted to the book by hand."};

/* ---- Pages ----------------------------------------------------------------------------------- */

/* Where the page begins: `otherwise` without a cursor. False: that is no cursor. */
static bool begin_page(Request *rq, Str cursor, Id otherwise, Id *out)
{
    *out = otherwise;
    if (!cursor.n) return true;
    const LedgerCursor *read = cursor_read(rq->cx->arena, &ledger_cursor_type, cursor);
    if (read) *out = read->id;
    return read != NULL;
}

static Str cursor_behind(Request *rq, Id id)
{
    return cursor_write(rq->cx->arena, &ledger_cursor_type, &(LedgerCursor){id});
}

static const Id above_all = {INT64_MAX};

/* ---- Statements ------------------------------------------------------------------------------ */

Reply ledger_statement(Request *rq, const LedgerAccount *account, Str unit,
                       const LedgerPeriod *period)
{
    Id from = id_first_of(period->since), end = id_first_of(period->until), to;
    if (!begin_page(rq, period->cursor, end, &to)) return refuse((Verdict){&error_bad_cursor, {0}});
    if (to.n > end.n) to = end;
    LedgerEntryList page = {0};
    LedgerStatement *notes = NEW(rq->cx->arena, LedgerStatement);
    *notes = (LedgerStatement){.unit = unit};
    if (account) {
        page = ledger_entries(rq->cx, account, from, to, period->limit + 1);
        notes->opening_balance = ledger_balance_before(rq->cx, account, from);
        notes->closing_balance = ledger_balance_before(rq->cx, account, end);
    }
    Str next = {0};
    if (page.n > (size_t)period->limit)
        next = cursor_behind(rq, page.items[--page.n - 1].transaction);
    Reply reply = ok_list(&ledger_entry_type, (AnyList){page.items, page.n}, next);
    return with_notes(reply, &ledger_statement_type, notes);
}

/* ---- Accounts -------------------------------------------------------------------------------- */

static Reply list_ledger_accounts(Request *rq)
{
    const LedgerAccountQuery *query = rq->query;
    Id after;
    if (!begin_page(rq, query->cursor, (Id){0}, &after))
        return refuse((Verdict){&error_bad_cursor, {0}});
    LedgerAccountList page = ledger_accounts_page(rq->cx, query, after, query->limit + 1);
    Str next = {0};
    if (page.n > (size_t)query->limit) next = cursor_behind(rq, page.items[--page.n - 1].id);
    return ok_list(&ledger_account_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_ledger_accounts)

static Reply show_ledger_account(Request *rq)
{
    const LedgerAccount *account = ledger_account_read(rq->cx, rq->id);
    return account ? ok(&ledger_account_type, account) : not_found(rq, "account");
}
HANDLER_PLAIN(show_ledger_account)

static Reply list_ledger_entries(Request *rq)
{
    const LedgerAccount *account = ledger_account_read(rq->cx, rq->id);
    const LedgerStatementQuery *query = rq->query;
    LedgerPeriod period =
        LEDGER_PERIOD_OF(&ledger_statement_query_type, query, LedgerStatementQuery);
    return account ? ledger_statement(rq, account, account->unit, &period)
                   : not_found(rq, "account");
}
HANDLER_PLAIN(list_ledger_entries)

/* ---- Transactions ---------------------------------------------------------------------------- */

static Reply list_ledger_transactions(Request *rq)
{
    const LedgerTransactionQuery *query = rq->query;
    Id before;
    if (!begin_page(rq, query->cursor, above_all, &before))
        return refuse((Verdict){&error_bad_cursor, {0}});
    LedgerTransactionList page =
        ledger_transactions_page(rq->cx, query->reference, before, query->limit + 1);
    Str next = {0};
    if (page.n > (size_t)query->limit) next = cursor_behind(rq, page.items[--page.n - 1].id);
    return ok_list(&ledger_transaction_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_ledger_transactions)

static Reply show_ledger_transaction(Request *rq)
{
    const LedgerTransaction *transaction = ledger_transaction_read(rq->cx, rq->id);
    return transaction ? ok(&ledger_transaction_type, transaction) : not_found(rq, "transaction");
}
HANDLER_PLAIN(show_ledger_transaction)

static Reply create_ledger_transaction(Request *rq, const LedgerTransaction *in)
{
    Ctx *cx = rq->cx;
    LedgerLine lines[LEDGER_LINES_MAX];
    Violations *bad = NEW(cx->arena, Violations);
    *bad = violations_new(cx->arena);
    ledger_check_journal(bad, in, lines);
    if (bad->n) return refuse_violations(bad);
    LedgerPosting posting = {.cause = "journal",
                             .reference = S(""),
                             .unit = in->unit,
                             .note = in->note,
                             .lines = lines,
                             .n = in->lines.n};
    Id id;
    Verdict verdict = ledger_post(cx, &posting, &id);
    if (verdict.error) return refuse(verdict);
    const LedgerTransaction *posted = ledger_transaction_read(cx, id);
    audit(cx, &ledger_posted, "txn", id, &ledger_transaction_type, NULL, posted);
    return created(&ledger_transaction_type, posted,
                   str_format(cx->arena, "/v1/ledger/transactions/%.*s",
                              STR_ARG(id_text(cx->arena, "txn", id))));
}
HANDLER(create_ledger_transaction, LedgerTransaction)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_bad_cursor, NULL};
static const Error *const post_errors[] = {&error_balance_too_low, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/ledger/accounts", list_ledger_accounts, "List the accounts of the shop's book.",
          .tx = TX_READ, .needs = &ledger_read, .query = &ledger_account_query_type,
          .reply = &ledger_account_type, .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/ledger/accounts/{id:acct}", show_ledger_account, "Read an account.",
          .tx = TX_READ, .needs = &ledger_read, .reply = &ledger_account_type),
    ROUTE(GET, "/v1/ledger/accounts/{id:acct}/entries", list_ledger_entries,
          "Read an account's statement.", .tx = TX_READ, .needs = &ledger_read,
          .query = &ledger_statement_query_type, .reply = &ledger_entry_type, .list = true,
          .notes = &ledger_statement_type, .errors = page_errors),
    ROUTE(GET, "/v1/ledger/transactions", list_ledger_transactions,
          "List what was posted to the shop's book.", .tx = TX_READ, .needs = &ledger_read,
          .query = &ledger_transaction_query_type, .reply = &ledger_transaction_type, .list = true,
          .errors = page_errors),
    ROUTE(GET, "/v1/ledger/transactions/{id:txn}", show_ledger_transaction, "Read a transaction.",
          .tx = TX_READ, .needs = &ledger_read, .reply = &ledger_transaction_type),
    ROUTE(POST, "/v1/ledger/transactions", create_ledger_transaction, "Post a transaction by hand.",
          .detail = "Debits must be as much as credits. What is posted stays: what was wrong is "
                    "set right by another transaction, the other way round.",
          .tx = TX_WRITE, .needs = &ledger_write, .body = &ledger_transaction_type,
          .reply = &ledger_transaction_type, .status = 201, .errors = post_errors),
};

static const Error *const errors[] = {&error_balance_too_low};
static const Permission *const permissions[] = {&ledger_read, &ledger_write};
static const Table tables[] = {{"ledger_accounts", &ledger_account_row_type},
                               {"ledger_transactions", &ledger_transaction_row_type}};
static const AuditAction *const audits[] = {&ledger_posted};
static const Job *const jobs[] = {&ledger_fold_job};
static const Cron crons[] = {{.name = "ledger.fold",
                              .doc = "Adds up the shop's own accounts.",
                              .schedule = "* * * * *",
                              .job = &ledger_fold_job}};

extern const char ledger_0001_ledger[], ledger_0002_no_hot_key[];
static const Migration migrations[] = {
    {.module = "ledger", .number = 1, .name = "ledger", .sql = ledger_0001_ledger},
    {.module = "ledger", .number = 2, .name = "no_hot_key", .sql = ledger_0002_no_hot_key},
};

const Module ledger_module = {
    .name = "ledger",
    .doc = "The shop's book, by double entry.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(audits, audit),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(crons, cron),
    .checks = ledger_checks,
    .check_count = LEDGER_CHECKS,
};
