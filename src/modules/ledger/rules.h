/* What the ledger decides, without asking anybody. */
#ifndef MODULES_LEDGER_RULES_H
#define MODULES_LEDGER_RULES_H

#include "modules/ledger/types.h"

/* A line with its owner as text, and its account once that is found. */
typedef struct LedgerLeg {
    const LedgerKind *kind;
    Str owner; /* empty: the shop's own */
    Money credit;
    Id account;
} LedgerLeg;

/* Do the credits add up to 0? (A sum that does not fit is none.) */
bool ledger_is_balanced(const LedgerLine *lines, size_t n);

/* The lines as entries, sorted: one for each account, none of 0. Returns how many. */
size_t ledger_legs(Arena *arena, const LedgerLine *lines, size_t n,
                   LedgerLeg legs[static LEDGER_LINES_MAX]);

/* The credit as the account's own balance counts it. */
Money ledger_growth(const LedgerKind *kind, Money credit);

/* Is it a currency's code, or points? */
bool ledger_is_unit(Str unit);

/* May a transaction that somebody writes by hand be posted? `lines` has room for all of its. */
void ledger_check_journal(Violations *bad, const LedgerTransaction *journal, LedgerLine *lines);

#endif
