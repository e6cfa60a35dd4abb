/* The pages as text.
 *
 * The guide is what docs/guide has, embedded: one text for who reads the repository, the browser,
 * or asks a language model to read. The reference is written here from the same rows that the
 * commands and the OpenAPI document walk, so it cannot leave out or promise anything. A page's
 * title and sentence, in the navigation and in /llms.txt, are its own first heading and sentence.
 *
 * Rejected: a generator of static sites (a second build, and a second place to deploy), and a
 * separate text for machines (it would grow stale first). */
#include "app/pages.h"

#include "app/app.h"
#include "app/listings.h"
#include "app/modules.h"
#include "meta/markdown.h"
#include "platform/api/router.h"
#include "platform/cli/command_line.h"
#include "platform/cli/flags.h"
#include "platform/cli/help.h"

#include <assert.h>

extern const char *const guide_names[], *const guide_texts[];
extern const size_t guide_sizes[], guide_count;

enum { PAGE_MAX = 1 << 20 };

Str guide_text(Str name)
{
    size_t i = 0;
    while (i < guide_count && !str_eq(name, str_from(guide_names[i]))) i++;
    assert(i < guide_count);
    return (Str){guide_texts[i], guide_sizes[i]};
}

/* ---- Title and sentence ---------------------------------------------------------------------- */

static Str title_of(Str markdown)
{
    Str line;
    str_cut(markdown, '\n', &line, &markdown);
    return str_starts(line, S("# ")) ? str_slice(line, 2, line.n) : line;
}

/* The first sentence of the first paragraph below the heading, as one line. */
static Str summary_of(Arena *arena, Str markdown)
{
    Str line;
    Buf text = buf_new(arena, PAGE_MAX);
    while (markdown.n) {
        str_cut(markdown, '\n', &line, &markdown);
        if (str_starts(line, S("#"))) continue;
        if (!line.n && text.n) break;
        buf_format(&text, "%s%.*s", text.n ? " " : "", STR_ARG(line));
    }
    Str paragraph = buf_str(&text);
    size_t end = str_find(paragraph, S(". "));
    return end < paragraph.n ? str_slice(paragraph, 0, end + 1) : paragraph;
}

/* ---- The reference --------------------------------------------------------------------------- */

static void write_api(Buf *out)
{
    buf_lit(out, "# Routes of the API\n\n"
                 "Every path that the shop answers, with what it does and the permission that it "
                 "asks for. `/openapi.json` has parameters, bodies, answers and refusals of "
                 "each.\n");
    for (size_t i = app_module_count; i-- > 0;) {
        const Module *module = app_modules[i];
        if (!module->route_count) continue;
        buf_format(out,
                   "\n## %s\n\n%s\n\n| method | path | permission | what |\n|---|---|---|---|\n",
                   module->name, module->doc);
        for (size_t k = 0; k < module->route_count; k++) {
            const Route *route = &module->routes[k];
            buf_format(out, "| %.*s | `%s` | %s | ", STR_ARG(method_text(route->method)),
                       route->path, route->needs ? route->needs->name : "");
            markdown_prose(out, str_from(route->doc));
            buf_lit(out, " |\n");
        }
    }
}

/* A list as a page: its heading and sentence, and a table. */
static void write_listing(Buf *out, const char *name, const char *head)
{
    const Listing *listing = listings;
    while (strcmp(listing->name, name) != 0) listing++;
    buf_format(out, "%s\n\n", head);
    markdown_table(out, listing->type, listing->rows(out->arena));
}

static void write_errors(Buf *out)
{
    write_listing(out, "errors",
                  "# Refusals\n\nEvery code that a problem document of the API can have, and what "
                  "to do about it. Clients branch on `code`; the rest may change.");
}

static void write_events(Buf *out)
{
    write_listing(out, "events",
                  "# Events of the shop\n\nWhat modules announce to each other, within the "
                  "transaction in which it happens, and who reacts.");
}

static void write_hooks(Buf *out)
{
    write_listing(out, "hooks",
                  "# Hooks\n\nThe decisions that a shop may change: what is asked, what is "
                  "answered, and how it is decided when nobody else does.");
}

static void write_limits(Buf *out)
{
    write_listing(
        out, "limits",
        "# Limits\n\nEvery class of requests that is counted by user, key or address. "
        "Answers name the classes that have counted them in `RateLimit-Policy`, and what is "
        "left of each in `RateLimit`.");
}

static void write_weaknesses(Buf *out)
{
    write_listing(out, "production",
                  "# What production refuses\n\nWith `mode = production` a server does not start "
                  "while a setting makes the shop weak. `souk doctor` tells of them in any mode.");
}

static void write_log_events(Buf *out)
{
    write_listing(out, "log-events",
                  "# Events of the log\n\nEverything that the server logs, by the name that "
                  "`event` has in its lines. Those below `log.level` are left out.");
}

static void write_metrics(Buf *out)
{
    write_listing(out, "metrics",
                  "# Metrics\n\nEvery family of metrics that `/metrics` can show. Some have no "
                  "series before there was something to count.");
}

static void write_checks(Buf *out)
{
    write_listing(out, "doctor",
                  "# Checks of souk doctor\n\nWhat `souk doctor` looks at, and what to do when it "
                  "is not well. It changes nothing, and works when nothing else does.");
}

static void write_setting(Buf *out, const Setting *setting)
{
    const char *initial = setting->field->initial;
    buf_format(out, "\n## `%.*s`\n\n", STR_ARG(setting->name));
    markdown_prose(out, str_from(setting->field->doc));
    buf_format(out, "\n\nVariable `%.*s`, flag `--%.*s`; ", STR_ARG(setting->variable),
               STR_ARG(setting->flag));
    buf_put(out, config_allowed(out->arena, setting->field));
    if (initial)
        buf_format(out, "; default `%s`", initial);
    else
        buf_lit(out, "; not set by default");
    buf_put(out, setting->field->live ? S("; changes with SIGHUP.\n") : S(".\n"));
}

static void write_settings(Buf *out)
{
    SettingList settings = config_settings(out->arena);
    buf_lit(out, "# Settings\n\nEvery setting with its names, what is allowed, and what holds "
                 "when it is not set. [configuration.md](../guide/configuration.md) says how they "
                 "are read.\n");
    for (size_t i = 0; i < settings.n; i++) write_setting(out, &settings.items[i]);
}

static void write_term(Buf *out, Str term, Str doc)
{
    buf_format(out, "- `%.*s`: ", STR_ARG(term));
    markdown_prose(out, doc);
    buf_char(out, '\n');
}

/* Prose as rows have it: a line feed ends a paragraph, lines that begin with a blank are code. */
static void write_prose(Buf *out, Str text)
{
    bool code = false;
    while (text.n) {
        Str line;
        str_cut(text, '\n', &line, &text);
        bool kept = line.n && line.p[0] == ' ';
        if (kept != code) buf_lit(out, "\n");
        code = kept;
        buf_format(out, "%s%.*s\n%s", kept ? "   " : "", STR_ARG(line), kept ? "" : "\n");
    }
}

static void write_command(Buf *out, const CommandTable *table, const Command *command)
{
    Arena *arena = out->arena;
    buf_format(out, "\n## %s %s\n\n    %.*s\n\n", table->program, command->name,
               STR_ARG(help_usage(arena, table, command)));
    write_prose(out, str_from(command->doc));
    for (size_t i = 0; i < command_argument_rows(command); i++)
        write_term(out, str_from(command->arguments[i].name),
                   help_argument_doc(arena, &command->arguments[i]));
    FlagViewList flags = flags_of_command(arena, command);
    for (size_t i = 0; i < flags.n; i++)
        write_term(out, flag_term(arena, &flags.items[i]), flags.items[i].doc);
    const CommandExample *examples = command->examples;
    for (size_t i = 0; i < COMMAND_EXAMPLE_ROWS && examples[i].line; i++)
        buf_format(out, "\n%s\n\n    %s\n", examples[i].doc, examples[i].line);
}

static void write_commands(Buf *out)
{
    CommandTable table = app_command_table(out->arena);
    const Command *command;
    buf_lit(out, "# Commands\n\nEvery command of the program, its flags and arguments. All of them "
                 "take `--json` and `--help`; those that need the data take every setting as a "
                 "flag, too.\n");
    for (size_t at = 0; (command = command_next(&table, &at));) write_command(out, &table, command);
}

/* ---- All pages ------------------------------------------------------------------------------- */

typedef struct Reference {
    const char *name;
    void (*write)(Buf *out);
} Reference;

static const Reference references[] = {
    {"api", write_api},           {"errors", write_errors},
    {"commands", write_commands}, {"settings", write_settings},
    {"events", write_events},     {"log-events", write_log_events},
    {"metrics", write_metrics},   {"checks", write_checks},
    {"limits", write_limits},     {"production", write_weaknesses},
    {"hooks", write_hooks},
};

static Page page_of(Arena *arena, const char *folder, const char *name, Str markdown)
{
    return (Page){.folder = folder,
                  .name = str_from(name),
                  .title = title_of(markdown),
                  .summary = summary_of(arena, markdown),
                  .markdown = markdown};
}

PageList pages_make(Arena *arena)
{
    PageList pages = {NEW_N(arena, Page, guide_count + ROWS(references)), 0};
    for (size_t i = 0; i < guide_count; i++)
        pages.items[pages.n++] =
            page_of(arena, "guide", guide_names[i], (Str){guide_texts[i], guide_sizes[i]});
    for (size_t i = 0; i < ROWS(references); i++) {
        Buf out = buf_new(arena, PAGE_MAX);
        references[i].write(&out);
        pages.items[pages.n++] = page_of(arena, "reference", references[i].name, buf_str(&out));
    }
    return pages;
}

const Page *page_find(const PageList *pages, const char *folder, Str name)
{
    for (size_t i = 0; i < pages->n; i++)
        if (strcmp(pages->items[i].folder, folder) == 0 && str_eq(pages->items[i].name, name))
            return &pages->items[i];
    return NULL;
}

Str page_path(Arena *arena, const Page *page, const char *ending)
{
    return str_format(arena, "/docs/%s/%.*s%s", page->folder, STR_ARG(page->name), ending);
}

/* ---- /llms.txt ------------------------------------------------------------------------------- */

static void write_links(Buf *out, const PageList *pages, const char *folder)
{
    for (size_t i = 0; i < pages->n; i++) {
        const Page *page = &pages->items[i];
        if (strcmp(page->folder, folder) != 0) continue;
        buf_format(out, "- [%.*s](%.*s): %.*s\n", STR_ARG(page->title),
                   STR_ARG(page_path(out->arena, page, ".md")), STR_ARG(page->summary));
    }
}

Str pages_index(Arena *arena, const PageList *pages)
{
    Buf out = buf_new(arena, PAGE_MAX);
    CommandTable table = app_command_table(arena);
    buf_format(&out, "# Souk\n\n> %s.\n\n", table.summary);
    write_prose(&out, str_from(table.manual.doc));
    buf_lit(&out, "## Guide\n\n");
    write_links(&out, pages, "guide");
    buf_lit(&out, "\n## Reference\n\n"
                  "- [The API as OpenAPI 3.1](/openapi.json): Every route with its parameters, "
                  "bodies, answers, refusals and examples, for programs.\n");
    write_links(&out, pages, "reference");
    return buf_str(&out);
}
