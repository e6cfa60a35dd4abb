#include "platform/cli/progress.h"

#include "base/time.h"

enum {
    DRAW_US = 100 * 1000,
    SMOOTH_US = 10 * 1000 * 1000,
    SECOND_US = 1000 * 1000,
    BAR_MIN = 8,
    BAR_MAX = 40,
};

Str number_text(Arena *arena, int64_t number)
{
    Buf digits = buf_new(arena, 32), out = buf_new(arena, 32);
    buf_int(&digits, number);
    size_t sign = number < 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (i > sign && (digits.n - i) % 3 == 0) buf_char(&out, ',');
        buf_char(&out, digits.p[i]);
    }
    return buf_str(&out);
}

/* "7.6 s", "2 min 5 s", "3 h 12 min": what a person wants to know, not more. */
static Str duration_text(Arena *arena, int64_t us)
{
    int64_t s = us / SECOND_US;
    if (s < 60) return str_format(arena, "%ld.%ld s", (long)s, (long)(us / DRAW_US % 10));
    if (s < 3600) return str_format(arena, "%ld min %ld s", (long)(s / 60), (long)(s % 60));
    return str_format(arena, "%ld h %ld min", (long)(s / 3600), (long)(s / 60 % 60));
}

static Str whole_seconds(Arena *arena, double seconds)
{
    if (seconds > 99.0 * 3600) return S("days");
    if (seconds < 60) return str_format(arena, "%ld s", (long)(seconds + 0.5));
    return duration_text(arena, (int64_t)seconds * SECOND_US);
}

Str progress_line(Arena *arena, const Progress *progress, int columns)
{
    Str done = number_text(arena, progress->done),
        rate = number_text(arena, (int64_t)progress->rate);
    Buf tail = buf_new(arena, 1000), line = buf_new(arena, 4000);
    buf_put(&tail, done);
    if (progress->total > 0)
        buf_format(&tail, "/%.*s", STR_ARG(number_text(arena, progress->total)));
    if (progress->rate > 0) buf_format(&tail, "  %.*s/s", STR_ARG(rate));
    int64_t left = progress->total - progress->done;
    if (progress->rate > 0 && left > 0) {
        Str time = whole_seconds(arena, (double)left / progress->rate);
        buf_format(&tail, "  %.*s left", STR_ARG(time));
    }
    buf_format(&line, "%s  ", progress->noun);
    if (progress->total > 0) {
        double share = (double)progress->done / (double)progress->total;
        if (share > 1) share = 1;
        buf_format(&line, "%3d%%  ", (int)(share * 100));
        int bar = columns - (int)line.n - (int)tail.n - 4;
        if (bar > BAR_MAX) bar = BAR_MAX;
        if (bar >= BAR_MIN) {
            buf_char(&line, '[');
            for (int i = 0; i < bar; i++) buf_char(&line, i < (int)(share * bar) ? '#' : '-');
            buf_lit(&line, "]  ");
        }
    }
    buf_put(&line, buf_str(&tail));
    return str_slice(buf_str(&line), 0, columns > 0 ? (size_t)columns : 0);
}

Progress progress_start_at(Output *out, const char *noun, int64_t total, int64_t now_us)
{
    return (Progress){
        .out = out, .noun = noun, .total = total, .began_us = now_us, .drawn_us = now_us};
}

/* The rate of the last interval joins the smoothed one with the weight of its length: the true
 * average at first, an exponential one with a memory of ten seconds later. */
static void update_rate(Progress *progress, int64_t now_us)
{
    double interval = (double)(now_us - progress->drawn_us);
    int64_t age = now_us - progress->began_us;
    double memory = (double)(age < SMOOTH_US ? age : SMOOTH_US);
    double rate = (double)(progress->done - progress->drawn_done) / interval * SECOND_US;
    double weight = interval < memory ? interval / memory : 1;
    progress->rate += (rate - progress->rate) * weight;
    progress->drawn_us = now_us;
    progress->drawn_done = progress->done;
}

void progress_add_at(Progress *progress, int64_t n, int64_t now_us)
{
    progress->done += n;
    Output *out = progress->out;
    if (!out->shape.terminal[OUTPUT_NOTE] || now_us - progress->drawn_us < DRAW_US) return;
    update_rate(progress, now_us);
    ArenaMark mark = arena_mark(out->arena);
    /* The last column stays free: some terminals wrap when it is written. "ESC [ K" clears what the
     * line before had more. */
    Str line = progress_line(out->arena, progress, out->shape.columns - 1);
    output_note(out, "\r%.*s\033[K", STR_ARG(line));
    arena_rewind(out->arena, mark);
}

void progress_end_at(Progress *progress, int64_t now_us)
{
    Output *out = progress->out;
    ArenaMark mark = arena_mark(out->arena);
    int64_t took = now_us - progress->began_us;
    double rate = took > 0 ? (double)progress->done / (double)took * SECOND_US : 0;
    output_note(
        out, "%s%.*s %s in %.*s (%.*s/s)\n", out->shape.terminal[OUTPUT_NOTE] ? "\r\033[K" : "",
        STR_ARG(number_text(out->arena, progress->done)), progress->noun,
        STR_ARG(duration_text(out->arena, took)), STR_ARG(number_text(out->arena, (int64_t)rate)));
    arena_rewind(out->arena, mark);
}

Progress progress_start(Output *out, const char *noun, int64_t total)
{
    return progress_start_at(out, noun, total, monotonic_us());
}

void progress_add(Progress *progress, int64_t n)
{
    progress_add_at(progress, n, monotonic_us());
}

void progress_end(Progress *progress)
{
    progress_end_at(progress, monotonic_us());
}
