/* The ids of the shop's own accounts, in the memory of the process. */
#ifndef MODULES_LEDGER_OWN_H
#define MODULES_LEDGER_OWN_H

#include "modules/ledger/ledger.h"

/* The account of this kind and unit in the database of `cx`; 0: ask the database. */
Id ledger_own_known(Ctx *cx, const LedgerKind *kind, Str unit);

/* This transaction has found it, or made it: known when that is committed. */
void ledger_own_found(Ctx *cx, const LedgerKind *kind, Str unit, Id account);

#endif
