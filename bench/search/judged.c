/* Recall@10: of ten relevant products (or of all, when there are fewer), how many stand among the
 * first ten. nDCG@10 (Järvelin and Kekäläinen 2002): the sum of (2^grade - 1) / log2(place + 1) over the
 * first ten, divided by the most that it can be. Equals stand in the order of their numbers. */
#include "judged.h"

#include "base/buf.h"
#include "modules/catalog/seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOP = 10, GRADES = 8, CLAUSES = 4, RULES_MAX = 6, FIELDS = 5 };

typedef struct Facts {
    Str fields[FIELDS];
} Facts;

static const char *const field_names[FIELDS] = {"maker", "material", "noun", "tag", "number"};

/* field=value/value */
typedef struct Clause {
    int field;
    Str values;
} Clause;

typedef struct Rule {
    int grade;
    Clause clauses[CLAUSES];
    size_t n;
} Rule;

typedef struct Judged {
    Str question;
    Rule rules[RULES_MAX];
    size_t n;
} Judged;

typedef struct Sum {
    double recall, ndcg;
    int questions;
} Sum;

typedef struct Judging {
    Arena *arena;
    Db *db;
    const Facts *facts;
    int64_t products;
    int64_t (*number_of)(Id id);
    Judged judged;
    double recall, ndcg;
    size_t found;
    Str corrected;
} Judging;

/* ---- The list -------------------------------------------------------------------------------- */

static Str trimmed_cut(Str *rest, char separator)
{
    Str head;
    str_cut(*rest, separator, &head, rest);
    return str_trim(head);
}

static bool read_clause(Str text, Clause *out)
{
    Str name = trimmed_cut(&text, '=');
    out->values = str_trim(text);
    for (out->field = 0; out->field < FIELDS; out->field++)
        if (str_eq(name, str_from(field_names[out->field]))) return out->values.n > 0;
    return false;
}

static bool read_rule(Str text, Rule *out)
{
    *out = (Rule){.grade = text.p[0] - '0'};
    if (out->grade < 1 || out->grade >= GRADES) return false;
    for (Str rest = str_slice(text, 1, text.n); rest.n;)
        if (out->n == CLAUSES || !read_clause(trimmed_cut(&rest, ','), &out->clauses[out->n++]))
            return false;
    return true;
}

static bool read_judged(Str line, Judged *out)
{
    *out = (Judged){0};
    str_cut(line, ';', &out->question, &line);
    if (str_ends(out->question, S(" "))) out->question.n--; /* the blank before the semicolon */
    while (line.n) {
        Str rule = trimmed_cut(&line, ';');
        if (!rule.n || out->n == RULES_MAX || !read_rule(rule, &out->rules[out->n++])) return false;
    }
    return out->n > 0;
}

/* ---- Relevance ------------------------------------------------------------------------------- */

static bool fits(const Clause *clause, const Facts *facts)
{
    for (Str rest = clause->values; rest.n;)
        if (str_eq(trimmed_cut(&rest, '/'), facts->fields[clause->field])) return true;
    return false;
}

static int grade_of(const Judged *judged, const Facts *facts)
{
    for (size_t i = 0; i < judged->n; i++) {
        size_t k = 0;
        while (k < judged->rules[i].n && fits(&judged->rules[i].clauses[k], facts)) k++;
        if (k == judged->rules[i].n) return judged->rules[i].grade;
    }
    return 0;
}

static Facts *read_facts(Arena *arena, int64_t products)
{
    Facts *facts = NEW_N(arena, Facts, (size_t)products + 1);
    for (int64_t n = 1; n <= products; n++) {
        Product product = seed_product(arena, n);
        Str material, rest = str_slice(product.title, product.vendor.n + 1, product.title.n);
        str_cut(rest, ' ', &material, &rest);
        facts[n] = (Facts){{product.vendor, material, product.type, product.tags.items[0],
                            str_format(arena, "%lld", (long long)n)}};
    }
    return facts;
}

static double gain(int grade, size_t place)
{
    return (exp2(grade) - 1) / log2((double)place + 2);
}

/* ---- Judging --------------------------------------------------------------------------------- */

/* The numbers of the ten best products. */
static size_t best_ten(const Judging *j, const SearchHits *hits, int64_t *numbers)
{
    int32_t scores[TOP];
    size_t n = 0;
    for (size_t i = 0; i < hits->n; i++) {
        int64_t number = j->number_of(hits->ids[i]);
        size_t at = n < TOP ? n++ : TOP;
        if (at == TOP && (hits->scores[i] < scores[TOP - 1] ||
                          (hits->scores[i] == scores[TOP - 1] && number > numbers[TOP - 1])))
            continue;
        if (at == TOP) at--;
        for (; at > 0 && (scores[at - 1] < hits->scores[i] ||
                          (scores[at - 1] == hits->scores[i] && numbers[at - 1] > number));
             at--) {
            scores[at] = scores[at - 1];
            numbers[at] = numbers[at - 1];
        }
        scores[at] = hits->scores[i];
        numbers[at] = number;
    }
    return n;
}

static bool answer(Ctx *cx, void *arg)
{
    Judging *j = arg;
    SearchHits hits = search_run(cx, "product", search_parse(cx->arena, j->judged.question, S("")));
    int64_t numbers[TOP];
    size_t n = best_ten(j, &hits, numbers), relevant = 0, with_grade[GRADES] = {0};
    for (int64_t i = 1; i <= j->products; i++) with_grade[grade_of(&j->judged, &j->facts[i])]++;
    double got = 0, most = 0;
    size_t place = 0, there = 0;
    for (int grade = GRADES - 1; grade > 0; grade--) {
        relevant += with_grade[grade];
        for (size_t i = 0; i < with_grade[grade] && place < TOP; i++) most += gain(grade, place++);
    }
    for (size_t i = 0; i < n; i++) {
        int grade = grade_of(&j->judged, &j->facts[numbers[i]]);
        got += gain(grade, i);
        there += grade > 0;
    }
    if (!relevant) return false;
    j->recall = (double)there / (double)(relevant < TOP ? relevant : TOP);
    j->ndcg = got / most;
    j->found = hits.n;
    j->corrected = str_copy(j->arena, hits.corrected);
    return true;
}

static void print_sum(const char *name, const Sum *sum)
{
    if (sum->questions)
        printf("%-40s %4d questions   recall@10 %.3f   nDCG@10 %.3f\n", name, sum->questions,
               sum->recall / sum->questions, sum->ndcg / sum->questions);
}

static bool judge_line(Judging *j, Str line, bool verbose, Sum *group, Sum *all)
{
    Arena *arena = arena_new(1 << 20);
    Ctx cx = {.arena = arena, .clock = &clock_system, .random = &random_system};
    j->recall = -1;
    bool well = read_judged(line, &j->judged) &&
                db_run(j->db, TX_READ, &cx, answer, j) == DB_FINE && j->recall >= 0;
    arena_free(arena);
    if (!well) {
        fprintf(stderr, "not a judged question, or nothing is relevant: %.*s\n", STR_ARG(line));
        return false;
    }
    Sum *sums[] = {group, all};
    for (int i = 0; i < 2; i++) {
        sums[i]->recall += j->recall;
        sums[i]->ndcg += j->ndcg;
        sums[i]->questions++;
    }
    if (verbose)
        printf("  %.2f %.2f %6zu  %.*s%s%.*s\n", j->recall, j->ndcg, j->found,
               STR_ARG(j->judged.question), j->corrected.n ? " -> " : "", STR_ARG(j->corrected));
    return true;
}

static Str read_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "r");
    Buf text = buf_new(arena, 1 << 20);
    for (size_t n = 1; file && n > 0 && buf_reserve(&text, 4096); text.n += n)
        n = fread(text.p + text.n, 1, 4096, file);
    if (file) fclose(file);
    return buf_str(&text);
}

bool judge(Db *db, const char *path, int64_t products, bool verbose, int64_t (*number_of)(Id id))
{
    Arena *arena = arena_new(1 << 20);
    Judging j = {.arena = arena, .db = db, .products = products, .number_of = number_of};
    j.facts = read_facts(arena, products);
    Sum group = {0}, all = {0};
    char name[64] = "";
    bool well = true;
    Str line, rest = read_file(arena, path);
    while (rest.n && well) {
        str_cut(rest, '\n', &line, &rest);
        if (str_starts(line, S("## "))) {
            print_sum(name, &group);
            group = (Sum){0};
            snprintf(name, sizeof name, "%.*s", STR_ARG(str_slice(line, 3, line.n)));
        } else if (line.n && line.p[0] != '#') {
            well = judge_line(&j, line, verbose, &group, &all);
        }
    }
    print_sum(name, &group);
    print_sum("all", &all);
    arena_free(arena);
    return well && all.questions > 0;
}
