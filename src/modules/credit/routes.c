#include "modules/credit/types.h"

#include "modules/accounts/accounts.h"
#include "modules/ledger/ledger.h"
#include "platform/api/errors.h"
#include "platform/audit/audit.h"
#include "platform/personal.h"

static const Permission credit_read = {"credit:read", "See what store credit customers have.",
                                       .roles = "manager support"};
static const Permission credit_write = {
    "credit:write", "Give customers store credit and take it back.", .roles = "manager"};
static const Permission credit_transfer = {
    "credit:transfer", "Move store credit from one customer to another.", .roles = "manager"};

static const Error error_unknown_recipient = {
    "unknown_recipient", 422, "Nobody can get this credit.", LOG_DEBUG,
    "Give the id of another customer, whose account is in use."};
static const Error error_nothing_moves = {"nothing_moves", 422, "An amount of 0 changes nothing.",
                                          LOG_DEBUG, "Give it, or take it back: not 0."};

static const AuditAction credit_changed = {"credit.changed",
                                           "A customer was given store credit, or it was taken."};
static const AuditAction credit_moved = {"credit.transferred",
                                         "Store credit went from one customer to another."};

/* ---- Reading --------------------------------------------------------------------------------- */

/* Whose credit it is; nobody's when there is no such user. */
static Id its_owner(Request *rq)
{
    return user_read(rq->cx, rq->id) ? rq->id : (Id){0};
}

/* In the currencies in which he ever had any. */
static AnyList balances_of(Ctx *cx, Id user)
{
    LedgerAccountList accounts = ledger_accounts_of(cx, &ledger_credit, user);
    CreditBalance *balances = NEW_N(cx->arena, CreditBalance, accounts.n);
    for (size_t i = 0; i < accounts.n; i++) {
        currency_parse(accounts.items[i].unit, &balances[i].currency);
        balances[i].balance = accounts.items[i].balance;
    }
    return (AnyList){balances, accounts.n};
}

static Reply list_credit(Request *rq)
{
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    return ok_list(&credit_balance_type, balances_of(rq->cx, rq->id), (Str){0});
}
HANDLER_PLAIN(list_credit)

static Reply list_credit_entries(Request *rq)
{
    const CreditQuery *query = rq->query;
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    Str unit = currency_text(&query->currency);
    const LedgerAccount *account = ledger_account_of(rq->cx, &ledger_credit, rq->id, unit);
    LedgerPeriod period = LEDGER_PERIOD_OF(&credit_query_type, query, CreditQuery);
    return ledger_statement(rq, account, unit, &period);
}
HANDLER_PLAIN(list_credit_entries)

/* ---- Moving ---------------------------------------------------------------------------------- */

/* Posts the amount from one account to the other, and answers how the user's credit is then. */
static Reply post(Request *rq, const LedgerPosting *posting, const CreditReceipt *receipt)
{
    CreditReceipt *out = arena_copy(rq->cx->arena, receipt, sizeof *receipt);
    Verdict verdict = ledger_post(rq->cx, posting, &out->transaction);
    if (verdict.error) return refuse(verdict);
    const LedgerAccount *account = ledger_account_of(rq->cx, &ledger_credit, rq->id, posting->unit);
    if (account) out->balance = account->balance;
    return created(&credit_receipt_type, out,
                   str_format(rq->cx->arena, "/v1/users/%.*s/credit",
                              STR_ARG(id_text(rq->cx->arena, "user", rq->id))));
}

/* What is given away is the shop's expense; what is taken back makes that less. */
static Reply change_credit(Request *rq, const CreditChange *in)
{
    if (in->amount.minor == 0) return refuse((Verdict){&error_nothing_moves, {0}});
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    LedgerLine lines[] = {{.kind = &ledger_goodwill, .credit = {-in->amount.minor}},
                          {.kind = &ledger_credit, .owner = rq->id, .credit = in->amount}};
    LedgerPosting posting = {.cause = in->amount.minor > 0 ? "credit.granted" : "credit.taken",
                             .reference = S(""),
                             .unit = currency_text(&in->currency),
                             .note = in->note,
                             .lines = lines,
                             .n = ROWS(lines)};
    audit(rq->cx, &credit_changed, "user", rq->id, &credit_change_type, NULL, in);
    return post(rq, &posting, &(CreditReceipt){.currency = in->currency, .amount = in->amount});
}
HANDLER(change_credit, CreditChange)

static Reply transfer_credit(Request *rq, const CreditTransfer *in)
{
    Ctx *cx = rq->cx;
    if (cx->actor.impersonator.n) return refuse((Verdict){&error_impersonated, {0}});
    if (!user_read(cx, rq->id)) return not_found(rq, "user");
    const User *recipient = user_read(cx, in->to);
    if (!recipient || recipient->status != USER_ACTIVE || id_eq(in->to, rq->id))
        return refuse((Verdict){&error_unknown_recipient, {0}});
    LedgerLine lines[] = {{.kind = &ledger_credit, .owner = rq->id, .credit = {-in->amount.minor}},
                          {.kind = &ledger_credit, .owner = in->to, .credit = in->amount}};
    LedgerPosting posting = {.cause = "credit.transferred",
                             .reference = S(""),
                             .unit = currency_text(&in->currency),
                             .note = in->note,
                             .lines = lines,
                             .n = ROWS(lines)};
    audit(cx, &credit_moved, "user", rq->id, &credit_transfer_type, NULL, in);
    return post(rq, &posting,
                &(CreditReceipt){.currency = in->currency, .amount = {-in->amount.minor}});
}
HANDLER(transfer_credit, CreditTransfer)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const entry_errors[] = {&error_bad_cursor, NULL};
static const Error *const change_errors[] = {&error_nothing_moves, &error_balance_too_low, NULL};
static const Error *const transfer_errors[] = {&error_unknown_recipient, &error_balance_too_low,
                                               &error_impersonated, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/users/{id:user}/credit", list_credit, "Read a customer's store credit.",
          .tx = TX_READ, .needs = &credit_read, .owner = its_owner, .reply = &credit_balance_type,
          .list = true),
    ROUTE(GET, "/v1/users/{id:user}/credit/entries", list_credit_entries,
          "Read the statement of a customer's store credit.", .tx = TX_READ, .needs = &credit_read,
          .owner = its_owner, .query = &credit_query_type, .reply = &ledger_entry_type,
          .list = true, .notes = &ledger_statement_type, .errors = entry_errors),
    ROUTE(POST, "/v1/users/{id:user}/credit", change_credit,
          "Give a customer store credit, or take it back.",
          .detail = "Never more than there is. Send `Idempotency-Key`, so that an answer that is "
                    "lost can be asked for again.",
          .tx = TX_WRITE, .needs = &credit_write, .body = &credit_change_type,
          .reply = &credit_receipt_type, .status = 201, .errors = change_errors),
    ROUTE(POST, "/v1/users/{id:user}/credit/transfers", transfer_credit,
          "Give store credit to another customer.",
          .detail = "Never more than there is. Send `Idempotency-Key`, so that an answer that is "
                    "lost can be asked for again.",
          .tx = TX_WRITE, .needs = &credit_transfer, .owner = its_owner,
          .body = &credit_transfer_type, .reply = &credit_receipt_type, .status = 201,
          .errors = transfer_errors),
};

static const Error *const errors[] = {&error_unknown_recipient, &error_nothing_moves};
static const Permission *const permissions[] = {&credit_read, &credit_write, &credit_transfer};
static const AuditAction *const audits[] = {&credit_changed, &credit_moved};
static const Personal personals[] = {
    {"credit", "His store credit.", &credit_balance_type, balances_of}};

const Module credit_module = {
    .name = "credit",
    .doc = "What the shop owes its customers.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(audits, audit),
    MODULE_ROWS(personals, personal),
};
