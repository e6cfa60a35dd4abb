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
    int statements;
} Question;

static bool ask(Ctx *cx, void *arg)
{
    Question *a = arg;
    const SearchQuery *query = search_parse(cx->arena, str_from(a->q), str_from(a->locale));
    a->statements = -cx->cost.statements;
    a->hits = search_run(cx, a->kind ? a->kind : "product", query);
    a->statements += cx->cost.statements;
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

/* ---- Objects that change --------------------------------------------------------------------- */

static SearchHits hits_for(World *w, const char *q)
{
    Question a = {.q = q};
    RUN(w, TX_READ, ask, &a);
    return a.hits;
}

static bool put_lamp(Ctx *cx, void *title)
{
    SearchText text = {S(""), str_from(title), {0}, S("")};
    search_put(cx, "product", (Id){13}, (SearchTextList){&text, 1}, (StrList){0});
    return true;
}

static bool put_and_regret(Ctx *cx, void *title)
{
    put_lamp(cx, title);
    return false;
}

static bool remove_lamp(Ctx *cx, void *arg)
{
    search_remove(cx, arg, (Id){13});
    return true;
}

static void what_is_put_replaces_what_was_there(void **state)
{
    World *w = shop(state);
    RUN(w, TX_WRITE, put_lamp, "Candlestick");
    assert_int_equal(hits_for(w, "candlestick").n, 1);
    assert_int_equal(hits_for(w, "plain").n, 0);
    assert_int_equal(hits_for(w, "lighting").n, 3);
    RUN(w, TX_WRITE, put_lamp, "Lamp");
    assert_int_equal(hits_for(w, "candlestick").n, 0);
    assert_int_equal(hits_for(w, "lamp").n, 5);
}

static void what_is_removed_is_gone(void **state)
{
    World *w = shop(state);
    RUN(w, TX_WRITE, remove_lamp, "article"); /* another kind's */
    assert_int_equal(hits_for(w, "lamp").n, 5);
    RUN(w, TX_WRITE, remove_lamp, "product");
    assert_int_equal(hits_for(w, "lamp").n, 4);
    RUN(w, TX_WRITE, remove_lamp, "product"); /* and again */
    assert_int_equal(hits_for(w, "lamp").n, 4);
    RUN(w, TX_WRITE, put_lamp, "Lamp");
    assert_int_equal(hits_for(w, "lamp").n, 5);
}

static void what_is_rolled_back_was_never_there(void **state)
{
    World *w = shop(state);
    RUN(w, TX_WRITE, put_and_regret, "Candlestick");
    assert_int_equal(hits_for(w, "candlestick").n, 0);
    assert_int_equal(hits_for(w, "plain").n, 1);
    assert_int_equal(hits_for(w, "candlestikc").n, 0); /* nor is the word known */
    RUN(w, TX_WRITE, put_lamp, "Candlestick");
    assert_true(str_eq(hits_for(w, "candlestikc").corrected, S("candlestick")));
}

static bool put_twice(Ctx *cx, void *arg)
{
    int *statements = arg;
    put_lamp(cx, "Candlestick");
    int before = cx->cost.statements;
    put_lamp(cx, "Candlestick");
    *statements = cx->cost.statements - before;
    return true;
}

/* One statement finds out that nothing has changed. (On PostgreSQL it also says what would have.) */
static void the_same_again_costs_one_statement(void **state)
{
    World *w = shop(state);
    int statements = 0;
    RUN(w, TX_WRITE, put_twice, &statements);
    /* On PostgreSQL the word is no news any more only after the commit. */
    assert_int_equal(statements, db_driver(w->db) == DB_SQLITE ? 1 : 2);
}

static void kinds_are_apart(void **state)
{
    World *w = shop(state);
    Question a = {.q = "lamp", .kind = "article"};
    RUN(w, TX_READ, ask, &a);
    assert_int_equal(a.hits.n, 1);
    assert_int_equal(a.ids[0], 99);
    a.q = "about artcile";
    RUN(w, TX_READ, ask, &a);
    assert_true(str_eq(a.hits.corrected, S("about article")));
    assert_int_equal(hits_for(w, "artcile").n, 0);
}

static bool put_long(Ctx *cx, void *arg)
{
    (void)arg;
    Buf body = buf_new(cx->arena, 1 << 20), title = buf_new(cx->arena, 1 << 16);
    for (int i = 0; i < SEARCH_BODY_WORDS_MAX + 10; i++) buf_format(&body, "body%d ", i);
    for (int i = 0; i < 100; i++) buf_format(&title, "title%d ", i);
    Str tags[100], codes[2] = {S("x-1"), S("")};
    for (int i = 0; i < 100; i++) tags[i] = str_format(cx->arena, "tag%d", i);
    SearchText text = {S(""), buf_str(&title), {tags, 100}, buf_str(&body)};
    search_put(cx, "product", (Id){50}, (SearchTextList){&text, 1}, (StrList){codes, 2});
    return true;
}

/* What has no room among the words of the title or the tags is found as description. */
static void long_texts_are_cut(void **state)
{
    World *w = shop(state);
    RUN(w, TX_WRITE, put_long, NULL);
    assert_int_equal(hits_for(w, "body0 ").n, 1);
    assert_int_equal(hits_for(w, "title99 ").n, 1);
    assert_int_equal(hits_for(w, "tag99 ").n, 1);
    assert_int_equal(hits_for(w, "\"title98 title99\"").n, 1);
    assert_true(hits_for(w, "title1 ").scores[0] > hits_for(w, "title99 ").scores[0]);
    assert_true(hits_for(w, "tag1 ").scores[0] > hits_for(w, "tag99 ").scores[0]);
    assert_int_equal(hits_for(w, "body3800 ").n, 1);
    assert_int_equal(hits_for(w, "body4009 ").n, 0);
}

/* ---- In memory ------------------------------------------------------------------------------- */

/* Asks until no statement is needed; PostgreSQL reads one list with each question that was asked before. */
static SearchHits ask_from_memory(World *w, const char *q)
{
    enum { TIMES = 12 };
    Question a = {.q = q, .statements = 1};
    size_t first = 0;
    for (int i = 0; i < TIMES && a.statements; i++) {
        RUN(w, TX_READ, ask, &a);
        if (i == 0) first = a.hits.n;
        assert_int_equal(a.hits.n, first);
    }
    assert_int_equal(a.statements, 0);
    return a.hits;
}

static void what_is_asked_again_is_in_memory(void **state)
{
    World *w = shop(state);
    assert_int_equal(ask_from_memory(w, "lamp").n, 5);
    assert_int_equal(ask_from_memory(w, "desk lamp -floor").n, 1);
    assert_int_equal(ask_from_memory(w, "\"made of brass\" lamp ").n, 1);
    assert_int_equal(ask_from_memory(w, "dl 0001").n, 1);
    assert_int_equal(ask_from_memory(w, "desk table ").n, 0);
}

static bool asks_own_lamp(Ctx *cx, void *arg)
{
    put_lamp(cx, "Candlestick");
    return ask(cx, arg);
}

static void memory_knows_what_was_put(void **state)
{
    World *w = shop(state);
    ask_from_memory(w, "lamp ");
    ask_from_memory(w, "candlestick ");
    Question a = {.q = "candlestick "};
    RUN(w, TX_WRITE, asks_own_lamp, &a); /* before its commit, to itself */
    assert_int_equal(a.hits.n, 1);
    assert_int_equal(hits_for(w, "candlestick ").n, 1);
    assert_int_equal(hits_for(w, "lamp ").n, 4);
    ask_from_memory(w, "lamp ");
    RUN(w, TX_WRITE, put_and_regret, "Lamp");
    assert_int_equal(hits_for(w, "lamp ").n, 4);
    RUN(w, TX_WRITE, remove_lamp, "product");
    assert_int_equal(hits_for(w, "candlestick ").n, 0);
}

/* ---- The words of others --------------------------------------------------------------------- */

/* Another process has put a word: this one learns of it when it opens the database. */
static void the_vocabulary_is_read_from_the_table(void **state)
{
    World *w = shop(state);
    RUN(w, TX_WRITE, put_lamp, "Candlestick");
    world_close(w);
    world_open(w);
    assert_true(str_eq(hits_for(w, "candlestikc").corrected, S("candlestick")));
}

/* ---- Suggestions ----------------------------------------------------------------------------- */

typedef struct Typing {
    const char *typed, *locale;
    size_t limit;
    Str got;
} Typing;

static bool suggest(Ctx *cx, void *arg)
{
    Typing *a = arg;
    StrList list = search_suggest(cx, "product", str_from(a->locale), str_from(a->typed), a->limit);
    WANT(list.n <= a->limit);
    for (size_t i = 0; i < list.n; i++) {
        const SearchQuery *query = search_parse(cx->arena, list.items[i], str_from(a->locale));
        SearchHits hits = search_run(cx, "product", query);
        WANT(hits.n > 0 && !hits.corrected.n); /* each leads somewhere */
    }
    a->got = str_join(cx->arena, list, S(", "));
    return true;
}

static const struct {
    const char *typed, *locale;
    size_t limit;
    const char *suggestions;
} typings[] = {
    {"la", "", 10, "lamp, lampshade"},
    {"l", "", 10, "lamp, lampshade"},
    {"LA", "", 1, "lamp"},
    {"des", "", 10, "desk lamp"},
    {"desk l", "", 10, "desk lamp"},
    {"Desk  l", "", 10, "Desk  lamp"},
    {"oak ", "", 10, "oak desk, oak side"},
    {"oak d", "", 10, "oak desk lamp"},
    {"cre", "", 10, "crème brûlée"},
    {"lapm", "", 10, "lamp, lampshade"},
    {"steh", "de", 10, "stehlampe"},
    {"steh", "", 10, ""},
    {"la", "de", 10, "lamp, lampshade, laufschuhe für läufer"},
    {"xyzzy", "", 10, ""},
    {"", "", 10, ""},
    {"la", "", 0, ""},
    {"lamp -desk l", "", 10, "lamp -desk lamp, lamp -desk lampshade"},
};

static void suggests_how_to_go_on(void **state)
{
    World *w = shop(state);
    int wrong = 0;
    for (size_t i = 0; i < sizeof typings / sizeof *typings; i++) {
        Typing a = {typings[i].typed, typings[i].locale, typings[i].limit, S("")};
        RUN(w, TX_READ, suggest, &a);
        if (str_eq(a.got, str_from(typings[i].suggestions))) continue;
        print_error("'%s': '%.*s', not '%s'\n", a.typed, STR_ARG(a.got), typings[i].suggestions);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(finds_the_same_everywhere),
        ON_BOTH(what_is_put_replaces_what_was_there),
        ON_BOTH(what_is_removed_is_gone),
        ON_BOTH(what_is_rolled_back_was_never_there),
        ON_BOTH(the_same_again_costs_one_statement),
        ON_BOTH(kinds_are_apart),
        ON_BOTH(long_texts_are_cut),
        ON_BOTH(what_is_asked_again_is_in_memory),
        ON_BOTH(memory_knows_what_was_put),
        ON_BOTH(the_vocabulary_is_read_from_the_table),
        ON_BOTH(suggests_how_to_go_on),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
