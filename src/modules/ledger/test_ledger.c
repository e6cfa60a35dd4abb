/* The book by itself, on both databases: postings, balances before and after they are folded, races,
 * and random postings against a plain model. */
#include "modules/ledger/checks.h"
#include "modules/ledger/store.h"

#include "platform/jobs/jobs.h"
#include "platform/test_modules.h"

#include <pthread.h>

static const Module *const modules[] = {&ledger_module};

static World *book_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    return w;
}

/* ---- Posting --------------------------------------------------------------------------------- */

/* `amount` from one account to another. */
typedef struct Move {
    const char *cause;
    Str reference;
    LedgerLine from, to;
    int64_t amount;
    Verdict verdict;
    Id transaction;
} Move;

static bool post_move(Ctx *cx, void *arg)
{
    Move *move = arg;
    LedgerLine lines[] = {move->from, move->to};
    lines[0].credit.minor = -move->amount;
    lines[1].credit.minor = move->amount;
    LedgerPosting posting = {.cause = move->cause,
                             .reference = move->reference,
                             .unit = S("EUR"),
                             .note = S("A test."),
                             .lines = lines,
                             .n = ROWS(lines)};
    move->verdict = ledger_post(cx, &posting, &move->transaction);
    return !move->verdict.error;
}

#define CREDIT_OF(n)                                                                               \
    (LedgerLine)                                                                                   \
    {                                                                                              \
        .kind = &ledger_credit, .owner = { n }                                                     \
    }
#define OWN(kind_)                                                                                 \
    (LedgerLine)                                                                                   \
    {                                                                                              \
        .kind = &ledger_##kind_                                                                    \
    }

static Move move_of(LedgerLine from, LedgerLine to, int64_t amount)
{
    return (Move){.cause = "test", .reference = S(""), .from = from, .to = to, .amount = amount};
}

static const Error *post(World *w, Move *move)
{
    DbFailure failure = db_run(w->db, TX_WRITE, &w->cx, post_move, move);
    assert_int_equal(failure, DB_FINE);
    return move->verdict.error;
}

typedef struct Balance {
    LedgerLine account;
    int64_t is; /* INT64_MIN: there is no such account */
} Balance;

static bool read_balance(Ctx *cx, void *arg)
{
    Balance *balance = arg;
    LedgerAccountQuery query = {.owner = S(""), .unit = S("EUR")};
    LedgerAccount *account = NULL;
    balance->is = INT64_MIN;
    if (balance->account.kind->owner) {
        account = ledger_account_of(cx, balance->account.kind, balance->account.owner, S("EUR"));
    } else {
        LedgerAccountList all = ledger_accounts_page(cx, &query, (Id){0}, 1000);
        for (size_t i = 0; i < all.n; i++)
            if (ledger_chart[all.items[i].kind] == balance->account.kind) account = &all.items[i];
    }
    if (account) balance->is = account->balance.minor;
    return true;
}

static int64_t balance_of(World *w, LedgerLine account)
{
    Balance balance = {.account = account};
    assert_int_equal(db_run(w->db, TX_READ, &w->cx, read_balance, &balance), DB_FINE);
    return balance.is;
}

static bool count_rows(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from ledger_unfolded");
    return true;
}

static int64_t unfolded(World *w)
{
    int64_t count;
    assert_int_equal(db_run(w->db, TX_READ, &w->cx, count_rows, &count), DB_FINE);
    return count;
}

static bool fold_two(Ctx *cx, void *arg)
{
    *(int64_t *)arg = ledger_fold(cx, 2);
    return true;
}

static void fold_all(World *w)
{
    int64_t count = 2;
    while (count == 2) assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, fold_two, &count), DB_FINE);
}

static void what_is_posted_is_there_before_and_after_it_is_folded(void **state)
{
    World *w = book_of(state);
    Move promised = move_of(OWN(goodwill), CREDIT_OF(1), 1500);
    Move bought = move_of(CREDIT_OF(1), OWN(sales), 600);
    Move paid = move_of(OWN(cash), OWN(sales), 50);
    assert_int_equal(balance_of(w, OWN(sales)), INT64_MIN);
    assert_null(post(w, &promised));
    assert_null(post(w, &bought));
    assert_null(post(w, &paid));
    assert_int_equal(unfolded(w), 4);
    for (int folded = 0; folded < 2; folded++) {
        assert_int_equal(balance_of(w, CREDIT_OF(1)), 900);
        assert_int_equal(balance_of(w, OWN(sales)), 650);
        assert_int_equal(balance_of(w, OWN(goodwill)), 1500); /* an expense grows by debits */
        assert_int_equal(balance_of(w, OWN(cash)), 50);       /* and so does an asset */
        fold_all(w);
    }
    assert_int_equal(unfolded(w), 0);
}

/* ---- The shop's own accounts ------------------------------------------------------------------ */

typedef struct Making {
    bool refuse;
    Move move;
    int statements;
} Making;

static bool post_counted(Ctx *cx, void *arg)
{
    Making *making = arg;
    int before = cx->cost.statements;
    bool posted = post_move(cx, &making->move);
    making->statements = cx->cost.statements - before;
    return posted && !making->refuse;
}

static bool post_in_parts(Ctx *cx, void *arg)
{
    Making *making = arg;
    making->refuse = true;
    WANT(!db_try(cx, post_counted, making)); /* its accounts are gone */
    making->refuse = false;
    WANT(db_try(cx, post_counted, making));
    int made = making->statements;
    WANT(db_try(cx, post_counted, making)); /* found, but not committed */
    WANT_INT(db_failure(cx), DB_FINE);
    WANT(making->statements < made);
    return true;
}

/* The transaction's row, the entries, what is to be folded. */
enum { KNOWN_POSTING = 3 };

static void own_accounts_are_looked_up_until_they_are_committed(void **state)
{
    World *w = book_of(state);
    Making making = {.refuse = true, .move = move_of(OWN(cash), OWN(sales), 50)};
    RUN(w, TX_WRITE, post_counted, &making); /* made, and taken back */
    assert_int_equal(balance_of(w, OWN(sales)), INT64_MIN);
    RUN(w, TX_WRITE, post_in_parts, &making);
    assert_int_equal(making.statements, KNOWN_POSTING + 2);
    assert_int_equal(balance_of(w, OWN(sales)), 100);
    RUN(w, TX_WRITE, post_counted, &making);
    assert_int_equal(making.statements, KNOWN_POSTING);
    assert_int_equal(balance_of(w, OWN(sales)), 150);
    /* A customer's is always looked up, and its balance moved. */
    making.move = move_of(OWN(cash), CREDIT_OF(1), 50);
    RUN(w, TX_WRITE, post_counted, &making);
    RUN(w, TX_WRITE, post_counted, &making);
    assert_int_equal(making.statements, KNOWN_POSTING + 2);
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 100);
    assert_int_equal(balance_of(w, OWN(cash)), 250);
}

static void a_cause_happens_once_to_a_thing(void **state)
{
    World *w = book_of(state);
    Move first = move_of(OWN(goodwill), CREDIT_OF(1), 100), again, other;
    first.reference = S("pay_0000000000001");
    again = other = first;
    other.cause = "another";
    assert_null(post(w, &first));
    assert_null(post(w, &again));
    assert_int_equal(again.transaction.n, first.transaction.n);
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 100);
    assert_null(post(w, &other));
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 200);
}

static void a_limited_account_does_not_go_below_zero(void **state)
{
    World *w = book_of(state);
    Move promised = move_of(OWN(goodwill), CREDIT_OF(1), 100);
    Move too_much = move_of(CREDIT_OF(1), OWN(sales), 101);
    Move all = move_of(CREDIT_OF(1), OWN(sales), 100);
    Move of_nobody = move_of(CREDIT_OF(2), OWN(sales), 1);
    assert_null(post(w, &promised));
    assert_ptr_equal(post(w, &too_much), &error_balance_too_low);
    assert_int_equal(balance_of(w, OWN(sales)), INT64_MIN); /* nothing of it was written */
    assert_null(post(w, &all));
    assert_ptr_equal(post(w, &all), &error_balance_too_low);
    assert_ptr_equal(post(w, &of_nobody), &error_balance_too_low);
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 0);
}

/* ---- Races ----------------------------------------------------------------------------------- */

enum { MOVES = 60 };

typedef struct Mover {
    World *w;
    LedgerLine from, to;
    int moved, refused;
    pthread_t thread;
} Mover;

static void *move_all(void *arg)
{
    Mover *mover = arg;
    Ctx cx = world_cx(mover->w);
    for (int i = 0; i < MOVES; i++) {
        Move move = move_of(mover->from, mover->to, 1);
        if (db_run(mover->w->db, TX_WRITE, &cx, post_move, &move) != DB_FINE) continue;
        mover->moved += !move.verdict.error;
        mover->refused += move.verdict.error != NULL;
        arena_reset(cx.arena);
    }
    arena_free(cx.arena);
    return NULL;
}

static void run_movers(Mover *movers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pthread_create(&movers[i].thread, NULL, move_all, &movers[i]), 0);
    for (size_t i = 0; i < n; i++) pthread_join(movers[i].thread, NULL);
}

/* Two who send each other money lock the same two rows. */
static void transfers_in_both_directions_do_not_block_each_other(void **state)
{
    World *w = book_of(state);
    Move ann = move_of(OWN(goodwill), CREDIT_OF(1), 1000), bob = ann;
    bob.to = CREDIT_OF(2);
    assert_null(post(w, &ann));
    assert_null(post(w, &bob));
    Mover movers[] = {{.w = w, .from = CREDIT_OF(1), .to = CREDIT_OF(2)},
                      {.w = w, .from = CREDIT_OF(2), .to = CREDIT_OF(1)}};
    run_movers(movers, ROWS(movers));
    assert_int_equal(movers[0].moved, MOVES);
    assert_int_equal(movers[1].moved, MOVES);
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 1000);
    assert_int_equal(balance_of(w, CREDIT_OF(2)), 1000);
}

static void many_who_spend_the_same_credit_spend_it_once(void **state)
{
    World *w = book_of(state);
    Move given = move_of(OWN(goodwill), CREDIT_OF(1), MOVES + 7);
    assert_null(post(w, &given));
    Mover movers[4];
    for (size_t i = 0; i < ROWS(movers); i++)
        movers[i] = (Mover){.w = w, .from = CREDIT_OF(1), .to = OWN(sales)};
    run_movers(movers, ROWS(movers));
    int moved = 0, refused = 0;
    for (size_t i = 0; i < ROWS(movers); i++) {
        moved += movers[i].moved;
        refused += movers[i].refused;
    }
    assert_int_equal(moved, MOVES + 7);
    assert_int_equal(refused, 3 * MOVES - 7);
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 0);
    assert_int_equal(balance_of(w, OWN(sales)), MOVES + 7);
}

/* ---- The laws -------------------------------------------------------------------------------- */

/* Which law is broken, and what is said of it. */
typedef struct Fault {
    size_t law;
    const char *told;
    bool repaired;
} Fault;

static CheckFound found;

static size_t look_with(Ctx *cx, size_t law)
{
    found = (CheckFound){.arena = cx->arena};
    WANT_INT(ledger_checks[law].look(cx, &found, (Id){0}).n, 0);
    WANT(!db_failure(cx));
    return found.n;
}

static bool find_nothing(Ctx *cx, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < LEDGER_CHECKS; i++) WANT_INT(look_with(cx, i), 0);
    return true;
}

static bool find_fault(Ctx *cx, void *arg)
{
    const Fault *fault = arg;
    for (size_t i = 0; i < LEDGER_CHECKS; i++)
        if (i != fault->law && fault->repaired) WANT_INT(look_with(cx, i), 0);
    WANT_INT(look_with(cx, fault->law), 1);
    WANT_STR(found.subjects[0].detail, str_from(fault->told));
    if (fault->repaired) WANT(ledger_checks[fault->law].repair(cx, found.subjects[0].id));
    return true;
}

static bool miscount_balance(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "update ledger_accounts set balance = 7 where kind = 'credit'") == 1;
}

static bool miscount_unfolded(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "update ledger_accounts set balance = balance + 5 where kind = 'sales'") ==
           1;
}

static bool lose_an_entry(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "delete from ledger_entries where amount = 600") == 1;
}

/* SQLite would not take it. */
static bool add_entry_of_nobody(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "update ledger_entries set account_id = 4711 "
                       "where amount = 1500 and account_id <> 4711") == 1;
}

static bool heal_entry_of_nobody(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "update ledger_entries set account_id = (select id from ledger_accounts "
                       "where kind = 'credit') where account_id = 4711") == 1;
}

static void what_breaks_a_law_is_found_and_put_right(void **state)
{
    World *w = book_of(state);
    Move promised = move_of(OWN(goodwill), CREDIT_OF(1), 1500);
    Move bought = move_of(CREDIT_OF(1), OWN(sales), 600);
    Fault of_credit = {
        .law = 1, .told = "the balance is 7, entries add up to 900", .repaired = true};
    Fault of_sales = {
        .law = 1, .told = "the balance is 605, entries add up to 600", .repaired = true};
    Fault of_entry = {.law = 0, .told = "credits are -600 more than debits"};
    Fault of_nobody = {.law = 0,
                       .told = "an entry of it has no account, or it is not there itself"};
    assert_null(post(w, &promised));
    assert_null(post(w, &bought));
    RUN(w, TX_READ, find_nothing, NULL);
    if (db_driver(w->db) == DB_POSTGRES) {
        RUN(w, TX_WRITE, add_entry_of_nobody, NULL);
        RUN(w, TX_WRITE, find_fault, &of_nobody);
        RUN(w, TX_WRITE, heal_entry_of_nobody, NULL);
    }
    RUN(w, TX_WRITE, miscount_balance, NULL);
    RUN(w, TX_WRITE, find_fault, &of_credit);
    RUN(w, TX_WRITE, miscount_unfolded, NULL);
    RUN(w, TX_WRITE, find_fault, &of_sales);
    RUN(w, TX_READ, find_nothing, NULL);
    assert_int_equal(balance_of(w, CREDIT_OF(1)), 900);
    assert_int_equal(balance_of(w, OWN(sales)), 600);
    RUN(w, TX_WRITE, lose_an_entry, NULL);
    RUN(w, TX_WRITE, find_fault, &of_entry);
    assert_null(ledger_checks[0].repair); /* a person must say what happened */
}

/* ---- Against a model ------------------------------------------------------------------------- */

enum { ACCOUNTS = 6, STEPS = 600 };

static uint64_t dice_state;

static int dice(int sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (int)((dice_state >> 33) % (uint64_t)sides);
}

static void random_postings_agree_with_a_plain_model(void **state)
{
    World *w = book_of(state);
    const LedgerLine accounts[ACCOUNTS] = {OWN(cash),    OWN(sales),   OWN(goodwill),
                                           CREDIT_OF(1), CREDIT_OF(2), CREDIT_OF(3)};
    int64_t credits[ACCOUNTS] = {0};
    dice_state = 20261121;
    for (int step = 0; step < STEPS; step++) {
        int from = dice(ACCOUNTS), to = (from + 1 + dice(ACCOUNTS - 1)) % ACCOUNTS;
        Move move = move_of(accounts[from], accounts[to], 1 + dice(100));
        bool too_low = accounts[from].kind->limited && credits[from] < move.amount;
        assert_ptr_equal(post(w, &move), too_low ? &error_balance_too_low : NULL);
        if (!too_low) {
            credits[from] -= move.amount;
            credits[to] += move.amount;
        }
        if (dice(50) == 0) fold_all(w);
        int looked_at = dice(ACCOUNTS);
        int64_t is = balance_of(w, accounts[looked_at]);
        Money expected = ledger_growth(accounts[looked_at].kind, (Money){credits[looked_at]});
        if (is != INT64_MIN || expected.minor) assert_int_equal(is, expected.minor);
        arena_reset(w->cx.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_is_posted_is_there_before_and_after_it_is_folded),
        ON_BOTH(own_accounts_are_looked_up_until_they_are_committed),
        ON_BOTH(a_cause_happens_once_to_a_thing),
        ON_BOTH(a_limited_account_does_not_go_below_zero),
        ON_BOTH(transfers_in_both_directions_do_not_block_each_other),
        ON_BOTH(many_who_spend_the_same_credit_spend_it_once),
        ON_BOTH(what_breaks_a_law_is_found_and_put_right),
        ON_BOTH(random_postings_agree_with_a_plain_model),
    };
    return cmocka_run_group_tests_name("ledger", tests, worlds_begin, worlds_end);
}
