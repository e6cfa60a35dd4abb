/* `souk check`.
 *
 * Findings are printed when all laws have been looked at, the first thousand of them: a law that is
 * broken everywhere is one mistake, and its list must not fill the memory. All are counted, and all
 * are repaired.
 *
 * A repair is a transaction of its own, which judges anew: what was found may have been put right, or
 * changed, since. It leaves an entry in the audit trail, so that nobody need wonder later why a number
 * is another one. */
#include "platform/check/check.h"

#include "platform/api/problem.h"
#include "platform/audit/audit.h"
#include "platform/cli/progress.h"
#include "platform/db/db.h"

#include <stdarg.h>

enum { LISTED_MAX = 1000, ARENA_FIRST = 64 * 1024 };

static struct {
    const Module *const *modules;
    size_t count;
} all;

void checks_gather(const Module *const *modules, size_t count)
{
    all.modules = modules;
    all.count = count;
}

/* ---- What is found ---------------------------------------------------------------------------- */

typedef enum RepairMode { REPAIR_NO, REPAIR_PROPOSE, REPAIR_APPLY } RepairMode;

typedef struct Finding {
    Str law, id, detail, remedy;
    bool repaired;
} Finding;

typedef struct FindingList {
    Finding *items;
    size_t n;
} FindingList;

static const Type finding_type =
    TYPE(Finding, "Something that breaks a law.", FIELD(Finding, law, "The law's name."),
         FIELD(Finding, id, "What breaks it."), FIELD(Finding, detail, "How."),
         FIELD(Finding, remedy, "What would put it right, or has; empty where that is not asked."),
         FIELD(Finding, repaired, "It has been put right."));

typedef struct LawReport {
    Str law;
    int64_t broken, repaired;
} LawReport;

typedef struct LawReportList {
    LawReport *items;
    size_t n;
} LawReportList;

static const Type law_report_type =
    TYPE(LawReport, "A law.", FIELD(LawReport, law, "Its name."),
         FIELD(LawReport, broken, "How many break it."),
         FIELD(LawReport, repaired, "How many of them have been put right."));

typedef struct CheckReport {
    bool whole;
    LawReportList laws;
    FindingList findings;
} CheckReport;

static const Type check_report_type =
    TYPE(CheckReport, "Whether the shop's laws hold.",
         FIELD(CheckReport, whole, "They do, or do again."),
         LIST(CheckReport, laws, "All of them.", law_report_type),
         LIST(CheckReport, findings, "The first thousand that break one.", finding_type));

typedef struct CheckSubject Subject;

void check_found(CheckFound *found, Id subject, const char *format, ...)
{
    if (found->n == CHECK_PAGE) return;
    if (found->n && id_eq(found->subjects[found->n - 1].id, subject)) return;
    va_list args;
    va_start(args, format);
    found->subjects[found->n++] = (Subject){subject, str_vformat(found->arena, format, args)};
    va_end(args);
}

/* ---- Looking ---------------------------------------------------------------------------------- */

typedef struct Checking {
    CommandCall *call;
    RepairMode mode;
    const Check *law;
    Arena *arena; /* of a page */
    CheckFound found;
    Id after;
    const Subject *subject; /* under repair */
    LawReport *count;
    CheckReport report;
} Checking;

static bool look(Ctx *cx, void *arg)
{
    Checking *c = arg;
    c->found.arena = cx->arena;
    c->found.n = 0;
    Id last = c->law->look(cx, &c->found, c->after);
    if (!db_failure(cx)) c->after = last;
    return true;
}

static const AuditAction check_repaired = {"check.repaired",
                                           "Something that broke a law was put right."};

typedef struct Repair {
    Str law, found, remedy;
} Repair;

static const Type repair_type =
    TYPE(Repair, "A repair.", FIELD(Repair, law, "Which law."),
         FIELD(Repair, found, "How it was broken."), FIELD(Repair, remedy, "What was done."));

static bool repair(Ctx *cx, void *arg)
{
    Checking *c = arg;
    if (!c->law->repair(cx, c->subject->id)) return false;
    Repair done = {str_from(c->law->name), c->subject->detail, str_from(c->law->remedy)};
    audit(cx, &check_repaired, c->law->prefix, c->subject->id, &repair_type, NULL, &done);
    c->count->repaired++;
    return true;
}

static DbFailure run(Checking *c, TxMode mode, bool (*f)(Ctx *cx, void *arg))
{
    Ctx cx = *c->call->cx;
    cx.arena = c->arena;
    return db_run(c->call->db, mode, &cx, f, c);
}

static void list(Checking *c, const Subject *subject, bool repaired)
{
    if (c->report.findings.n == LISTED_MAX) return;
    Arena *arena = c->call->arena;
    bool told = c->mode != REPAIR_NO;
    Str remedy = !told            ? S("")
                 : c->law->repair ? str_from(c->law->remedy)
                                  : S("A person must decide.");
    c->report.findings.items[c->report.findings.n++] =
        (Finding){.law = str_from(c->law->name),
                  .id = id_text(arena, c->law->prefix, subject->id),
                  .detail = str_copy(arena, subject->detail),
                  .remedy = remedy,
                  .repaired = repaired};
}

static DbFailure handle_page(Checking *c)
{
    for (size_t i = 0; i < c->found.n; i++) {
        int64_t before = c->count->repaired;
        c->subject = &c->found.subjects[i];
        c->count->broken++;
        if (c->mode == REPAIR_APPLY && c->law->repair) {
            DbFailure failure = run(c, TX_WRITE, repair);
            if (failure != DB_FINE) return failure;
        }
        list(c, c->subject, c->count->repaired > before);
    }
    return DB_FINE;
}

static DbFailure check_law(Checking *c)
{
    c->after = (Id){0};
    do {
        arena_reset(c->arena);
        DbFailure failure = run(c, TX_READ, look);
        if (failure == DB_FINE) failure = handle_page(c);
        if (failure != DB_FINE) return failure;
    } while (c->after.n && !command_cancelled(c->call));
    c->report.whole &= c->count->repaired == c->count->broken;
    return DB_FINE;
}

static size_t count_laws(void)
{
    size_t n = 0;
    for (size_t i = 0; i < all.count; i++) n += all.modules[i]->check_count;
    return n;
}

static DbFailure check_all(Checking *c)
{
    CheckReport *report = &c->report;
    report->whole = true;
    report->laws.items = NEW_N(c->call->arena, LawReport, count_laws());
    report->findings.items = NEW_N(c->call->arena, Finding, LISTED_MAX);
    for (size_t i = 0; i < all.count; i++)
        for (size_t k = 0; k < all.modules[i]->check_count; k++) {
            c->law = &all.modules[i]->checks[k];
            c->count = &report->laws.items[report->laws.n++];
            c->count->law = str_from(c->law->name);
            DbFailure failure = check_law(c);
            if (failure != DB_FINE || command_cancelled(c->call)) return failure;
        }
    return DB_FINE;
}

/* ---- The command ------------------------------------------------------------------------------ */

typedef struct CheckFlags {
    RepairMode repair;
} CheckFlags;

static const char *const repair_docs[] = {"Only say what is wrong.", "Say what would be done.",
                                          "Do it."};
static const EnumNames repair_names = {
    .names = (const char *const[]){"no", "propose", "apply"}, .n = 3, .docs = repair_docs};

static const Type check_flags =
    TYPE(CheckFlags, "What to do about what is found.",
         ENUM(CheckFlags, repair, "Put right what is wrong?", repair_names, .initial = "no"));

static int finish(const Checking *c)
{
    const CheckReport *report = &c->report;
    Output *out = c->call->out;
    if (out->shape.json) {
        output_object(out, &check_report_type, report);
    } else {
        output_table(out, &law_report_type, (AnyList){report->laws.items, report->laws.n});
        if (report->findings.n) output_print(out, "\n");
        for (size_t i = 0; i < report->findings.n; i++) {
            const Finding *f = &report->findings.items[i];
            output_print(out, "%.*s  %.*s: %.*s%s\n", STR_ARG(f->law), STR_ARG(f->id),
                         STR_ARG(f->detail), f->repaired ? " (put right)" : "");
            if (f->remedy.n && !f->repaired) output_print(out, "    %.*s\n", STR_ARG(f->remedy));
        }
    }
    return report->whole ? EXIT_FINE : EXIT_FAILED;
}

static int check(CommandCall *call, const CheckFlags *flags)
{
    Checking *c = NEW(call->arena, Checking);
    *c = (Checking){.call = call, .mode = flags->repair, .arena = arena_new(ARENA_FIRST)};
    DbFailure failure = check_all(c);
    int code;
    if (failure != DB_FINE)
        code = command_fail(call, problem_of_failure(failure), "the check could not be finished");
    else
        code = command_cancelled(call) ? EXIT_CANCELLED : finish(c);
    arena_free(c->arena);
    return code;
}
COMMAND_HANDLER(check, CheckFlags)

static const Command commands[] = {
    {.name = "check",
     .summary = "Ask whether the shop's laws hold",
     .doc = "Looks for numbers that do not fit each other: stock that is not the sum of its "
            "movements, reservations that are counted wrongly. A shop that is open can be checked; "
            "what is sold meanwhile is no fault. With --repair propose it says what would be done "
            "about each, with --repair apply it does so, and writes it down in the audit trail. "
            "Ends with 1 when something is wrong and has not been put right.",
     .flags = &check_flags,
     .examples = {{"souk check", "Say whether everything is as it should be."},
                  {"souk check --repair propose", "Say what would put it right, too."},
                  {"souk check --json", "For a program that looks every night."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(check)},
};

static const AuditAction *const audits[] = {&check_repaired};

const Module check_module = {
    .name = "check",
    .doc = "Whether the shop's laws hold.",
    MODULE_ROWS(commands, command),
    MODULE_ROWS(audits, audit),
};
