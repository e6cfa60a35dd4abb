/* Inside of platform/db: what the driver-neutral part (db.c, statement.c, migrate.c) and the two
 * drivers know of each other. Nobody else includes this.
 *
 * A driver is a table of functions over a DbConn, which stands first in the driver's own connection
 * struct. A function that fails says so with db_fail() and returns false; the first failure of a
 * transaction stays, and nothing further is sent until rollback(). */
#ifndef PLATFORM_DB_DRIVER_H
#define PLATFORM_DB_DRIVER_H

#include "platform/db/db.h"
#include "platform/db/sql.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    DB_ASKS_MAX = 16, /* questions in one round trip: their answers wait in memory */
    DB_ATTEMPTS_MAX =
        8, /* of one transaction; what still collides then is contended beyond repair */
    DB_SLOW_THREADS = 2,     /* the slow lane: reports may not take the threads of customers */
    DB_CONSTRAINT_MAX = 128, /* two names of 63 bytes (PostgreSQL's limit) and what joins them */
    DB_DETAIL_MAX = 400,     /* a driver's message, for the log */
};

/* One prepared statement of one connection. */
typedef struct Stmt {
    const char *sql;       /* the literal: with `type` and `rows` the key */
    const Type *type;      /* of the rows, or of the parameters (db_put), or NULL */
    int rows;              /* that it inserts (db_post_rows); 0: any other statement */
    SqlText text;          /* as this driver wants it */
    ValueKind *kinds;      /* PostgreSQL: of the parameters; VALUE_NULL where none was ever seen */
    const Field **columns; /* the field of each column; NULL until the first result */
    int column_count;
    int64_t explained_us; /* when its plan was last logged */
    void *handle;         /* SQLite: sqlite3_stmt */
    unsigned serial;      /* PostgreSQL: part of its name; 0: not prepared */
    int version;          /* SQLite: how often it was prepared again when the mapping was made */
} Stmt;

typedef struct StmtCache {
    Stmt **slots; /* open addressing; a power of two */
    size_t capacity, n;
} StmtCache;

typedef struct Ask {
    Stmt *stmt;
    const Type *type;
    void **one;   /* either this … */
    AnyList *all; /* … or this is the destination */
    int64_t begun_us;
    void *one_value; /* the answer, until db_settle */
    AnyList all_value;
} Ask;

typedef struct DriverOps DriverOps;

struct DbConn {
    Db *db;
    const DriverOps *ops;
    Arena *arena; /* lives as long as the connection: its statements */
    StmtCache cache;

    /* The transaction under way. */
    TxMode mode;
    uint64_t moment; /* of a reader: the order of changes when it began */
    int64_t
        deadline_us; /* monotonic_us: the work's, by which the driver ends what it waits for, where
                            it can; 0: none */
    int64_t snapshot_us;     /* how long the snapshot may last; 0: for ever */
    int64_t snapshot_end_us; /* monotonic_us; a statement begun later fails with DB_TIMEOUT; 0: no
                                end, or the first statement, which opens it, is yet to come */
    DbFailure failure;
    bool may_repeat; /* after a failure: nothing was committed, and the same work may succeed now */
    const char *failed_sql; /* the statement at fault, or NULL */
    Str constraint;         /* in constraint_text */
    Str detail;             /* in detail_text */
    char constraint_text[DB_CONSTRAINT_MAX];
    char detail_text[DB_DETAIL_MAX];
    Ask asks[DB_ASKS_MAX];
    int ask_count;
};

typedef enum DbRole { DB_ROLE_READER, DB_ROLE_WRITER } DbRole;

struct DriverOps {
    DbDriver driver;
    bool pipelines; /* send() only queues: several may follow each other before sync() */

    /* Never NULL, but perhaps not connected: begin() connects then, or fails. */
    DbConn *(*open)(Db *db, DbRole role);
    void (*close)(DbConn *c);

    bool (*begin)(DbConn *c, TxMode mode);
    bool (*commit)(
        DbConn *c); /* false: rolled back, or (DB_UNAVAILABLE) its outcome is not known */
    void (*rollback)(
        DbConn *c); /* cannot fail; a connection that is lost is opened anew by the next begin() */

    /* Called before each send(): prepares stmt->text when that is still to be done for `values` of
     * these kinds. */
    bool (*prepare)(DbConn *c, Stmt *stmt, const Value *values, size_t count);
    void (*discard)(DbConn *c, Stmt *stmt);

    /* send (one or, with `pipelines`, several), sync, and for each in order: receive, next …,
     * finish. */
    bool (*send)(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count);
    bool (*sync)(DbConn *c);
    bool (*receive)(DbConn *c, Stmt *stmt);

    /* With `pipelines`: as send(), for a statement that nobody receives; what went wrong is noted
     * with whatever is received next. settle() waits for all that was posted. */
    bool (*post)(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count);
    bool (*settle)(DbConn *c);
    bool (*next)(DbConn *c, Stmt *stmt); /* is there one more row? false also after a failure */
    int (*columns)(DbConn *c, Stmt *stmt);
    const char *(*column_name)(DbConn *c, Stmt *stmt, int column);
    bool (*column)(DbConn *c, Stmt *stmt, int column,
                   Value *out); /* views that live until next() or finish() */
    /* All rows that are left, in place of next() and column(): their only column, integers that are
     * not null. False: noted. */
    bool (*ids)(DbConn *c, Stmt *stmt, Arena *arena, IdList *out);
    int64_t (*finish)(DbConn *c, Stmt *stmt); /* rows changed */

    /* A part of the transaction begins (they nest), and ends well or not. keep() is called when all
     * that was posted has gone well, undo() when the part's failure is forgotten. */
    bool (*save)(DbConn *c);
    bool (*keep)(DbConn *c);
    bool (*undo)(DbConn *c);

    /* The plan as text in the arena; empty when there is none. Leaves the transaction as it was. */
    Str (*explain)(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count);

    /* Several statements at once, without parameters, inside the transaction: migrations. */
    bool (*script)(DbConn *c, const char *sql);
};

extern const DriverOps sqlite_ops, postgres_ops;

typedef struct Writer Writer; /* sqlite_writer.c */

/* Readers of SQLite pass it, so that the writer can hold them back for a moment. */
typedef struct Gate {
    _Atomic bool closed;
    _Atomic int inside;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* opened, or the last one has left */
} Gate;

/* watch.c */
typedef struct Watch {
    pthread_mutex_t lock; /* guards all; atomics are written under it and read without */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, stopping;
    _Atomic DbFailure trouble;
    _Atomic bool by_write; /* a write met it */
    char detail[DB_DETAIL_MAX];
    size_t detail_length;
} Watch;

/* node.c */
typedef struct Node {
    IdMaker *_Atomic maker; /* NULL: no number was asked for */
    int64_t number, fence;
    int64_t promise;              /* SQLite: the writer thread's */
    _Atomic int64_t lease_end_us; /* monotonic_us */
    _Atomic bool lost;            /* for good */
} Node;

struct Db {
    DbOptions options; /* texts are copied into `arena` */
    Arena *arena;
    const DriverOps *ops;
    Lane *lanes[DB_LANE_COUNT];
    Writer *writer;            /* SQLite */
    _Atomic int writes_coming; /* being prepared */
    uint64_t serial;
    Gate gate; /* SQLite */
    Watch watch;
    Node node;
};

/* ---- db.c ---------------------------------------------------------------------------- */

/* Notes what went wrong, unless something already did; always false. `constraint` and `detail` are
 * copied. */
bool db_fail(DbConn *c, DbFailure failure, Str constraint, Str detail);

/* Forgets the transaction before: called at each begin. */
void db_conn_reset(DbConn *c, TxMode mode);

/* One attempt of the work on a connection whose transaction has begun: run(), and what became of
 * it. True: commit. */
bool db_work_attempt(DbConn *c, DbWork *work);

bool db_work_is_late(const DbWork *work); /* its deadline has passed */

/* The work in a transaction of its own, again while that may help, and its done(). */
void db_work_run(DbConn *c, DbWork *work);

/* Logs and notes what c->failure says, unless it is the request's own fault. Before the connection
 * is reset; for each attempt that nothing follows. */
void db_work_failed(const DbConn *c, const DbWork *work);

/* Counts and notes how the work ended, then its done(). */
void db_work_end(Db *db, DbWork *work, DbFailure failure);

/* Commits, with what belongs to each commit: the promise of node.c, the fault points, the clock.
 * False: nothing of the transaction is left, or (PostgreSQL, DB_UNAVAILABLE) nothing is known. */
bool db_commit(DbConn *c);

/* db_run() for what keeps the node number itself. */
DbFailure db_run_unfenced(Db *db, TxMode mode, Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg);

/* The row that says such a failure to the world. */
const Error *db_failure_error(DbFailure failure);

/* ---- statement.c --------------------------------------------------------------------- */

void stmt_cache_free(DbConn *c);

/* ---- node.c -------------------------------------------------------------------------- */

/* Before each COMMIT: are the ids in it within what was promised? Else promises more, in the same
 * transaction. */
bool node_before_commit(DbConn *c, int64_t *promise);
void node_after_commit(DbConn *c, int64_t promise); /* only then it is one */
void node_tick(Db *db, Ctx *cx);                    /* renews the lease when it is time */
bool node_may_write(const Db *db);
const Error *node_ready(const Db *db);
void node_give_back(Db *db, Ctx *cx);

/* ---- watch.c ------------------------------------------------------------------------- */

void watch_init(Watch *watch);
bool watch_start(Db *db); /* false and errno */
void watch_end(Db *db);

/* What db_ready() goes by: trouble that a write met is over when a write has met none. */
void watch_note_failure(Db *db, TxMode mode, DbFailure failure, Str detail);
void watch_note_success(Db *db, TxMode mode);

/* ---- sqlite_writer.c ----------------------------------------------------------------- */

Writer *writer_new(Db *db);
void writer_free(Writer *writer);
void writer_run(Writer *writer, DbWork *work); /* on the writer's thread */

void gate_init(Gate *gate);
void gate_end(Gate *gate);
void gate_enter(Gate *gate); /* waits while it is closed */
void gate_leave(Gate *gate);

/* Closes the gate and waits until nobody is inside, but at most `wait_us`; false: somebody stayed.
 * The gate is closed either way. */
bool gate_close(Gate *gate, int64_t wait_us);
void gate_open(Gate *gate);

#endif
