#include "platform/cli/command_line.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct PickFlags {
    int64_t count;
    bool dry_run, quick;
    LogLevel level;
    Str name;
    StrList tag;
} PickFlags;

static const EnumNames level_names = ENUM_NAMES("debug", "info", "warn", "error");

static const Type pick_flags =
    TYPE(PickFlags, "", FIELD(PickFlags, count, "How many.", .min = 1, .max = 9, .initial = "3"),
         FIELD(PickFlags, dry_run, "Only say it."),
         FIELD(PickFlags, quick, "Quickly.", .initial = "true"),
         ENUM(PickFlags, level, "How loud.", level_names),
         FIELD(PickFlags, name, "Of whom.", .required = true), FIELD(PickFlags, tag, "Any."));

static int nothing(CommandCall *call, const void *flags)
{
    (void)call;
    (void)flags;
    return EXIT_FINE;
}

static const Command rows[] = {
    {.name = "pick",
     .summary = "Pick",
     .doc = "Picks.",
     .flags = &pick_flags,
     .letters = {{'n', "count"}, {'d', "dry_run"}, {'q', "quick"}},
     .arguments = {{.name = "FROM", .doc = "Source."},
                   {"TO", "Target.", .optional = true, .many = true}},
     .needs = COMMAND_NEEDS_SETTINGS,
     .run = nothing},
    {.name = "migrate up", .summary = "Up", .doc = "Up.", .run = nothing},
    {.name = "migrate status", .summary = "Status", .doc = "Status.", .run = nothing},
    {.name = "read",
     .summary = "Read",
     .doc = "Reads.",
     .arguments = {{"FILE", "A file.", .many = true, .file = true}},
     .run = nothing},
};
static const CommandList lists[] = {COMMAND_LIST(rows)};
static const CommandTable table = {
    .program = "souk", .version = "1", .summary = "s", .lists = lists, .list_count = 1};

static int arena_up(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static int arena_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* Splits at "|", so that words may be empty or hold blanks. */
static StrList words_of(Arena *arena, const char *text)
{
    StrList words = {NEW_N(arena, Str, 100), 0};
    Str rest = str_from(text);
    for (bool more = rest.n > 0; more;) more = str_cut(rest, '|', &words.items[words.n++], &rest);
    return words;
}

static void put_list(Buf *out, const char *name, const StrList *list)
{
    buf_format(out, " %s", name);
    for (size_t i = 0; i < list->n; i++) buf_format(out, "<%.*s>", STR_ARG(list->items[i]));
}

/* What a command line is read as: one line of text, or its mistakes. */
static const char *reading(Arena *arena, const char *text)
{
    CommandLine line;
    StrList problems;
    Buf out = buf_new(arena, 100000);
    if (!command_line_parse(arena, &table, words_of(arena, text), &line, &problems)) {
        Str all = str_join(arena, problems, S("\n"));
        return str_z(arena, all);
    }
    assert_int_equal(problems.n, 0);
    buf_format(&out, "%s", line.command ? line.command->name : "-");
    if (line.command && line.command->flags == &pick_flags) {
        const PickFlags *flags = line.flags;
        buf_format(&out, " count=%d", (int)flags->count);
        buf_format(&out, "%s%s", flags->dry_run ? " dry_run" : "", flags->quick ? " quick" : "");
        buf_format(&out, " level=%s", level_names.names[flags->level]);
        buf_format(&out, " name=%.*s", STR_ARG(flags->name));
        if (flags->tag.n) put_list(&out, "tags=", &flags->tag);
    }
    for (size_t i = 0; i < line.settings.n; i++)
        buf_format(&out, " {%.*s=%.*s}", STR_ARG(line.settings.items[i].name),
                   STR_ARG(line.settings.items[i].value));
    if (line.arguments.n) put_list(&out, "arguments=", &line.arguments);
    buf_format(&out, "%s%s%s", line.json ? " json" : "", line.help ? " help" : "",
               line.version ? " version" : "");
    return str_z(arena, buf_str(&out));
}

typedef struct Row {
    const char *words, *reading;
} Row;

static void compare(Arena *arena, const Row *at, size_t n)
{
    for (size_t i = 0; i < n; i++) assert_string_equal(reading(arena, at[i].words), at[i].reading);
}

static void words_are_read(void **state)
{
    static const Row table_rows[] = {
        {"", "-"},
        {"--help", "- help"},
        {"-h", "- help"},
        {"--version", "- version"},
        {"-V", "- version"},
        {"migrate|up", "migrate up"},
        {"completion|zsh", "completion arguments=<zsh>"},
        {"migrate|status|--json", "migrate status json"},
        {"pick|--name|x|a", "pick count=3 quick level=debug name=x arguments=<a>"},
        {"pick|a|--name=x|b|c", "pick count=3 quick level=debug name=x arguments=<a><b><c>"},
        {"pick|--name=|a", "pick count=3 quick level=debug name= arguments=<a>"},
        {"pick|--name=x=y|a", "pick count=3 quick level=debug name=x=y arguments=<a>"},
        {"pick|--name|-x|a", "pick count=3 quick level=debug name=-x arguments=<a>"},
        {"pick|--count=5|--name|x|--level|warn|a",
         "pick count=5 quick level=warn name=x arguments=<a>"},
        {"pick|--count|5|--count|6|--name|x|a",
         "pick count=6 quick level=debug name=x arguments=<a>"},
        {"pick|--dry-run|--quick=false|--name|x|a",
         "pick count=3 dry_run level=debug name=x arguments=<a>"},
        {"pick|-n5|-d|--name|x|a", "pick count=5 dry_run quick level=debug name=x arguments=<a>"},
        {"pick|-dn|5|--name|x|a", "pick count=5 dry_run quick level=debug name=x arguments=<a>"},
        {"pick|--tag|a|--tag=b,c|--name|x|a",
         "pick count=3 quick level=debug name=x tags=<a><b,c> arguments=<a>"},
        {"pick|--name|x|--|--count|-",
         "pick count=3 quick level=debug name=x arguments=<--count><->"},
        {"pick|--name|x|-", "pick count=3 quick level=debug name=x arguments=<->"},
        {"pick|--name|x|", "pick count=3 quick level=debug name=x arguments=<>"},
        {"pick|--data|d|--name|x|--http-loops=2|a",
         "pick count=3 quick level=debug name=x {data=d} {http-loops=2} arguments=<a>"},
        {"pick|--help", "pick count=3 quick level=debug name= help"},
        {"read|\xff", "read arguments=<\xff>"}, /* a file's name is bytes */
        {"help|migrate|up", "help arguments=<migrate><up>"},
        {"config|-l", "config"},
    };
    compare(*state, table_rows, sizeof table_rows / sizeof *table_rows);
}

static void mistakes_are_told_all_at_once(void **state)
{
    static const Row table_rows[] = {
        {"pik", "there is no command \"pik\": did you mean \"pick\"?"},
        {"xyz", "there is no command \"xyz\""},
        {"migrat", "there is no command \"migrat\": did you mean \"migrate\"?"},
        {"migrate", "\"migrate\" needs one of these behind it: up, status"},
        {"migrate|upp", "\"migrate\" needs one of these behind it: up, status"},
        {"--json|pick", "the command comes before its flags: souk COMMAND --json"},
        {"--help|pick", "the command comes before its flags: souk COMMAND --help"},
        {"pick", "--name is missing: Of whom.\nFROM is missing: Source."},
        {"pick|--cuont|5|--levl=warn|-z",
         "there is no flag \"--cuont\": did you mean \"--count\"?\n"
         "there is no flag \"--levl\": did you mean \"--level\"?\n"
         "there is no flag \"-z\""},
        {"pick|--htp-loops=2", "there is no flag \"--htp-loops\": did you mean \"--http-loops\"?"},
        {"completion|zhs", "SHELL must be one of bash, fish, zsh: did you mean \"zsh\"?"},
        {"pick|--name", "--name needs a value"},
        {"pick|--name|--json", "--name needs a value"},
        {"pick|-n", "-n needs a value"},
        {"pick|--json=yes", "--json takes no value"},
        {"pick|--count=0|--count=x|-n|10|--level=loud|--dry-run=maybe",
         "--count must be at least 1, is 0\n"
         "--count must be an integer, written with digits only, is x\n"
         "-n must be at most 9, is 10\n"
         "--level must be one of debug, info, warn, error; is \"loud\"\n"
         "--dry-run must be true or false"},
        {"pick|--name=\xff", "--name: the value is no UTF-8"},
        {"pick|--name|x|\xff", "FROM is no UTF-8"},
        {"migrate|up|now", "\"now\" is one argument too many"},
        {"migrate|up|--data=d", "there is no flag \"--data\""}, /* it reads no settings */
        {"read|1|2|3|4|5|6|7|8|9", "at most 8 files at a time"},
    };
    compare(*state, table_rows, sizeof table_rows / sizeof *table_rows);
}

static void mistakes_are_bounded(void **state)
{
    Arena *arena = *state;
    StrList words = {NEW_N(arena, Str, 1001), 0}, problems;
    words.items[words.n++] = S("pick");
    while (words.n <= 1000) words.items[words.n++] = S("--no-such-flag");
    CommandLine line;
    assert_false(command_line_parse(arena, &table, words, &line, &problems));
    assert_int_equal(problems.n, 20);
}

/* What goes to the server leaves out the settings, and reads there as it did here. */
static void the_words_for_a_server_mean_the_same(void **state)
{
    Arena *arena = *state;
    CommandLine line, again;
    StrList problems;
    const char *text =
        "pick|--data|d|-n|5|--log-level=debug|--name|--data|--name|x|--json|--|--data|y";
    assert_false(command_line_parse(arena, &table, words_of(arena, text), &line, &problems));
    text = "pick|--data|d|-n|5|--log-level=debug|--name|x|--json|--|--data|y";
    assert_true(command_line_parse(arena, &table, words_of(arena, text), &line, &problems));
    Str words = str_join(arena, line.words, S("|"));
    assert_string_equal(str_z(arena, words), "pick|-n|5|--name|x|--json|--|--data|y");
    assert_true(command_line_parse(arena, &table, line.words, &again, &problems));
    assert_int_equal(again.settings.n, 0);
    assert_int_equal(((PickFlags *)again.flags)->count, 5);
    assert_true(again.json);
    assert_int_equal(again.arguments.n, 2);
}

/* ---- The table --------------------------------------------------------------------------- */

static void a_sound_table_passes(void **state)
{
    Str problem = S("");
    if (!command_table_sound(&table, *state, &problem)) fail_msg("%.*s", STR_ARG(problem));
}

typedef struct BadFlags {
    Str json, data;
    int64_t n;
} BadFlags;

static const Type bad_json = TYPE(BadFlags, "", FIELD(BadFlags, json, "J."));
static const Type bad_data = TYPE(BadFlags, "", FIELD(BadFlags, data, "D."));
static const Type bad_initial =
    TYPE(BadFlags, "", FIELD(BadFlags, n, "N.", .max = 3, .initial = "4"));

static void an_unsound_table_is_blamed(void **state)
{
    static const struct {
        Command command;
        const char *problem;
    } bad[] = {
        {{.name = "a", .summary = "A", .doc = "A."}, "a: has no function"},
        {{.name = "A", .summary = "A", .doc = "A.", .run = nothing}, "A: is no name for a command"},
        {{.name = "a b c", .summary = "A", .doc = "A.", .run = nothing},
         "a b c: is no name for a command"},
        {{.name = "a", .summary = "A.", .doc = "A.", .run = nothing},
         "a: needs a summary of one line, without a full stop"},
        {{.name = "a", .summary = "A", .run = nothing}, "a: needs a doc"},
        {{.name = "help", .summary = "A", .doc = "A.", .run = nothing}, "help: is there twice"},
        {{.name = "a", .summary = "A", .doc = "A.", .run = nothing, .needs = COMMAND_NEEDS_FOLDER},
         "a: needs a world, and the table has none"},
        {{.name = "a", .summary = "A", .doc = "A.", .run = nothing, .alone = true},
         "a: runs alone, but not with a file"},
        {{.name = "a", .summary = "A", .doc = "A.", .run = nothing, .flags = &bad_json},
         "a: redefines a flag of all commands: json"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .flags = &bad_data,
          .needs = COMMAND_NEEDS_SETTINGS},
         "a: has a flag that is a setting: data"},
        {{.name = "a", .summary = "A", .doc = "A.", .run = nothing, .flags = &bad_initial},
         "a: has a flag whose default is refused: n"},
        {{.name = "a", .summary = "A", .doc = "A.", .run = nothing, .letters = {{'x', "y"}}},
         "a: has a letter for no flag: y"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .flags = &bad_data,
          .letters = {{'h', "data"}}},
         "a: -h is taken, by help; not for data"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .arguments = {{"X", "X.", .optional = true}, {.name = "Y", .doc = "Y."}}},
         "a: must be given, but one before it need not: Y"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .arguments = {{"X", "X.", .many = true}, {.name = "Y", .doc = "Y."}}},
         "a: more follow, but this takes all: X"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .examples = {{"souk a", "Does a"}}},
         "a: has an example without a sentence: souk a"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .examples = {{"sook a", "Does a."}}},
         "a: has an example that does not call the program: sook a"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .examples = {{"souk a | less", "Does a."}, {"souk a --b > c", "Does b."}}},
         "a: has an example that is not understood: souk a --b > c"},
        {{.name = "a",
          .summary = "A",
          .doc = "A.",
          .run = nothing,
          .examples = {{"X=1 Y=2 souk help", "Does something else."}}},
         "a: has an example that is not understood: X=1 Y=2 souk help"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CommandList list = {&bad[i].command, 1};
        CommandTable unsound = {.program = "souk", .lists = &list, .list_count = 1};
        Str problem = S("");
        assert_false(command_table_sound(&unsound, *state, &problem));
        assert_string_equal(str_z(*state, problem), bad[i].problem);
    }
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, arena_up, arena_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(words_are_read),       WITH_ARENA(mistakes_are_told_all_at_once),
        WITH_ARENA(mistakes_are_bounded), WITH_ARENA(the_words_for_a_server_mean_the_same),
        WITH_ARENA(a_sound_table_passes), WITH_ARENA(an_unsound_table_is_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
