#include "modules/catalog/transfer/report.h"

#include "meta/csv.h"
#include "meta/json.h"
#include "platform/cli/progress.h"

#include <inttypes.h>

enum {
    SHOWN_MAX = 50, /* remarks on a terminal; the file has all of them */
    FILE_BUFFER = 32 * 1024,
    FILE_ROW_MAX = 64 * 1024,
};

/* A remark as a row of the file, and as an object of the JSON document. */
typedef struct ReportRow {
    Str kind;
    int64_t line;
    Str handle;
    Str place;
    Str code;
    Str message;
} ReportRow;

static const Type report_row_type =
    TYPE(ReportRow, "What an import says of a product.", FIELD(ReportRow, kind, "refused or note."),
         FIELD(ReportRow, line, "Of the file."), FIELD(ReportRow, handle, "The product."),
         FIELD(ReportRow, place, "A column, or a pointer into the document."),
         FIELD(ReportRow, code, "For programs."), FIELD(ReportRow, message, "For people."));

/* ---- The file -------------------------------------------------------------------------------- */

static void flush_file(Report *r)
{
    if (r->file < 0 || !r->pending.n) return;
    if (!r->file_failed && !command_write(r->file, buf_str(&r->pending))) r->file_failed = true;
    r->pending.n = 0;
}

static void put_row(Report *r, const ReportRow *row)
{
    if (r->file < 0) return;
    if (r->pending.n > FILE_BUFFER) flush_file(r);
    csv_write_row(&r->pending, r->arena, &report_row_type, row);
}

/* ---- The user -------------------------------------------------------------------------------- */

static void show_json(Report *r, const ReportRow *row)
{
    Buf text = buf_new(r->arena, FILE_ROW_MAX);
    if (r->any) buf_lit(&text, ",");
    r->any = true;
    json_write(&text, &report_row_type, row);
    output_put(r->call->out, OUTPUT_RESULT, buf_str(&text));
}

static void show_text(Report *r, const ReportRow *row)
{
    if (++r->shown > SHOWN_MAX) return;
    bool terminal = r->call->out->shape.terminal[OUTPUT_NOTE];
    Str note = str_eq(row->kind, S("note")) ? S("note: ") : S("");
    output_note(r->call->out, "%sline %" PRId64 ": %.*s%.*s%s%.*s%s%.*s\n",
                terminal ? "\r\033[K" : "", row->line, STR_ARG(note), STR_ARG(row->handle),
                row->handle.n ? ": " : "", STR_ARG(row->place), row->place.n ? ": " : "",
                STR_ARG(row->message));
    if (r->shown == SHOWN_MAX)
        output_note(r->call->out, "more is not shown here; --report FILE has everything\n");
}

static void tell(Report *r, Str handle, const Remark *remark)
{
    ReportRow row = {.kind = remark->refusal ? S("refused") : S("note"),
                     .line = remark->line,
                     .handle = handle,
                     .place = remark->place,
                     .code = remark->code,
                     .message = remark->message};
    ArenaMark mark = arena_mark(r->arena);
    r->notes += !remark->refusal;
    put_row(r, &row);
    r->call->out->shape.json ? show_json(r, &row) : show_text(r, &row);
    arena_rewind(r->arena, mark);
}

/* ---- From outside ---------------------------------------------------------------------------- */

Report report_begin(CommandCall *call, int file)
{
    Arena *arena = arena_new(FILE_ROW_MAX);
    Report report = {.call = call,
                     .file = file,
                     .arena = arena,
                     .pending = buf_new(call->arena, FILE_BUFFER + FILE_ROW_MAX)};
    if (file >= 0) csv_write_header(&report.pending, &report_row_type);
    if (call->out->shape.json) output_put(call->out, OUTPUT_RESULT, S("{\"remarks\":["));
    return report;
}

void report_product(Report *r, Str handle, Outcome outcome, const Remarks *read,
                    const Remarks *applied)
{
    r->counts[outcome]++;
    for (size_t i = 0; i < read->n; i++) tell(r, handle, &read->items[i]);
    for (size_t i = 0; applied && i < applied->n; i++) tell(r, handle, &applied->items[i]);
}

void report_refusal(Report *r, int64_t line, const char *code, Str message)
{
    Remark remark = {.refusal = true, .line = line, .code = str_from(code), .message = message};
    r->counts[OUTCOME_REFUSED]++;
    tell(r, S(""), &remark);
}

static void end_json(Report *r, const ReportEnd *end)
{
    Buf text = buf_new(r->arena, FILE_ROW_MAX);
    buf_format(&text, "],\"dry_run\":%s", end->dry_run ? "true" : "false");
    static const char *const names[] = {"created", "updated", "unchanged", "refused"};
    for (int i = 0; i <= OUTCOME_REFUSED; i++)
        buf_format(&text, ",\"%s\":%" PRId64, names[i], r->counts[i]);
    buf_format(&text, ",\"unread_from\":%" PRId64 ",\"not_kept\":[", end->unread_from);
    for (size_t i = 0; i < end->not_kept.n; i++) {
        if (i) buf_char(&text, ',');
        json_write_str(&text, end->not_kept.items[i]);
    }
    buf_lit(&text, "]}\n");
    output_put(r->call->out, OUTPUT_RESULT, buf_str(&text));
}

static void end_text(Report *r, const ReportEnd *end)
{
    static const char *const names[] = {"created", "updated", "unchanged", "refused"};
    Output *out = r->call->out;
    if (end->not_kept.n)
        output_note(out, "not kept, since Souk has nothing of the kind: %.*s\n",
                    STR_ARG(str_join(r->arena, end->not_kept, S(", "))));
    if (end->unread_from)
        output_note(out, "from line %" PRId64 " on nothing was read\n", end->unread_from);
    if (end->dry_run) output_print(out, "nothing was stored: this was a dry run\n");
    for (int i = 0; i <= OUTCOME_REFUSED; i++)
        output_print(out, "%-10s %10s\n", names[i],
                     str_z(r->arena, number_text(r->arena, r->counts[i])));
}

bool report_end(Report *r, const ReportEnd *end)
{
    flush_file(r);
    r->call->out->shape.json ? end_json(r, end) : end_text(r, end);
    arena_free(r->arena);
    return !r->file_failed;
}
