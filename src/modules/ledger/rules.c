#include "modules/ledger/rules.h"

#include <stdlib.h>

static const ViolationCode unbalanced = {"unbalanced", "Debits are not as much as credits."};
static const ViolationCode one_side = {"one_side", "A line is a debit or a credit."};
static const ViolationCode wrong_owner = {"wrong_owner", "This kind has other owners, or none."};
static const ViolationCode wrong_unit = {"wrong_unit", "This kind is not counted in this unit."};
static const ViolationCode unknown_unit = {"unknown_unit", "There is no such unit."};

bool ledger_is_balanced(const LedgerLine *lines, size_t n)
{
    Money sum = {0};
    for (size_t i = 0; i < n; i++)
        if (!money_add(sum, lines[i].credit, &sum)) return false;
    return sum.minor == 0;
}

/* By account, so that two postings make the same new accounts in the same order. */
static int by_account(const void *a, const void *b)
{
    const LedgerLeg *x = a, *y = b;
    int kinds = strcmp(x->kind->name, y->kind->name);
    return kinds ? kinds : str_cmp(x->owner, y->owner);
}

size_t ledger_legs(Arena *arena, const LedgerLine *lines, size_t n,
                   LedgerLeg legs[static LEDGER_LINES_MAX])
{
    for (size_t i = 0; i < n; i++) {
        const LedgerKind *kind = lines[i].kind;
        legs[i] =
            (LedgerLeg){.kind = kind,
                        .owner = kind->owner ? id_text(arena, kind->owner, lines[i].owner) : S(""),
                        .credit = lines[i].credit};
    }
    qsort(legs, n, sizeof *legs, by_account);
    size_t merged = 0, out = 0;
    for (size_t i = 0; i < n; i++)
        if (merged && by_account(&legs[merged - 1], &legs[i]) == 0)
            legs[merged - 1].credit.minor += legs[i].credit.minor;
        else
            legs[merged++] = legs[i];
    for (size_t i = 0; i < merged; i++)
        if (legs[i].credit.minor != 0) legs[out++] = legs[i];
    return out;
}

Money ledger_growth(const LedgerKind *kind, Money credit)
{
    bool by_debits = kind->class == LEDGER_ASSET || kind->class == LEDGER_EXPENSE;
    return by_debits ? (Money){-credit.minor} : credit;
}

bool ledger_is_unit(Str unit)
{
    Currency currency;
    return str_eq(unit, LEDGER_POINTS) || currency_parse(unit, &currency);
}

/* Points are given away, or belong to somebody; nothing else is counted in them. */
static bool is_counted_in(const LedgerKind *kind, Str unit)
{
    bool points = str_eq(unit, LEDGER_POINTS);
    if (kind == &ledger_goodwill) return true;
    return points == (kind == &ledger_points);
}

static void note(Violations *bad, size_t line, const char *member, const ViolationCode *code,
                 const char *message)
{
    violation_add_at(bad, str_format(bad->arena, "/lines/%zu%s", line, member), code,
                     str_from(message));
}

/* The line of the side, which has been read by its type. */
static void check_side(Violations *bad, const LedgerSide *side, size_t i, Str unit, LedgerLine *out)
{
    const LedgerKind *kind = ledger_chart[side->kind];
    *out = (LedgerLine){.kind = kind, .credit = {side->credit.minor - side->debit.minor}};
    if ((side->credit.minor != 0) == (side->debit.minor != 0))
        note(bad, i, "", &one_side, "Write `debit` or `credit`, and not both.");
    if (!kind->owner && side->owner.n)
        note(bad, i, "/owner", &wrong_owner, "Accounts of this kind are the shop's own.");
    if (kind->owner && !id_parse(side->owner, kind->owner, &out->owner))
        violation_add_at(
            bad, str_format(bad->arena, "/lines/%zu/owner", i), &wrong_owner,
            str_format(bad->arena, "Accounts of this kind belong to a %s_….", kind->owner));
    if (!is_counted_in(kind, unit))
        note(bad, i, "/kind", &wrong_unit, "Accounts of this kind are not counted in this unit.");
}

void ledger_check_journal(Violations *bad, const LedgerTransaction *journal, LedgerLine *lines)
{
    if (!ledger_is_unit(journal->unit)) {
        violation_add_at(bad, S("/unit"), &unknown_unit,
                         S("Give an ISO 4217 code as EUR, or `points`."));
        return;
    }
    for (size_t i = 0; i < journal->lines.n; i++)
        check_side(bad, &journal->lines.items[i], i, journal->unit, &lines[i]);
    if (!ledger_is_balanced(lines, journal->lines.n))
        violation_add_at(bad, S("/lines"), &unbalanced,
                         S("All debits together must be as much as all credits."));
}
