/* What an import says of itself: counts, what was refused and why, what was not kept. Remarks come as
 * they are found, so the report needs no memory. */
#ifndef MODULES_CATALOG_TRANSFER_REPORT_H
#define MODULES_CATALOG_TRANSFER_REPORT_H

#include "modules/catalog/transfer/apply.h"
#include "platform/cli/cli.h"

typedef struct Report {
    CommandCall *call;
    int file; /* a CSV of all remarks; -1: none */
    Arena *arena;
    Buf pending; /* of the file */
    bool file_failed;
    int64_t counts[OUTCOME_REFUSED + 1];
    int64_t notes, shown;
    bool any; /* a remark stands in the JSON document */
} Report;

/* How an import ended, for the summary. */
typedef struct ReportEnd {
    bool dry_run;
    int64_t unread_from; /* the line from which on nothing was read; 0: all was */
    StrList not_kept;    /* columns that the file has and Souk has not */
} ReportEnd;

Report report_begin(CommandCall *call, int file);

/* A product; `remarks` has what was said while it was read, `applied` while it was written. */
void report_product(Report *report, Str handle, Outcome outcome, const Remarks *read,
                    const Remarks *applied);

/* Something that is no product: a row that nobody knows what to do with. */
void report_refusal(Report *report, int64_t line, const char *code, Str message);

/* Prints the summary. False when the file of the report could not be written. */
bool report_end(Report *report, const ReportEnd *end);

#endif
