/* Words that must not stand in the code, each with the reason and with where it may stand after
 * all. */
#include "lint.h"

#include <ctype.h>

typedef struct BannedCall {
    const char *names, *why;
    const char *except; /* folders and files where it is at home */
    bool tests_too;     /* tests and fuzz programs are held to it as well */
} BannedCall;

/* clang-format off */
static const BannedCall banned_calls[] = {
    {"gets strcpy strcat strncpy strncat sprintf vsprintf stpcpy",
     "no bound, or one that truncates silently: Str, Buf or snprintf", "", true},
    {"atoi atol atoll atof",
     "cannot tell an error from 0: str_to_int", "", true},
    {"strtok strtok_r",
     "writes into its input: str_cut", "", true},
    {"rand srand random srandom drand48 rand_r",
     "chance comes from the context (base/random.h)", "", true},
    {"time clock_gettime gettimeofday ftime",
     "the clock comes from the context (base/time.h)",
     "src/base/time.c "
     "src/platform/telemetry/process.c", /* the processor's clock, not the world's */
     false},
    {"localtime gmtime localtime_r gmtime_r mktime timegm strftime strptime asctime ctime",
     "the process's zone and locale decide: base/time.h", "src/base/time.c", false},
    {"sleep usleep nanosleep clock_nanosleep",
     "waiting for time hides a race or blocks a lane: wait for the event",
     "src/platform/db/db.c "          /* backs off before a retry */
     "src/platform/telemetry/fault.c " /* a fault that delays */
     "src/modules/payments/provider_test.c", /* a provider that was told to be slow */
     true},
    {"system popen execlp execvp",
     "a shell, or a search of the PATH, between us and what we start", "", true},
    {"getenv secure_getenv setenv putenv unsetenv",
     "settings have one table (platform/config)",
     "src/platform/config/ "
     "src/platform/cli/ src/platform/telemetry/log.c "                        /* NO_COLOR and TERM */
     "src/platform/http/listen.c src/platform/http/handover.c src/app/notify.c", /* systemd's protocols */
     false},
    {"printf vprintf puts putchar fputs fputc fprintf vfprintf perror",
     "library code returns; only the edge speaks",
     "src/main.c src/app/ src/platform/cli/ src/platform/telemetry/ "
     "src/base/arena.c src/base/random.c", /* the last words before abort() */
     false},
    {"exit _exit quick_exit",
     "library code returns; only the edge ends the process",
     "src/main.c src/app/ "
     "src/platform/http/handover.c src/platform/telemetry/fault.c", /* a child that cannot exec; a fault that kills */
     false},
    {"malloc calloc realloc free strdup strndup asprintf",
     "memory has a lifetime: an arena",
     "src/base/ src/platform/ "
     "src/meta/pattern.c src/meta/slug.c src/app/page_html.c src/modules/catalog/publish.c "
     "src/meta/html_markdown.c", /* what a library hands out */
     false},
    {"alloca",
     "a stack has no bound that we could check", "", true},
    {"setlocale",
     "numbers and bytes must mean the same everywhere", "", true},
    {"signal",
     "its meaning depends on the system: sigaction or signalfd", "", true},
    {"tmpnam tempnam mktemp",
     "the name may be taken before it is used: mkstemp", "", true},
    {"inet_ntoa gethostbyname gethostbyaddr",
     "not thread-safe, IPv4 only: getaddrinfo", "", true},
};
/* clang-format on */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Is the word at `at` (of length `n`) being called, and not a member, a declaration of ours or part
 * of a type? */
static bool is_call(Str code, size_t at, size_t n)
{
    size_t after = at + n;
    while (after < code.n && code.p[after] == ' ') after++;
    if (after >= code.n || code.p[after] != '(') return false;
    size_t before = at;
    while (before > 0 && code.p[before - 1] == ' ') before--;
    if (before == 0) return true;
    char last = code.p[before - 1];
    bool member = last == '.' || (last == '>' && before > 1 && code.p[before - 2] == '-');
    bool returned = before >= 6 && memcmp(code.p + before - 6, "return", 6) == 0;
    return !member && (returned || !(is_word(last) && before < at));
}

static bool names_word(const char *names, Str word)
{
    Str rest = str_from(names), name;
    for (bool more = true; more;) {
        more = str_cut(rest, ' ', &name, &rest);
        if (str_eq(name, word)) return true;
    }
    return false;
}

static void check_call(Lint *lint, const Source *source, int line, Str word)
{
    bool test = path_is_test(source->path);
    for (size_t i = 0; i < sizeof banned_calls / sizeof banned_calls[0]; i++) {
        const BannedCall *banned = &banned_calls[i];
        if (!names_word(banned->names, word) || (test && !banned->tests_too)) continue;
        if (!path_is_in(source->path, banned->except))
            lint_error(lint, source, line, "%.*s(): %s", STR_ARG(word), banned->why);
    }
}

static void check_code(Lint *lint, const Source *source)
{
    Str code = source->code;
    int line = 1;
    bool foreign_reported = false;
    for (size_t at = 0; at < code.n;) {
        if (code.p[at] == '\n') line++;
        if ((unsigned char)code.p[at] >= 0x80 && !foreign_reported) {
            lint_error(lint, source, line, "a character outside ASCII in the code");
            foreign_reported = true;
        }
        size_t end = at + 1;
        if (is_word(code.p[at])) {
            while (end < code.n && is_word(code.p[end])) end++;
            if (is_call(code, at, end - at))
                check_call(lint, source, line, str_slice(code, at, end));
        }
        at = end;
    }
}

/* A row that is defined past its macro is in no list (platform/telemetry/gather.h). */
static void check_gathered_rows(Lint *lint, const Source *source)
{
    static const struct {
        Str start;
        const char *macro, *at_home;
    } rows[] = {
        {S_INIT("const LogEvent "), "LOG_EVENT", "src/platform/telemetry/log.h"},
        {S_INIT("const MetricFamily "), "METRIC_FAMILY", "src/platform/telemetry/metrics.h"},
        {S_INIT("const FaultPoint "), "FAULT_POINT", "src/platform/telemetry/fault.h"},
    };
    Str rest = source->code, line, name, value;
    for (int number = 1; source_next_line(&rest, &line); number++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            size_t at = str_find(line, rows[i].start);
            if (at == line.n || path_is_in(source->path, rows[i].at_home)) continue;
            str_cut(str_slice(line, at + rows[i].start.n, line.n), '=', &name, &value);
            if (str_starts(str_trim(value), S("{")))
                lint_error(lint, source, number, "%.*s: rows of its kind are made by %s",
                           STR_ARG(str_trim(name)), rows[i].macro);
        }
}

/* What is left to do belongs into an issue, not into a comment. */
static void check_leftovers(Lint *lint, const Source *source)
{
    static const char leftovers[] = "TODO FIXME HACK"; /* XXX is ISO 4217's "no currency" */
    Str comments = source->comments;
    int line = 1;
    for (size_t at = 0, end; at < comments.n; at = end) {
        end = at + 1;
        if (comments.p[at] == '\n') line++;
        if (!is_word(comments.p[at])) continue;
        while (end < comments.n && is_word(comments.p[end])) end++;
        Str word = str_slice(comments, at, end);
        if (names_word(leftovers, word))
            lint_error(lint, source, line, "%.*s: unfinished", STR_ARG(word));
    }
}

void check_words(Lint *lint, const Source *source)
{
    if (path_is_in(source->path, "src/") || path_is_test(source->path)) check_code(lint, source);
    if (path_is_in(source->path, "src/")) check_gathered_rows(lint, source);
    check_leftovers(lint, source);
}
