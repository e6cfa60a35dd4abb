#include "plan.h"

#include <math.h>

typedef struct PlanAlias {
    float keep;     /* chance that a draw of this entry stays here */
    uint32_t other; /* where it goes otherwise */
} PlanAlias;

uint64_t chance_next(Chance *chance)
{
    uint64_t z = chance->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t chance_below(Chance *chance, size_t bound)
{
    return (size_t)(((unsigned __int128)chance_next(chance) * bound) >> 64);
}

/* The index of the next hole at or after `from`, or s.n. */
static size_t find_hole(Str s, size_t from)
{
    for (size_t i = from; i + 2 < s.n; i++)
        if (s.p[i] == '{' && (s.p[i + 1] == 'n' || s.p[i + 1] == 'r') && s.p[i + 2] == '}')
            return i;
    return s.n;
}

Template template_parse(Arena *arena, Str text)
{
    size_t holes = 0;
    for (size_t at = find_hole(text, 0); at < text.n; at = find_hole(text, at + 3)) holes++;
    Template t = {{NEW_N(arena, Str, 2 * holes + 1), 2 * holes + 1}};
    size_t from = 0;
    for (size_t i = 0; i < t.pieces.n; i++) {
        size_t hole = find_hole(text, from);
        t.pieces.items[i] = str_slice(text, from, hole);
        if (++i < t.pieces.n) t.pieces.items[i] = str_slice(text, hole, hole + 3);
        from = hole + 3;
    }
    return t;
}

static void template_write(const Template *t, uint64_t number, Chance *chance, Buf *out)
{
    for (size_t i = 0; i < t->pieces.n; i++) {
        Str piece = t->pieces.items[i];
        if (i % 2 == 0)
            buf_put(out, piece);
        else
            buf_int(out, (int64_t)(piece.p[1] == 'n' ? number : chance_next(chance) >> 33));
    }
}

StrList plan_lines(Arena *arena, Str text)
{
    size_t count = 0;
    for (Str line, rest = text; rest.n > 0;) {
        str_cut(rest, '\n', &line, &rest);
        count += line.n > 0;
    }
    StrList list = {NEW_N(arena, Str, count + 1), 0};
    for (Str line, rest = text; rest.n > 0;) {
        str_cut(rest, '\n', &line, &rest);
        if (line.n > 0) list.items[list.n++] = line;
    }
    return list;
}

/* Vose, "A linear algorithm for generating random numbers with a given distribution" (1991):
 * entries lighter than the average are filled up from heavier ones, so that a draw costs one number
 * and one look. */
static PlanAlias *alias_build(Arena *arena, const double *weights, size_t n)
{
    PlanAlias *table = NEW_N(arena, PlanAlias, n);
    double *scaled = NEW_N(arena, double, n);
    uint32_t *small = NEW_N(arena, uint32_t, n), *large = NEW_N(arena, uint32_t, n);
    size_t smalls = 0, larges = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += weights[i];
    for (size_t i = 0; i < n; i++) {
        scaled[i] = weights[i] * (double)n / sum;
        if (scaled[i] < 1)
            small[smalls++] = (uint32_t)i;
        else
            large[larges++] = (uint32_t)i;
    }
    while (smalls && larges) {
        uint32_t s = small[--smalls], l = large[larges - 1];
        table[s] = (PlanAlias){(float)scaled[s], l};
        scaled[l] -= 1 - scaled[s];
        if (scaled[l] >= 1) continue;
        larges--;
        small[smalls++] = l;
    }
    while (larges) table[large[--larges]] = (PlanAlias){1, 0};
    while (smalls) table[small[--smalls]] = (PlanAlias){1, 0}; /* left over by rounding only */
    return table;
}

void plan_use_zipf(Arena *arena, Plan *plan, double exponent)
{
    size_t n = plan->paths.n;
    double *weights = NEW_N(arena, double, n);
    for (size_t i = 0; i < n; i++) weights[i] = pow((double)(i + 1), -exponent);
    Chance chance = {20240101};
    for (size_t i = n; i > 1; i--) { /* Fisher-Yates */
        size_t j = chance_below(&chance, i);
        double kept = weights[i - 1];
        weights[i - 1] = weights[j];
        weights[j] = kept;
    }
    plan->alias = alias_build(arena, weights, n);
}

static size_t pick_any(const Plan *plan, Chance *chance)
{
    if (plan->paths.n == 1) return 0;
    size_t at = chance_below(chance, plan->paths.n);
    if (!plan->alias) return at;
    float draw = (float)(chance_next(chance) >> 40) / (float)(1 << 24);
    return draw < plan->alias[at].keep ? at : plan->alias[at].other;
}

bool plan_pick(const Plan *plan, uint64_t turn, Chance *chance, size_t *path)
{
    if (plan->once && turn >= plan->paths.n) return false;
    *path = plan->once ? (size_t)turn : pick_any(plan, chance);
    return true;
}

void plan_write(const Plan *plan, size_t path, uint64_t number, Chance *chance, Buf *out)
{
    Str target, header;
    str_cut(plan->paths.items[path], '\t', &target, &header);
    buf_put(out, plan->method);
    buf_char(out, ' ');
    buf_put(out, target);
    template_write(&plan->head, number, chance, out);
    if (header.n) {
        buf_put(out, header);
        buf_lit(out, "\r\n");
    }
    if (!plan->has_body) {
        buf_lit(out, "\r\n");
        return;
    }
    /* The length stands before the body that is not yet written: leave five digits and fill them
     * in. */
    buf_lit(out, "Content-Length: ");
    size_t length_at = out->n;
    buf_lit(out, "00000\r\n\r\n");
    size_t body_at = out->n;
    template_write(&plan->body, number, chance, out);
    size_t length = out->n - body_at;
    for (size_t i = 5; i-- > 0; length /= 10) out->p[length_at + i] = (char)('0' + length % 10);
}
