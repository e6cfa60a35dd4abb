/* The book's SQL.
 *
 * A posting asks for those of its accounts that are not known (own.c) in one round trip and sends its entries without waiting, so it
 * costs as many round trips with twelve lines as with two; only balances that are guarded are waited
 * for. An account's balance is read by one statement, together with the entries that are not added to it
 * yet: a fold that commits between two statements would be counted twice, or not at all.
 *
 * Owners and references are ids with their prefixes, as text: the book holds things of any module, and
 * nobody asks for them by a range.
 *
 * Rejected: amounts with a column for each side (every sum would need two), a balance after each entry
 * (docs/internals/ledger.md). */
#include "modules/ledger/store.h"

#include "modules/ledger/own.h"

#include <stdlib.h>

/* ---- Posting --------------------------------------------------------------------------------- */

#define TRANSACTION_INSERT                                                                         \
    "insert into ledger_transactions (id, cause, reference, unit, note, actor) "                   \
    "values (:id, :cause, :reference, :unit, :note, :actor)"

bool ledger_transaction_insert(Ctx *cx, const LedgerTransactionRow *row)
{
    return db_put(cx, &ledger_transaction_row_type, row,
                  TRANSACTION_INSERT " on conflict do nothing") == 1;
}

void ledger_transaction_post(Ctx *cx, const LedgerTransactionRow *row)
{
    db_post_put(cx, &ledger_transaction_row_type, row, TRANSACTION_INSERT);
}

Id ledger_transaction_about(Ctx *cx, Str cause, Str reference)
{
    return (Id){db_int(cx, 0,
                       "select id from ledger_transactions where reference = $1 and cause = $2 "
                       "and reference <> ''",
                       reference, cause)};
}

typedef struct AccountId {
    Id id;
} AccountId;

static const Type account_id_type =
    TYPE(AccountId, "Which account.", FIELD(AccountId, id, "", .prefix = "acct"));

static void ask_account(Ctx *cx, Str unit, const LedgerLeg *leg, AccountId **out)
{
    db_ask_one(cx, out, &account_id_type,
               "select id from ledger_accounts where kind = $1 and owner = $2 and unit = $3",
               str_from(leg->kind->name), leg->owner, unit);
}

/* Another transaction may make the same one: then it is waited for. */
static Id make_account(Ctx *cx, Str unit, const LedgerLeg *leg)
{
    bool limited = leg->kind->limited;
    db_exec(cx,
            "insert into ledger_accounts (id, kind, owner, unit, limited, balance, created_at) "
            "values ($1, $2, $3, $4, $5, 0, $6) on conflict do nothing",
            ctx_id(cx), str_from(leg->kind->name), leg->owner, unit, limited, ctx_now(cx));
    return (Id){db_int(cx, 0,
                       "select id from ledger_accounts "
                       "where kind = $1 and owner = $2 and unit = $3",
                       str_from(leg->kind->name), leg->owner, unit)};
}

/* Those that are not known. */
static void find_accounts(Ctx *cx, Str unit, LedgerLeg *legs, size_t n)
{
    AccountId *found[LEDGER_LINES_MAX] = {0};
    for (size_t i = 0; i < n; i++)
        if (!legs[i].account.n) ask_account(cx, unit, &legs[i], &found[i]);
    if (!db_settle(cx)) return;
    for (size_t i = 0; i < n; i++) {
        if (legs[i].account.n) continue;
        legs[i].account = found[i] ? found[i]->id : make_account(cx, unit, &legs[i]);
        ledger_own_found(cx, legs[i].kind, unit, legs[i].account);
    }
}

void ledger_accounts_take(Ctx *cx, Str unit, LedgerLeg *legs, size_t n)
{
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        legs[i].account = ledger_own_known(cx, legs[i].kind, unit);
        all = all && legs[i].account.n;
    }
    if (!all) find_accounts(cx, unit, legs, n);
}

typedef struct EntryRow {
    Id account_id, transaction_id;
    Money amount;
} EntryRow;

static const Type entry_row_type =
    TYPE(EntryRow, "An entry.", FIELD(EntryRow, account_id, "", .prefix = "acct"),
         FIELD(EntryRow, transaction_id, "", .prefix = "txn"), FIELD(EntryRow, amount, ""));

void ledger_entries_insert(Ctx *cx, Id transaction, const LedgerLeg *legs, size_t n)
{
    EntryRow all[LEDGER_LINES_MAX], unfolded[LEDGER_LINES_MAX];
    size_t waiting = 0;
    for (size_t i = 0; i < n; i++) {
        all[i] = (EntryRow){legs[i].account, transaction, legs[i].credit};
        if (!legs[i].kind->limited) unfolded[waiting++] = all[i];
    }
    db_post_rows(cx, &entry_row_type, all, n,
                 "insert into ledger_entries (account_id, transaction_id, amount) "
                 "values (:account_id, :transaction_id, :amount)");
    db_post_rows(cx, &entry_row_type, unfolded, waiting,
                 "insert into ledger_unfolded (account_id, transaction_id, amount) "
                 "values (:account_id, :transaction_id, :amount)");
}

bool ledger_balance_move(Ctx *cx, const LedgerLeg *leg)
{
    return db_exec(cx,
                   "update ledger_accounts set balance = balance + $2 "
                   "where id = $1 and balance + $2 >= 0",
                   leg->account, leg->credit) == 1;
}

Money ledger_moved(Ctx *cx, const LedgerKind *kind, Str reference)
{
    int64_t credits =
        db_int(cx, 0,
               "select cast(coalesce(sum(e.amount), 0) as bigint) from ledger_transactions t "
               "join ledger_entries e on e.transaction_id = t.id "
               "join ledger_accounts a on a.id = e.account_id "
               "where t.reference = $1 and t.reference <> '' and a.kind = $2",
               reference, str_from(kind->name));
    return ledger_growth(kind, (Money){credits});
}

/* ---- Folding --------------------------------------------------------------------------------- */

typedef struct Unfolded {
    Id account_id;
    Money amount;
} Unfolded;

static const Type unfolded_type =
    TYPE(Unfolded, "An entry that its account's balance does not have yet.",
         FIELD(Unfolded, account_id, "", .prefix = "acct"), FIELD(Unfolded, amount, ""));

static int by_account_id(const void *a, const void *b)
{
    int64_t x = ((const Unfolded *)a)->account_id.n, y = ((const Unfolded *)b)->account_id.n;
    return (x > y) - (x < y);
}

int64_t ledger_fold(Ctx *cx, int64_t limit)
{
    AnyList gone =
        db_all(cx, &unfolded_type,
               "delete from ledger_unfolded where (account_id, transaction_id) in "
               "(select account_id, transaction_id from ledger_unfolded "
               "order by account_id, transaction_id limit $1) returning account_id, amount",
               limit);
    Unfolded *rows = gone.items;
    if (gone.n) qsort(rows, gone.n, sizeof *rows, by_account_id);
    for (size_t i = 0, end; i < gone.n; i = end) {
        Money sum = {0};
        for (end = i; end < gone.n && id_eq(rows[end].account_id, rows[i].account_id); end++)
            sum.minor += rows[end].amount.minor;
        db_post(cx, "update ledger_accounts set balance = balance + $2 where id = $1",
                rows[i].account_id, sum);
    }
    return (int64_t)gone.n;
}

/* ---- Accounts -------------------------------------------------------------------------------- */

/* One statement, so that an entry is never counted twice while it is folded. */
#define ACCOUNT_COLUMNS                                                                            \
    "a.id, a.kind, nullif(a.owner, '') as owner, a.unit, a.limited, "                              \
    "cast(a.balance + coalesce((select sum(u.amount) from ledger_unfolded u "                      \
    "where u.account_id = a.id), 0) as bigint) as balance, a.created_at from ledger_accounts a "

/* From credits minus debits to what the account itself counts. */
static LedgerAccountList as_shown(AnyList rows)
{
    LedgerAccount *accounts = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        accounts[i].balance = ledger_growth(ledger_chart[accounts[i].kind], accounts[i].balance);
    return (LedgerAccountList){accounts, rows.n};
}

static LedgerAccount *first(LedgerAccountList list)
{
    return list.n ? list.items : NULL;
}

LedgerAccount *ledger_account_read(Ctx *cx, Id id)
{
    return first(as_shown(
        db_all(cx, &ledger_account_type, "select " ACCOUNT_COLUMNS "where a.id = $1", id)));
}

LedgerAccountList ledger_accounts_of(Ctx *cx, const LedgerKind *kind, Id owner)
{
    return as_shown(db_all(cx, &ledger_account_type,
                           "select " ACCOUNT_COLUMNS
                           "where a.kind = $1 and a.owner = $2 order by a.unit",
                           str_from(kind->name), id_text(cx->arena, kind->owner, owner)));
}

LedgerAccount *ledger_account_of(Ctx *cx, const LedgerKind *kind, Id owner, Str unit)
{
    return first(as_shown(
        db_all(cx, &ledger_account_type,
               "select " ACCOUNT_COLUMNS "where a.kind = $1 and a.owner = $2 and a.unit = $3",
               str_from(kind->name), id_text(cx->arena, kind->owner, owner), unit)));
}

LedgerAccountList ledger_accounts_page(Ctx *cx, const LedgerAccountQuery *query, Id after,
                                       int64_t limit)
{
    bool of_kind = IS_SET(&ledger_account_query_type, query, LedgerAccountQuery, kind);
    Str kind = of_kind ? str_from(ledger_chart[query->kind]->name) : S("");
    AnyList rows = query->owner.n
                       ? db_all(cx, &ledger_account_type,
                                "select " ACCOUNT_COLUMNS
                                "where a.owner = $1 and a.owner <> '' and ($2 = '' or a.kind = $2) "
                                "and ($3 = '' or a.unit = $3) and a.id > $4 order by a.id limit $5",
                                query->owner, kind, query->unit, after.n, limit)
                       : db_all(cx, &ledger_account_type,
                                "select " ACCOUNT_COLUMNS "where ($1 = '' or a.kind = $1) "
                                "and ($2 = '' or a.unit = $2) and a.id > $3 order by a.id limit $4",
                                kind, query->unit, after.n, limit);
    return as_shown(rows);
}

/* ---- Statements ------------------------------------------------------------------------------ */

LedgerEntryList ledger_entries(Ctx *cx, const LedgerAccount *account, Id from, Id to, int64_t limit)
{
    LedgerEntryList list = DB_LIST(
        LedgerEntryList,
        db_all(cx, &ledger_entry_type,
               "select e.transaction_id as \"transaction\", t.cause, "
               "nullif(t.reference, '') as reference, t.note, e.amount from ledger_entries e "
               "join ledger_transactions t on t.id = e.transaction_id where e.account_id = $1 "
               "and e.transaction_id >= $2 and e.transaction_id < $3 "
               "order by e.transaction_id desc limit $4",
               account->id, from.n, to.n, limit));
    for (size_t i = 0; i < list.n; i++) {
        LedgerEntry *entry = &list.items[i];
        entry->amount = ledger_growth(ledger_chart[account->kind], entry->amount);
        entry->posted_at = id_time(entry->transaction);
    }
    return list;
}

Money ledger_balance_before(Ctx *cx, const LedgerAccount *account, Id transaction)
{
    int64_t credit = db_int(cx, 0,
                            "select cast(sum(amount) as bigint) from ledger_entries "
                            "where account_id = $1 and transaction_id < $2",
                            account->id, transaction.n);
    return ledger_growth(ledger_chart[account->kind], (Money){credit});
}

/* ---- Transactions ---------------------------------------------------------------------------- */

typedef struct Line {
    Id transaction, account;
    unsigned kind;
    Str owner;
    Money amount;
} Line;

static const Type line_type =
    TYPE(Line, "An entry with its account.", FIELD(Line, transaction, "", .prefix = "txn"),
         FIELD(Line, account, "", .prefix = "acct"), ENUM(Line, kind, "", ledger_kind_names),
         FIELD(Line, owner, "", .nullable = true), FIELD(Line, amount, ""));

static void show_side(const Line *line, LedgerSide *out)
{
    bool credit = line->amount.minor > 0;
    *out = (LedgerSide){.present = PRESENT_ALL,
                        .account = line->account,
                        .kind = line->kind,
                        .owner = line->owner,
                        .debit = {credit ? 0 : -line->amount.minor},
                        .credit = {credit ? line->amount.minor : 0}};
    if (!line->owner.n) MARK_ABSENT(&ledger_side_type, out, LedgerSide, owner);
    if (credit)
        MARK_ABSENT(&ledger_side_type, out, LedgerSide, debit);
    else
        MARK_ABSENT(&ledger_side_type, out, LedgerSide, credit);
}

static void show(Arena *arena, const LedgerTransactionRow *row, const Line *lines, size_t n,
                 LedgerTransaction *out)
{
    *out = (LedgerTransaction){.present = PRESENT_ALL,
                               .id = row->id,
                               .cause = row->cause,
                               .reference = row->reference,
                               .unit = row->unit,
                               .note = row->note,
                               .actor = row->actor,
                               .lines = {NEW_N(arena, LedgerSide, n), n},
                               .posted_at = id_time(row->id)};
    for (size_t i = 0; i < n; i++) show_side(&lines[i], &out->lines.items[i]);
    if (!row->reference.n) MARK_ABSENT(&ledger_transaction_type, out, LedgerTransaction, reference);
    if (!row->actor.n) MARK_ABSENT(&ledger_transaction_type, out, LedgerTransaction, actor);
}

/* With their lines, which are read for all of them at once. */
static LedgerTransactionList with_lines(Ctx *cx, AnyList rows)
{
    const LedgerTransactionRow *row = rows.items;
    LedgerTransactionList list = {NEW_N(cx->arena, LedgerTransaction, rows.n), rows.n};
    IdList ids = {NEW_N(cx->arena, Id, rows.n), rows.n};
    for (size_t i = 0; i < rows.n; i++) ids.items[i] = row[i].id;
    if (!rows.n) return list;
    AnyList all = db_all(cx, &line_type,
                         "select e.transaction_id as \"transaction\", e.account_id as account, "
                         "a.kind, nullif(a.owner, '') as owner, e.amount from ledger_entries e "
                         "join ledger_accounts a on a.id = e.account_id "
                         "where e.transaction_id in IDS($1) "
                         "order by e.transaction_id desc, e.account_id",
                         ids);
    const Line *line = all.items, *end = line + all.n;
    for (size_t i = 0, n; i < rows.n; i++, line += n) {
        for (n = 0; line + n < end && id_eq(line[n].transaction, row[i].id);) n++;
        show(cx->arena, &row[i], line, n, &list.items[i]);
    }
    return list;
}

#define TRANSACTION_COLUMNS "id, cause, reference, unit, note, actor from ledger_transactions "

LedgerTransaction *ledger_transaction_read(Ctx *cx, Id id)
{
    LedgerTransactionList one =
        with_lines(cx, db_all(cx, &ledger_transaction_row_type,
                              "select " TRANSACTION_COLUMNS "where id = $1", id));
    return one.n ? one.items : NULL;
}

LedgerTransactionList ledger_transactions_page(Ctx *cx, Str reference, Id before, int64_t limit)
{
    return with_lines(
        cx, reference.n
                ? db_all(cx, &ledger_transaction_row_type,
                         "select " TRANSACTION_COLUMNS "where reference = $1 and reference <> '' "
                         "and id < $2 order by id desc limit $3",
                         reference, before.n, limit)
                : db_all(cx, &ledger_transaction_row_type,
                         "select " TRANSACTION_COLUMNS "where id < $1 order by id desc limit $2",
                         before.n, limit));
}

/* ---- Checking -------------------------------------------------------------------------------- */

static const Type sum_type =
    TYPE(LedgerSum, "What should be the same.", FIELD(LedgerSum, id, "", .prefix = "id"),
         FIELD(LedgerSum, stored, ""), FIELD(LedgerSum, entries, ""));

IdList ledger_transaction_ids(Ctx *cx, Id after, int64_t limit)
{
    return db_ids(cx, "select id from ledger_transactions where id > $1 order by id limit $2",
                  after.n, limit);
}

IdList ledger_account_ids(Ctx *cx, Id after, int64_t limit)
{
    return db_ids(cx, "select id from ledger_accounts where id > $1 order by id limit $2", after.n,
                  limit);
}

LedgerSumList ledger_unbalanced(Ctx *cx, Id after, Id last)
{
    return DB_LIST(
        LedgerSumList,
        db_all(cx, &sum_type,
               "select e.transaction_id as id, cast(sum(e.amount) as bigint) as entries "
               "from ledger_entries e left join ledger_accounts a on a.id = e.account_id "
               "left join ledger_transactions t on t.id = e.transaction_id "
               "where e.transaction_id > $1 and e.transaction_id <= $2 "
               "group by e.transaction_id having sum(e.amount) <> 0 "
               "or count(a.id) < count(*) or count(t.id) < count(*) order by e.transaction_id",
               after.n, last.n));
}

#define SUM_OF(table)                                                                              \
    "coalesce((select cast(sum(amount) as bigint) from " table " e "                               \
    "where e.account_id = a.id), 0)"

LedgerSumList ledger_misfolded(Ctx *cx, Id after, Id last)
{
    return DB_LIST(
        LedgerSumList,
        db_all(
            cx, &sum_type,
            "select * from (select a.id, a.balance + " SUM_OF(
                "ledger_unfolded") " as stored, " SUM_OF("ledger_entries") " as entries "
                                                                           "from ledger_accounts a "
                                                                           "where a.id > $1 and "
                                                                           "a.id <= $2) as sums "
                                                                           "where stored <> "
                                                                           "entries order by id",
            after.n, last.n));
}

void ledger_account_lock(Ctx *cx, Id account)
{
    db_exec(cx, "update ledger_accounts set balance = balance where id = $1", account);
}

bool ledger_balance_correct(Ctx *cx, const LedgerSum *sum)
{
    return db_exec(cx,
                   "update ledger_accounts set balance = balance + $3 - $2 "
                   "where id = $1 and (not limited or balance + $3 - $2 >= 0)",
                   sum->id, sum->stored, sum->entries) == 1;
}
