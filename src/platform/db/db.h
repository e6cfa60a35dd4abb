/* The database: one interface, two drivers (SQLite embedded, PostgreSQL). See
 * docs/internals/database.md.
 *
 * SQL is written once, in the common subset, with $1 parameters, as string literals. The words
 * IDS($n) stand for a list of ids: `where id in IDS($1)`. Statements are prepared once a connection
 * and cached by their literal.
 *
 * Failure is sticky: after a statement failed, each further one on the same transaction answers
 * "nothing" at once, and whoever began the transaction sees db_failure() and rolls back, retries or
 * answers. So a handler reads from top to bottom and checks only what it can say something about.
 * Prefer `on conflict do nothing` and the row count to constraint failures: the count is an answer,
 * the failure ends the transaction. */
#ifndef PLATFORM_DB_H
#define PLATFORM_DB_H

#include "meta/value.h"
#include "platform/ctx.h"
#include "platform/lane.h"

typedef struct Db Db;

typedef enum TxMode { TX_NONE, TX_READ, TX_WRITE } TxMode;

typedef enum DbDriver { DB_SQLITE, DB_POSTGRES } DbDriver;

typedef enum DbFailure {
    DB_FINE,
    DB_CONSTRAINT, /* unique, foreign key, check: the request is at odds with the data */
    DB_CONFLICT, /* serialization failure, deadlock, busy: the same work may succeed when run again
                  */
    DB_UNAVAILABLE, /* connection lost, server down: later perhaps */
    DB_FULL,        /* the disk is full: reads still work */
    DB_READ_ONLY,   /* folder or server does not take writes */
    DB_BROKEN,      /* a bug or a damaged file: wrong SQL, wrong types, corruption */
    DB_TIMEOUT,     /* the work's deadline passed */
} DbFailure;

/* A reader's transaction may hold a snapshot for so long: an older one keeps SQLite's WAL from being
 * reset. */
#define DB_READ_US ((int64_t)1000000)

/* Closing asks for little; a server that does not answer by then is not waited for. */
#define DB_CLOSE_US ((int64_t)2000000)

typedef struct DbOptions {
    Str url;               /* postgresql://…; empty: SQLite in `folder` */
    Str folder;            /* data folder; SQLite's file is souk.db in it */
    int readers;           /* threads (and connections) of the read lane */
    int writers;           /* PostgreSQL's write lane; SQLite has exactly one */
    size_t queue_max;      /* work waiting in each lane */
    int hash_nice;         /* how far those of the hash lane stand back: 0 … 19 */
    int hashers;           /* threads of the hash lane; 0: one */
    size_t hash_queue_max; /* work waiting in the hash lane; 0: queue_max */
    int batch_max;         /* SQLite: members of one group commit; 256 */
    int64_t batch_us;      /* SQLite: how long a first member waits for the commit; 5000. Up to four
                              times as long where commits are slow and work is queued */
    int64_t slow_us;       /* statements slower than this are logged with their plan; 0: never */
    int64_t read_us;       /* SQLite: the longest that a snapshot may last; 0: DB_READ_US */
    int64_t close_us;      /* the longest that a silent PostgreSQL keeps db_close; 0: DB_CLOSE_US */
    const char *vfs; /* SQLite: name of a registered VFS, for the power-loss test; NULL: default */
} DbOptions;

/* Opens (creating the folder's file when missing) and starts the lanes. NULL error on success. On
 * failure `*detail` says what to do, in `arena`. */
const Error *db_open(Arena *arena, const DbOptions *options, Db **out, Str *detail);
void db_close(Db *db); /* finishes accepted work, checkpoints, closes */
DbDriver db_driver(const Db *db);

/* Which database the transaction of `cx` is on: for the few statements that are not the same on both. */
DbDriver db_dialect(const Ctx *cx);

/* A number for the database of `cx` that no other one had which this process has opened: for what is
 * kept in memory beside it. */
uint64_t db_serial(const Ctx *cx);

/* The moment (cache/tags.h) from before the snapshot of this READ transaction was opened, by which to
 * judge later what is read in it now; 0 in a WRITE transaction, which sees what nobody else may. */
uint64_t db_moment(const Ctx *cx);

/* Can the database be reached and written now? NULL when it can, else why not, for /readyz. Cheap,
 * any thread. */
const Error *db_ready(Db *db, Arena *arena, Str *detail);

/* ---- Work: a piece of code that runs inside a transaction on a lane ------------------ */

typedef enum DbLane {
    DB_LANE_READ,
    DB_LANE_WRITE,
    DB_LANE_SLOW,
    /* Work that burns processor time on purpose (hashes of passwords), without a transaction: its
     * threads have no connection, and stand back behind all others (hash_nice). */
    DB_LANE_HASH,
    DB_LANE_COUNT,
} DbLane;

typedef struct DbWork DbWork;
struct DbWork {
    TxMode mode;
    Ctx *cx; /* cx->db is set while run() is under way */

    /* False: roll back. May be called again after a rollback: start from scratch. */
    bool (*run)(DbWork *work);

    /* Once, when the commit (or the rollback) is certain; the last touch. DB_FINE also when run()
     * wanted the rollback. DB_UNAVAILABLE of a WRITE may mean that the server was lost while it
     * committed: then it is not known whether the work has happened. Calls ctx_run_after_commit
     * itself, when it is DB_FINE and run() was true. */
    void (*done)(DbWork *work, DbFailure failure);

    int attempts; /* how often run() was called */

    /* What follows is platform/db's own. */
    LaneItem item;
    DbLane lane;
    bool unfenced;
    int64_t queued_us, begun_us;
};

/* Queues the work; false when the lane is full (done() will not be called). SQLite: TX_WRITE always
 * goes to the one writer thread, inside a savepoint of a shared transaction, and done() comes after
 * the group commit; other work for DB_LANE_WRITE goes to DB_LANE_READ. PostgreSQL: each work has
 * its own transaction (read committed for writes, repeatable read for reads). After a serialization
 * failure or a deadlock, or when the connection was lost before COMMIT was sent, it is run again,
 * whole, up to 8 times with jittered back-off. */
bool db_submit(Db *db, DbLane lane, DbWork *work);

/* A write is being prepared and will be submitted in a moment, or be refused: SQLite's writer keeps
 * its batch open for it, though not longer than batch_us. Each db_write_coming is followed by one
 * db_write_arrived, behind the submission or instead of it. Any thread. */
void db_write_coming(Db *db);
void db_write_arrived(Db *db);

/* The same and waits: for commands and start-up, never inside a transaction. Waits for room in the
 * lane, and calls ctx_run_after_commit. */
DbFailure db_run(Db *db, TxMode mode, Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg);

/* A connection of one's own, for a thread that must not wait behind others in a lane. One thread at a
 * time; to be closed before the database. It connects when it is first used, and again after a
 * loss. */
DbConn *db_own_open(Db *db);
void db_own_close(DbConn *own);

/* Runs one READ transaction on it, once: what fails is not tried again, and not logged. */
DbFailure db_own_run(DbConn *own, Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg);

/* ---- Statements, inside a transaction ------------------------------------------------ */

/* The first row as a new struct of `type` in the arena (columns are matched to fields by name), or
 * NULL. */
#define db_one(cx, type, ...) db_one_args((cx), (type), DB_SQL_ARGS(__VA_ARGS__))

/* All rows: items of `type`. Assign with DB_LIST(VariantList, db_all(…)). */
#define db_all(cx, type, ...) db_all_args((cx), (type), DB_SQL_ARGS(__VA_ARGS__))
#define DB_LIST(ListType, any)                                                                     \
    ({                                                                                             \
        AnyList a_ = (any);                                                                        \
        (ListType){a_.items, a_.n};                                                                \
    })

/* Rows changed; 0 after a failure. */
#define db_exec(cx, ...) db_exec_args((cx), DB_SQL_ARGS(__VA_ARGS__))

/* The first column of all rows, which must be ids and not null. */
#define db_ids(cx, ...) db_ids_args((cx), DB_SQL_ARGS(__VA_ARGS__))

/* First column of the first row, or `otherwise` when there is no row or it is NULL. */
#define db_int(cx, otherwise, ...)  db_int_args((cx), (otherwise), DB_SQL_ARGS(__VA_ARGS__))
#define db_text(cx, otherwise, ...) db_text_args((cx), (otherwise), DB_SQL_ARGS(__VA_ARGS__))

/* Runs the statement with the struct's fields as parameters, written :name in the SQL:
 * db_put(cx, &product_type, p, "insert into products (id, handle) values (:id, :handle)"). Rows
 * changed. */
#define db_put(cx, type, object, sql) db_put_row((cx), (type), (object), "" sql "")

/* The same as db_exec and db_put for who does not need the number of rows: PostgreSQL is sent the
 * statement and not waited for, so that many writes cost one round trip. A failure shows at the next
 * statement that is waited for, at db_settle, at the end of db_try, or at the commit. SQLite runs it
 * at once. */
#define db_post(cx, ...)                   db_post_args((cx), DB_SQL_ARGS(__VA_ARGS__))
#define db_post_put(cx, type, object, sql) db_post_row((cx), (type), (object), "" sql "")

/* The same for many rows of one table: `items` is an array of n structs, and the statement an insert
 * that ends with one `values (…)`. Up to eight rows are one statement, more are several; of none
 * nothing is asked. A row that breaks a constraint ends it all, as everywhere. */
#define db_post_rows(cx, type, items, n, sql) db_post_items((cx), (type), (items), (n), "" sql "")

/* Several reads in one round trip: db_ask… sends (SQLite answers at once), db_settle waits for all
 * of them, and for what was posted. The destinations are filled at db_settle, which is false after a
 * failure. At most 16 before a settle. */
#define db_ask_one(cx, destination, type, ...)                                                     \
    db_ask_one_args((cx), (void **)(destination), (type), DB_SQL_ARGS(__VA_ARGS__))
#define db_ask_all(cx, destination, type, ...)                                                     \
    db_ask_all_args((cx), (destination), (type), DB_SQL_ARGS(__VA_ARGS__))
bool db_settle(Ctx *cx);

/* What went wrong in this transaction, DB_FINE if nothing; and the constraint's name when it is
 * DB_CONSTRAINT, or when it was that in the last db_try, which has made the transaction fine again.
 */
DbFailure db_failure(const Ctx *cx);
Str db_constraint(const Ctx *cx);

/* A part of the transaction that may fail by itself (a savepoint). True: run() was true and nothing
 * failed. Else what it wrote is undone, what it wanted to happen before or after the commit is forgotten, and
 * when run() did not want it or a constraint was broken, the transaction goes on as if it had not
 * been; any other failure stays and ends the transaction, as everywhere. Nests. What run() left in
 * the arena stays there. Costs two statements, and on PostgreSQL no wait but for what was posted. */
bool db_try(Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg);

/* ---- Migrations ---------------------------------------------------------------------- */

/* Forward only. `sql` is one script; its column words ID MONEY TIME BOOL JSON BYTES in type
 * position become the driver's types, and every SQLite table is STRICT. Lines between `-- only
 * sqlite` / `-- only postgres` and `-- end` belong to one driver. */
typedef struct Migration {
    const char *module;
    int number;         /* 1, 2, … within the module */
    const char *name;   /* "products": with module and number the file's name */
    const char *sql;    /* NUL-terminated; embedded by tools/embed.c */
    int oldest_program; /* the schema level that a program must know to keep running beside it */
} Migration;

typedef struct MigrationState {
    const Migration *migration;
    Time applied_at; /* 0: pending */
} MigrationState;

/* Applies what is pending, in the order given, each in its own transaction, under a lock that other
 * processes respect; checks the checksums of those applied; refuses a database that a newer program
 * has moved on. */
const Error *db_migrate(Db *db, Ctx *cx, const Migration *migrations, size_t count, int *applied,
                        Str *detail);

/* Which are applied; the same refusals, and nothing is changed. */
const Error *db_migration_status(Db *db, Ctx *cx, const Migration *migrations, size_t count,
                                 MigrationState *states, Str *detail);

/* ---- Node numbers -------------------------------------------------------------------- */

/* Takes a number that no other process on this database has, and starts the maker behind every id
 * that was ever made with it. After db_migrate, before the first id. The number is kept while `db`
 * is open (the maker must live as long); a process on PostgreSQL that cannot keep it is refused
 * every WRITE with DB_UNAVAILABLE, and db_ready says why. */
const Error *db_node_acquire(Db *db, Ctx *cx, IdMaker *maker, Str *detail);

/* ---- What the macros call ------------------------------------------------------------ */

typedef struct SqlArgs {
    const char *sql; /* a literal: its address names the statement */
    const Value *values;
    size_t count;
} SqlArgs;

void *db_one_args(Ctx *cx, const Type *type, SqlArgs args);
AnyList db_all_args(Ctx *cx, const Type *type, SqlArgs args);
IdList db_ids_args(Ctx *cx, SqlArgs args);
int64_t db_exec_args(Ctx *cx, SqlArgs args);
int64_t db_int_args(Ctx *cx, int64_t otherwise, SqlArgs args);
Str db_text_args(Ctx *cx, Str otherwise, SqlArgs args);
int64_t db_put_row(Ctx *cx, const Type *type, const void *object, const char *sql);
void db_post_args(Ctx *cx, SqlArgs args);
void db_post_row(Ctx *cx, const Type *type, const void *object, const char *sql);
void db_post_items(Ctx *cx, const Type *type, const void *items, size_t n, const char *sql);
void db_ask_one_args(Ctx *cx, void **destination, const Type *type, SqlArgs args);
void db_ask_all_args(Ctx *cx, AnyList *destination, const Type *type, SqlArgs args);

/* clang-format off */
#define DB_COUNT_(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, N, ...) N
#define DB_COUNT(...) DB_COUNT_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0)
#define DB_V0(s)         ((SqlArgs){"" s "", NULL, 0})
#define DB_V_(s, n, ...) ((SqlArgs){"" s "", (const Value[]){__VA_ARGS__}, n})
#define DB_V1(s, a) DB_V_(s, 1, VALUE_OF(a))
#define DB_V2(s, a, b) DB_V_(s, 2, VALUE_OF(a), VALUE_OF(b))
#define DB_V3(s, a, b, c) DB_V_(s, 3, VALUE_OF(a), VALUE_OF(b), VALUE_OF(c))
#define DB_V4(s, a, b, c, d) DB_V_(s, 4, VALUE_OF(a), VALUE_OF(b), VALUE_OF(c), VALUE_OF(d))
#define DB_V5(s, a, b, c, d, e) DB_V_(s, 5, VALUE_OF(a), VALUE_OF(b), VALUE_OF(c), VALUE_OF(d), VALUE_OF(e))
#define DB_V6(s, a, b, c, d, e, f) DB_V_(s, 6, VALUE_OF(a), VALUE_OF(b), VALUE_OF(c), VALUE_OF(d), VALUE_OF(e), VALUE_OF(f))
#define DB_V7(s, a, b, c, d, e, f, g) DB_V_(s, 7, VALUE_OF(a), VALUE_OF(b), VALUE_OF(c), VALUE_OF(d), VALUE_OF(e), VALUE_OF(f), VALUE_OF(g))
#define DB_V8(s, a, b, c, d, e, f, g, h) DB_V_(s, 8, VALUE_OF(a), VALUE_OF(b), VALUE_OF(c), VALUE_OF(d), VALUE_OF(e), VALUE_OF(f), VALUE_OF(g), VALUE_OF(h))
#define DB_PASTE_(a, b) a##b
#define DB_PASTE(a, b)  DB_PASTE_(a, b)
#define DB_SQL_ARGS(...) DB_PASTE(DB_V, DB_COUNT(__VA_ARGS__))(__VA_ARGS__)
/* clang-format on */

#endif
