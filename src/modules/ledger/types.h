/* Types that only the ledger itself uses. */
#ifndef MODULES_LEDGER_TYPES_H
#define MODULES_LEDGER_TYPES_H

#include "modules/ledger/ledger.h"

enum {
    LEDGER_NOTE_MAX = 500,
    LEDGER_UNIT_MAX = 6, /* "points" */
};

/* The chart, in the order of ledger_kind_names. */
extern const LedgerKind *const ledger_chart[];
extern const EnumNames ledger_kind_names;

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct LedgerTransactionRow {
    Id id;
    Str cause, reference, unit, note, actor;
} LedgerTransactionRow;

extern const Type ledger_account_row_type, ledger_transaction_row_type;

/* ---- Documents ------------------------------------------------------------------------------- */

/* An entry as the statement of its account shows it. */
typedef struct LedgerEntry {
    Id transaction;
    Str cause, reference, note;
    Money amount; /* positive: the balance grew */
    Time posted_at;
} LedgerEntry;

typedef struct LedgerEntryList {
    LedgerEntry *items;
    size_t n;
} LedgerEntryList;

/* What a statement says beside its entries. */
typedef struct LedgerStatement {
    Str unit;
    Money opening_balance, closing_balance;
} LedgerStatement;

typedef struct LedgerStatementQuery {
    Present present;
    Time since, until;
    int64_t limit;
    Str cursor;
} LedgerStatementQuery;

extern const Type ledger_statement_query_type;

/* One side of a transaction, as it is shown and as it is written. */
typedef struct LedgerSide {
    Present present;
    Id account;
    unsigned kind;
    Str owner;
    Money debit, credit;
} LedgerSide;

typedef struct LedgerSideList {
    LedgerSide *items;
    size_t n;
} LedgerSideList;

typedef struct LedgerTransaction {
    Present present;
    Id id;
    Str cause, reference, unit, note, actor;
    LedgerSideList lines;
    Time posted_at;
} LedgerTransaction;

extern const Type ledger_side_type, ledger_transaction_type;

typedef struct LedgerAccountQuery {
    Present present;
    unsigned kind;
    Str owner, unit;
    int64_t limit;
    Str cursor;
} LedgerAccountQuery;

typedef struct LedgerTransactionQuery {
    Present present;
    Str reference;
    int64_t limit;
    Str cursor;
} LedgerTransactionQuery;

/* Where a list of the ledger goes on: behind this id, or before it. */
typedef struct LedgerCursor {
    Id id;
} LedgerCursor;

extern const Type ledger_account_query_type, ledger_transaction_query_type, ledger_cursor_type;

#endif
