/* A small program for the tests of cli: a table of commands that do what a test needs to see, and
 * running it in a process of its own with its output caught. */
#ifndef PLATFORM_CLI_TEST_PROGRAM_H
#define PLATFORM_CLI_TEST_PROGRAM_H

#include "platform/cli/cli.h"
#include "platform/cli/control.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Commands ---------------------------------------------------------------------------- */

typedef struct WhereFlags {
    int64_t code;
    bool loud;
    StrList tag;
    Str name;
} WhereFlags;

static const Type where_flags = TYPE(
    WhereFlags, "", FIELD(WhereFlags, code, "Exit code.", .min = 0, .max = 100, .initial = "0"),
    FIELD(WhereFlags, loud, "Say it on stderr too."),
    FIELD(WhereFlags, tag, "Anything.", .item_max = 5), FIELD(WhereFlags, name, "A name."));

static int where(CommandCall *call, const WhereFlags *flags)
{
    output_print(call->out, "%s", call->in_server ? "server" : "here");
    for (size_t i = 0; i < call->arguments.n; i++)
        output_print(call->out, " %.*s", STR_ARG(call->arguments.items[i]));
    for (size_t i = 0; i < flags->tag.n; i++)
        output_print(call->out, " +%.*s", STR_ARG(flags->tag.items[i]));
    output_print(call->out, "%s\n", call->out->shape.json ? " json" : "");
    if (flags->loud) output_note(call->out, "loud\n");
    return (int)flags->code;
}
COMMAND_HANDLER(where, WhereFlags)

static int copy(CommandCall *call, const void *flags)
{
    (void)flags;
    char bytes[1000];
    ssize_t n;
    while ((n = command_read(call, 0, bytes, sizeof bytes)) > 0) {
        output_put(call->out, OUTPUT_RESULT, (Str){bytes, (size_t)n});
        output_flush(call->out);
    }
    if (n == 0) return EXIT_FINE;
    output_note(call->out, "not read to the end\n");
    return EXIT_CANCELLED;
}

typedef struct SaveFlags {
    int64_t code;
    Str output, log;
} SaveFlags;

static const Type save_flags = TYPE(
    SaveFlags, "", FIELD(SaveFlags, code, "Exit code.", .min = 0, .max = 100, .initial = "0"),
    FIELD(SaveFlags, output, "A file that appears."), FIELD(SaveFlags, log, "One that grows."));

/* Writes what it was given files for, and says which those are. */
static int save(CommandCall *call, const SaveFlags *flags)
{
    static const char *const texts[] = {"whole\n", "line\n"};
    for (int i = 0; i < 2; i++)
        if (call->outputs[i] >= 0 && command_write(call->outputs[i], str_from(texts[i])))
            output_print(call->out, "%s %d\n", call->in_server ? "server" : "here", i);
    return (int)flags->code;
}
COMMAND_HANDLER(save, SaveFlags)

/* Says that it is there, and stays until it is cancelled; then makes the file "cancelled" in the
 * data folder, for those who cannot ask it any more. */
static int linger(CommandCall *call, const void *flags)
{
    (void)flags;
    output_print(call->out, "there\n");
    output_flush(call->out);
    while (!command_cancelled(call)) poll(NULL, 0, 1);
    Str path = str_format(call->arena, "%.*s/cancelled", STR_ARG(call->config->values.data));
    close(open(str_z(call->arena, path), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    output_note(call->out, "cancelled\n");
    return EXIT_CANCELLED;
}

/* Writes without end, until nobody takes it. */
static int flood(CommandCall *call, const void *flags)
{
    (void)flags;
    while (!command_cancelled(call) && output_flush(call->out))
        for (int i = 0; i < 1000; i++) output_print(call->out, "%d: the sea\n", i);
    return EXIT_FAILED;
}

enum { MANY_LINES = 100000 };

static int many(CommandCall *call, const void *flags)
{
    (void)flags;
    for (int i = 0; i < MANY_LINES; i++) output_print(call->out, "line %06d\n", i);
    return EXIT_FINE;
}

static const Error *enter(void *state, CommandCall *call, Str *detail)
{
    (void)call;
    *detail = S("the world is closed");
    return state;
}

static void leave(void *state, CommandCall *call)
{
    (void)state;
    (void)call;
}

static const CommandWorld test_world = {.enter = enter, .leave = leave};

/* A server without a shop: the control socket only, until SIGTERM. */
static int serve(CommandCall *call, const void *flags)
{
    (void)flags;
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    ControlServer *server;
    Str detail;
    const Error *error = control_start(call->arena, call->config->values.data, call->table,
                                       &test_world, call->config, &server, &detail);
    if (error) return command_fail(call, error, "%.*s", STR_ARG(detail));
    output_print(call->out, "up\n");
    output_flush(call->out);
    while (sigwaitinfo(&end, NULL) < 0) continue; /* EINTR: stopped, and continued */
    control_stop(server);
    return EXIT_FINE;
}

/* Tells the test where the one before would be told. */
static void takes_over(void)
{
    static const char text[] = "taking over\n";
    if (write(1, text, sizeof text - 1) < 0) _exit(98);
}

static const Command test_commands[] = {
    {.name = "where",
     .summary = "Say where it runs",
     .doc = "Prints where it runs and what it was given.",
     .flags = &where_flags,
     .letters = {{'c', "code"}, {'l', "loud"}},
     .arguments = {{"WORD", "Anything.", .optional = true, .many = true}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(where)},
    {.name = "copy",
     .summary = "Print a file",
     .doc = "Prints a file.",
     .arguments = {{"FILE", "Which one.", .file = true}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = copy},
    {.name = "save",
     .summary = "Write files",
     .doc = "Writes files.",
     .flags = &save_flags,
     .writes = {{.flag = "output"}, {.flag = "log", .as_it_comes = true}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(save)},
    {.name = "linger",
     .summary = "Stay",
     .doc = "Stays until it is cancelled.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = linger},
    {.name = "flood",
     .summary = "Write without end",
     .doc = "Writes until nobody reads.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = flood},
    {.name = "many lines",
     .summary = "Write a lot",
     .doc = "Writes a lot.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = many},
    {.name = "serve",
     .summary = "Own the folder",
     .doc = "Owns the folder.",
     .needs = COMMAND_IS_SERVER,
     .run = serve},
};

static const CommandList test_lists[] = {COMMAND_LIST(test_commands)};

static const CommandTable test_table = {
    .program = "souk",
    .version = "1.2.3",
    .summary = "a program for tests",
    .lists = test_lists,
    .list_count = 1,
    .world = &test_world,
    .takes_over = takes_over,
    .patience_us = (int64_t)600 * 1000000,
};

/* ---- Processes --------------------------------------------------------------------------- */

typedef struct Program {
    pid_t pid;
    int in;             /* its stdin, for writing; -1: /dev/null */
    int out;            /* its stdout, for reading */
    int note;           /* a memory file with its stderr */
    const char *folder; /* where it runs */
} Program;

enum { TEST_WORDS_MAX = 12, TEST_TEXT_MAX = 4 * 1024 * 1024 };

/* Starts `souk WORD…` in `folder`; the words end with NULL. stdin is a pipe when `feed`. */
static inline Program program_start(const char *folder, bool feed, const char *const *words)
{
    int in[2], out[2], note = memfd_create("stderr", MFD_CLOEXEC);
    assert(note >= 0 && pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        char *argv[TEST_WORDS_MAX + 2] = {(char[]){"souk"}};
        int argc = 1;
        for (; words[argc - 1]; argc++) argv[argc] = strdup(words[argc - 1]);
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        dup2(feed ? in[0] : null, 0);
        dup2(out[1], 1);
        dup2(note, 2);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        alarm(600); /* a test that hangs ends */
        _exit(chdir(folder) < 0 ? 99 : cli_main(argc, argv, &test_table));
    }
    close(in[0]);
    close(out[1]);
    if (!feed) close(in[1]);
    return (Program){.pid = pid, .in = feed ? in[1] : -1, .out = out[0], .note = note};
}

#define START(folder, ...) program_start((folder), false, (const char *const[]){__VA_ARGS__, NULL})

/* Reads stdout until it has all of `text`; the test fails when it ends before. */
static inline void program_says(Program *program, const char *text)
{
    for (const char *at = text; *at; at++) {
        char c;
        assert_int_equal(read(program->out, &c, 1), 1);
        assert_int_equal(c, *at);
    }
}

typedef struct Ending {
    int code; /* exit code; 128 and the signal's number when one killed it */
    char *out, *note;
    size_t out_length;
} Ending;

static inline char *read_all(int fd, size_t *length)
{
    char *text = malloc(TEST_TEXT_MAX + 1);
    size_t n = 0;
    for (ssize_t got; (got = read(fd, text + n, TEST_TEXT_MAX - n)) > 0;) n += (size_t)got;
    text[n] = 0;
    *length = n;
    return text;
}

static inline Ending program_end(Program *program)
{
    Ending ending;
    size_t note_length;
    int status;
    if (program->in >= 0) close(program->in);
    ending.out = read_all(program->out, &ending.out_length);
    assert_int_equal(waitpid(program->pid, &status, 0), program->pid);
    ending.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    lseek(program->note, 0, SEEK_SET);
    ending.note = read_all(program->note, &note_length);
    close(program->out);
    close(program->note);
    return ending;
}

static inline void ending_free(Ending *ending)
{
    free(ending->out);
    free(ending->note);
}

/* Runs to the end and compares everything. */
static inline void expect(Program program, int code, const char *out, const char *note)
{
    Ending ending = program_end(&program);
    assert_string_equal(ending.note, note);
    assert_string_equal(ending.out, out);
    assert_int_equal(ending.code, code);
    ending_free(&ending);
}

/* ---- A folder a test ---------------------------------------------------------------------- */

static inline int folder_up(void **state)
{
    char path[] = "/tmp/souk-cli-XXXXXX";
    if (!mkdtemp(path)) return -1;
    *state = strdup(path);
    return 0;
}

static inline void remove_all(const char *path)
{
    static const char *const files[] = {
        "data/souk.lock", "data/control.sock", "data/cancelled", "data/souk.conf", "data", "file"};
    char full[200];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(full, sizeof full, "%s/%s", path, files[i]);
        remove(full);
    }
    rmdir(path);
}

static inline int folder_down(void **state)
{
    remove_all(*state);
    free(*state);
    return 0;
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_up, folder_down)

#endif
