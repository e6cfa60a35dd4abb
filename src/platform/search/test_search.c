/* The index and the questions to it, the same table of cases on both databases. */
#include "platform/search/search.h"

#include "platform/db/test_world.h"

/* ---- A small shop ---------------------------------------------------------------------------- */

typedef struct Thing {
    int64_t id;
    const char *title;
    const char *tags[4];
    const char *body;
    const char *codes[3];
    const char *german;
} Thing;

static const Thing things[] = {
    {1,
     "Alder Oak Desk Lamp",
     {"lighting", "oak"},
     "A **quiet** companion.",
     {"DL-000123-1"},
     NULL},
    {2,
     "Floor Lamp",
     {"lighting", "brass"},
     "Stands beside a desk. Made of brass.",
     {"FL-7"},
     "Stehlampe"},
    {3, "Oak Side Table", {"furniture", "oak"}, "A lamp fits on it.", {"4006381333931"}, NULL},
    {4, "Crème Brûlée Dish", {"kitchen"}, "For six.", {0}, NULL},
    {5,
     "Running Shoes",
     {"shoes"},
     "They run well. Runners love them.",
     {0},
     "Laufschuhe für Läufer"},
    {6, "T-Shirt", {"clothing"}, "A shirt of cotton, 150 g.", {0}, NULL},
    {7, "Olive Oil 500 ml", {"food"}, "Cold pressed.", {0}, "Olivenöl 500 ml"},
    {8, "Chef's Knife", {"kitchen"}, "A knife for chefs.", {0}, "Kochmesser"},
    {9, "Lampshade", {"lighting"}, "For lamps of brass.", {0}, NULL},
    {10, "東京タワー ポスター", {"paper"}, "", {0}, NULL},
    {11, "Bookshelf", {"furniture"}, "Of oak, for many books.", {0}, NULL},
    {12, "Teapot", {"kitchen"}, "The lid of the pot stays on.", {0}, NULL},
    {13, "Lamp", {"lighting"}, "Plain.", {0}, NULL},
};

enum { THINGS = sizeof things / sizeof *things };

static StrList list_of(Arena *arena, const char *const *items, size_t max)
{
    StrList list = {NEW_N(arena, Str, max), 0};
    for (size_t i = 0; i < max && items[i]; i++) list.items[list.n++] = str_from(items[i]);
    return list;
}

static void put_thing(Ctx *cx, const Thing *thing)
{
    SearchText texts[2] = {
        {S(""), str_from(thing->title), list_of(cx->arena, thing->tags, 4), str_from(thing->body)},
        {S("de"), str_from(thing->german), {0}, S("")}};
    search_put(cx, "product", (Id){thing->id}, (SearchTextList){texts, thing->german ? 2 : 1},
               list_of(cx->arena, thing->codes, 3));
}

static bool fill(Ctx *cx, void *arg)
{
    (void)arg;
    for (int i = 0; i < THINGS; i++) put_thing(cx, &things[i]);
    SearchText article = {S(""), S("Oak and how to oil it"), {0}, S("An article about a lamp.")};
    search_put(cx, "article", (Id){99}, (SearchTextList){&article, 1}, (StrList){0});
    return true;
}

static World *shop(void **state)
{
    World *w = world_of(state);
    Str detail = S("");
    int applied;
    const Error *error = db_migrate(w->db, &w->cx, search_module.migrations,
                                    search_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    RUN(w, TX_WRITE, fill, NULL);
    return w;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

typedef struct Question {
    const char *q, *locale, *kind;
    SearchHits hits;
    int64_t ids[32]; /* best first, then by id */
} Question;

static bool ask(Ctx *cx, void *arg)
{
    Question *a = arg;
    const SearchQuery *query = search_parse(cx->arena, str_from(a->q), str_from(a->locale));
    a->hits = search_run(cx, a->kind ? a->kind : "product", query);
    WANT(a->hits.n < 32);
    for (size_t i = 0; i < a->hits.n; i++) {
        size_t at = i;
        for (; at > 0; at--) {
            size_t other = 0;
            while (a->hits.ids[other].n != a->ids[at - 1]) other++;
            int32_t score = a->hits.scores[i], before = a->hits.scores[other];
            if (before > score || (before == score && a->ids[at - 1] < a->hits.ids[i].n)) break;
            a->ids[at] = a->ids[at - 1];
        }
        a->ids[at] = a->hits.ids[i].n;
    }
    return true;
}

typedef struct Case {
    const char *q;
    int64_t ids[8]; /* best first; equals by id */
    const char *corrected, *locale;
} Case;

static const Case cases[] = {
    /* words, places, order */
    {"lamp", {13, 1, 2, 3, 9}, NULL, NULL},
    {"lamps", {13, 1, 2, 3, 9}, NULL, NULL},
    {"oak", {3, 1, 11}, NULL, NULL},
    {"desk lamp", {1, 2}, NULL, NULL},
    {"lamp desk", {1, 2}, NULL, NULL},
    {"floor lamp", {2}, NULL, NULL},
    {"lighting", {1, 2, 9, 13}, NULL, NULL},
    {"LIGHTING  brass", {2, 9}, NULL, NULL},
    {"quiet", {1}, NULL, NULL},
    {"nothing of this", {0}, NULL, NULL},
    /* stems */
    {"run", {5}, NULL, NULL},
    {"runner", {5}, NULL, NULL},
    {"shoe", {5}, NULL, NULL},
    {"books", {11}, NULL, NULL},
    {"chef", {8}, NULL, NULL},
    {"chef's knifes", {8}, NULL, NULL},
    {"chef’s", {8}, NULL, NULL},
    /* accents */
    {"creme brulee", {4}, NULL, NULL},
    {"CRÈME BRÛLÉE", {4}, NULL, NULL},
    {"cre\xCC\x80me", {4}, NULL, NULL},
    /* beginnings: in titles and tags, of the last word, when no blank follows */
    {"la", {1, 2, 9, 13}, NULL, NULL},
    {"lampsh", {9}, NULL, NULL},
    {"lampsh ", {13, 1, 2, 3, 9}, "lamps", NULL},
    {"fur", {3, 11}, NULL, NULL},
    {"compani", {0}, NULL, NULL},
    /* phrases */
    {"\"oak desk\"", {1}, NULL, NULL},
    {"\"desk oak\"", {0}, NULL, NULL},
    {"\"made of brass\"", {2}, NULL, NULL},
    {"\"lighting oak\"", {0}, NULL, NULL},
    {"\"desk lamp lighting\"", {0}, NULL, NULL},
    {"\"oak desk\" lamp", {1}, NULL, NULL},
    {"“oak desk” lamp", {1}, NULL, NULL},
    {"\"lamp", {13, 1, 2, 3, 9}, NULL, NULL},
    /* exclusions */
    {"lamp -desk", {13, 3, 9}, NULL, NULL},
    {"lamp -desks -shade", {13, 3, 9}, NULL, NULL},
    {"lamp -\"floor lamp\"", {13, 1, 3, 9}, NULL, NULL},
    {"lamp -\"lamp floor\"", {13, 1, 2, 3, 9}, NULL, NULL},
    {"-lamp", {0}, NULL, NULL},
    /* small words */
    {"the lamp of brass", {2, 9}, NULL, NULL},
    {"the", {12}, NULL, NULL},
    /* hyphens, numbers */
    {"t-shirt", {6}, NULL, NULL},
    {"tshirts", {6}, NULL, NULL},
    {"shirt", {6}, NULL, NULL},
    {"500ml", {7}, NULL, NULL},
    {"oil 500 ml", {7}, NULL, NULL},
    {"150g cotton", {6}, NULL, NULL},
    /* codes */
    {"DL-000123-1", {1}, NULL, NULL},
    {"dl0001231", {1}, NULL, NULL},
    {"dl 0001", {1}, NULL, NULL},
    {"4006381333931", {3}, NULL, NULL},
    {"40063", {3}, NULL, NULL},
    {"fl-7", {2}, NULL, NULL},
    /* scripts without blanks */
    {"東京", {10}, NULL, NULL},
    {"京", {10}, NULL, NULL},
    {"東", {10}, NULL, NULL},
    {"タワー", {10}, NULL, NULL},
    {"ﾀﾜｰ", {10}, NULL, NULL},
    {"ー", {10}, NULL, NULL},
    {"京東", {0}, NULL, NULL},
    /* languages */
    {"stehlampe", {2}, NULL, "de"},
    {"stehlampe", {0}, NULL, NULL},
    {"stehlampe lighting", {2}, NULL, "de"},
    {"Stehlampen", {2}, NULL, "DE"},
    {"olivenol", {7}, NULL, "de"},
    {"laufer", {5}, NULL, "de"},
    {"olive oil", {7}, NULL, "de"},
    {"floor -stehlampe", {0}, NULL, "de"},
    {"lamp", {13, 1, 2, 3, 9}, NULL, "fr"},
    /* slips */
    {"lapm", {13, 1, 2, 3, 9}, "lamp", NULL},
    {"dsek lamp", {1, 2}, "desk lamp", NULL},
    {"kitchne", {4, 8, 12}, "kitchen", NULL},
    {"furnituer oak", {3, 11}, "furniture oak", NULL},
    {"companoin", {1}, "companion", NULL},
    {"book shelf", {11}, "bookshelf", NULL},
    {"tea pot", {12}, "teapot", NULL},
    {"desklamp", {1, 2}, "desk lamp", NULL},
    {"xyzzy lamp", {13, 1, 2, 3, 9}, "lamp", NULL},
    {"xyzzy", {0}, NULL, NULL},
    {"lapm -floor", {13, 1, 3, 9}, "lamp -floor", NULL},
    /* nothing to look for */
    {"", {0}, NULL, NULL},
    {"   ", {0}, NULL, NULL},
    {"--- \"\" ***", {0}, NULL, NULL},
};

static Str ids_text(Arena *arena, const int64_t *ids, size_t n)
{
    Buf out = buf_new(arena, 1000);
    for (size_t i = 0; i < n; i++) buf_format(&out, "%lld ", (long long)ids[i]);
    return buf_str(&out);
}

static void finds_the_same_everywhere(void **state)
{
    World *w = shop(state);
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Question a = {.q = cases[i].q, .locale = cases[i].locale};
        RUN(w, TX_READ, ask, &a);
        size_t n = 0;
        while (n < 8 && cases[i].ids[n]) n++;
        Str got = ids_text(w->arena, a.ids, a.hits.n), want = ids_text(w->arena, cases[i].ids, n);
        bool same = str_eq(got, want) && str_eq(a.hits.corrected, str_from(cases[i].corrected));
        if (!same)
            print_error("%s (%s): got %.*s'%.*s', not %.*s'%s'\n", cases[i].q,
                        cases[i].locale ? cases[i].locale : "", STR_ARG(got),
                        STR_ARG(a.hits.corrected), STR_ARG(want),
                        cases[i].corrected ? cases[i].corrected : "");
        wrong += !same;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(finds_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
