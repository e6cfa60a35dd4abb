/* The two text formats of a scrape. They differ where a counter's "_total" belongs (to its sample
 * in OpenMetrics, to its family too in Prometheus text), in the UNIT line and in the EOF mark;
 * bounds are written with a point in both
 * ("1.0"), so that a server that switches formats keeps its series.
 *
 * Sources: Prometheus exposition formats, text 0.0.4; OpenMetrics 1.0.0, "Overall Structure" and
 * "Canonical Numbers". */
#include "platform/telemetry/metrics_registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Writer {
    Buf *out;
    bool openmetrics;
    const MetricFamily *family;
    Str base; /* the family's name, without "_total" for counters */
} Writer;

/* The shortest decimal that reads back as the same number. */
static void put_number(Buf *out, double value)
{
    if (isnan(value)) {
        buf_lit(out, "NaN");
    } else if (isinf(value)) {
        buf_put(out, value > 0 ? S("+Inf") : S("-Inf"));
    } else {
        char text[32];
        int n = 0;
        for (int digits = 15; digits <= 17; digits++) {
            n = snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value) break;
        }
        buf_bytes(out, text, (size_t)n);
    }
}

static void put_bound(Buf *out, double bound)
{
    put_number(out, bound);
    if (bound == floor(bound) && fabs(bound) < 1e15) buf_lit(out, ".0");
}

/* "name_suffix{labels,le="bound"} ", each part only where it is. */
static void put_sample(const Writer *w, Str suffix, Str labels, const double *bound)
{
    buf_put(w->out, w->base);
    buf_put(w->out, suffix);
    if (labels.n || bound) {
        buf_char(w->out, '{');
        buf_put(w->out, labels);
        if (labels.n && bound) buf_char(w->out, ',');
        if (bound) {
            buf_lit(w->out, "le=\"");
            put_bound(w->out, *bound);
            buf_char(w->out, '"');
        }
        buf_char(w->out, '}');
    }
    buf_char(w->out, ' ');
}

static void put_count(Buf *out, uint64_t count)
{
    buf_int(out, (int64_t)count);
    buf_char(out, '\n');
}

static void put_histogram(const Writer *w, const SeriesEntry *series)
{
    uint64_t below = 0;
    for (int i = 0; i <= w->family->bound_count; i++) {
        double bound = i < w->family->bound_count ? w->family->bounds[i] : HUGE_VAL;
        below += metrics_slot_sum(series->at + (uint32_t)i);
        put_sample(w, S("_bucket"), series->labels, &bound);
        put_count(w->out, below);
    }
    put_sample(w, S("_sum"), series->labels, NULL);
    put_number(w->out, metrics_histogram_sum(series, w->family));
    buf_char(w->out, '\n');
    put_sample(w, S("_count"), series->labels, NULL);
    put_count(w->out, below);
}

static void put_series(const Writer *w, const SeriesEntry *series)
{
    if (w->family->kind == METRIC_HISTOGRAM) {
        put_histogram(w, series);
        return;
    }
    put_sample(w, w->family->kind == METRIC_COUNTER ? S("_total") : S(""), series->labels, NULL);
    if (series->read) {
        put_number(w->out, series->read(series->arg));
        buf_char(w->out, '\n');
    } else {
        put_count(w->out, metrics_slot_sum(series->at));
    }
}

/* The line "# KEYWORD name text", where Prometheus text has a counter's full name. Backslash and
 * newline are escaped; OpenMetrics wants the quote escaped too. */
static void put_comment(const Writer *w, Str keyword, const char *text)
{
    buf_lit(w->out, "# ");
    buf_put(w->out, keyword);
    buf_char(w->out, ' ');
    buf_put(w->out, w->openmetrics ? w->base : str_from(w->family->name));
    buf_char(w->out, ' ');
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            buf_lit(w->out, "\\n");
        else if (*c == '\\' || (*c == '"' && w->openmetrics))
            buf_char(w->out, '\\'), buf_char(w->out, *c);
        else
            buf_char(w->out, *c);
    }
    buf_char(w->out, '\n');
}

static void put_unit(const Writer *w)
{
    static const char *const endings[] = {"_seconds", "_bytes", "_ratio"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (str_ends(w->base, str_from(endings[i]))) put_comment(w, S("UNIT"), endings[i] + 1);
}

static void put_family(Writer *w, const FamilyEntry *entry)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    w->family = entry->family;
    w->base = str_from(entry->family->name);
    if (entry->family->kind == METRIC_COUNTER) w->base.n -= strlen("_total");
    put_comment(w, S("HELP"), entry->family->doc);
    put_comment(w, S("TYPE"), kinds[entry->family->kind]);
    if (w->openmetrics) put_unit(w);
    for (const SeriesEntry *series = entry->first; series; series = series->next)
        put_series(w, series);
}

void metrics_write(Buf *out, bool openmetrics)
{
    Writer w = {.out = out, .openmetrics = openmetrics};
    for (const FamilyEntry *entry = metrics_lock(); entry; entry = entry->next)
        put_family(&w, entry);
    metrics_unlock();
    if (openmetrics) buf_lit(out, "# EOF\n");
}
