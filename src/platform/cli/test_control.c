#include "platform/cli/test_program.h"

#include "platform/cli/control_socket.h"

#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>

/* A server on `folder`/data that is up. */
static Program server_on(const char *folder)
{
    Program server = START(folder, "serve", "--data", "data");
    program_says(&server, "up\n");
    return server;
}

static void end_server(Program *server)
{
    kill(server->pid, SIGTERM);
    expect(*server, EXIT_FINE, "", "");
}

static char *path_in(const char *folder, const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Waits for a file that another process makes. */
static void wait_for_file(const char *path)
{
    while (access(path, F_OK) < 0) poll(NULL, 0, 1);
}

/* ---- Where a command runs ---------------------------------------------------------------- */

static void without_an_owner_a_command_runs_here(void **state)
{
    const char *folder = *state;
    expect(START(folder, "where", "--data", "data", "a", "b"), EXIT_FINE, "here a b\n", "");
    struct stat status;
    assert_int_equal(stat(path_in(folder, "data"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "here\n", ""); /* lock released */
}

static void with_an_owner_it_runs_there(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    struct stat status;
    assert_int_equal(stat(path_in(folder, "data/control.sock"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "server\n", "");
    expect(START(folder, "where", "--data", "data", "--code=7", "-l", "--tag", "x", "--json", "--",
                 "--data"),
           7, "server --data +x json\n", "loud\n");
    end_server(&server);
    assert_int_equal(access(path_in(folder, "data/control.sock"), F_OK), -1);
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "here\n", "");
}

static void usage_is_checked_before_the_server_is_asked(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    expect(START(folder, "where", "--data", "data", "--cod", "7"), EXIT_USAGE, "",
           "souk: there is no flag \"--cod\": did you mean \"--code\"?\n"
           "usage: souk where [--code N] [--loud] [--tag TEXT] [--name TEXT] [--SETTING VALUE]… "
           "[WORD…]\nsouk help where says more.\n");
    end_server(&server);
}

static void a_second_owner_is_refused(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    char note[200];
    snprintf(note, sizeof note,
             "souk: the data folder data is in use by process %ld (souk serve)\n",
             (long)server.pid);
    expect(START(folder, "serve", "--data", "data"), EXIT_NOT_NOW, "", note);
    end_server(&server);
}

/* But one that was given its sockets waits, and says so to the one before. */
static void a_successor_waits_for_the_folder(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    setenv("LISTEN_FDS", "1", 1);
    Program successor = START(folder, "serve", "--data", "data");
    unsetenv("LISTEN_FDS");
    program_says(&successor, "taking over\n");
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "server\n", "");
    end_server(&server);
    program_says(&successor, "up\n");
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "server\n", "");
    end_server(&successor);
}

/* A socket whose server was killed: the lock is free, the file is in the way. */
static void a_stale_socket_is_no_owner(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    kill(server.pid, SIGKILL);
    expect(server, 128 + SIGKILL, "", "");
    assert_int_equal(access(path_in(folder, "data/control.sock"), F_OK), 0);
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "here\n", "");
    server = server_on(folder);
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "server\n", "");
    end_server(&server);
}

/* The owner is a command: it has no socket, but it ends. */
static void a_command_waits_for_the_one_before(void **state)
{
    const char *folder = *state;
    Program first = START(folder, "linger", "--data", "data");
    program_says(&first, "there\n");
    Program second = START(folder, "where", "--data", "data");
    kill(first.pid, SIGTERM);
    expect(first, EXIT_CANCELLED, "", "cancelled\n");
    expect(second, EXIT_FINE, "here\n", "");
}

static void a_path_longer_than_an_address_is_reached(void **state)
{
    const char *folder = *state;
    char deep[160], conf[200];
    memset(deep, 'd', 120);
    deep[120] = 0;
    Program server = START(folder, "serve", "--data", deep);
    program_says(&server, "up\n");
    expect(START(folder, "where", "--data", deep), EXIT_FINE, "server\n", "");
    end_server(&server);
    snprintf(conf, sizeof conf, "%s/%s/souk.lock", folder, deep);
    assert_int_equal(unlink(conf), 0);
    snprintf(conf, sizeof conf, "%s/%s", folder, deep);
    assert_int_equal(rmdir(conf), 0); /* and nothing else was left in it */
}

/* ---- Settings ---------------------------------------------------------------------------- */

static void settings_of_a_flag_must_be_the_servers(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    expect(START(folder, "where", "--data", "data", "--log-level", "info"), EXIT_FINE, "server\n",
           "");
    expect(START(folder, "where", "--data", "data", "--log-level", "debug"), EXIT_NOT_NOW, "",
           "souk: the server that owns the data folder runs with log.level = \"info\": leave the "
           "setting out, or stop the server\n");
    end_server(&server);
}

static void another_database_is_refused(void **state)
{
    const char *folder = *state;
    Program server =
        START(folder, "serve", "--data", "data", "--database-url", "postgresql://a:hush@h/d");
    program_says(&server, "up\n");
    setenv("DATABASE_URL", "postgresql://a:hush@h/other", 1);
    Program command = START(folder, "where", "--data", "data");
    setenv("DATABASE_URL", "postgresql://a:hush@h/d", 1);
    Program same = START(folder, "where", "--data", "data");
    unsetenv("DATABASE_URL");
    expect(command, EXIT_NOT_NOW, "",
           "souk: the server that owns the data folder runs with database_url = "
           "\"postgresql://a:********@h/d\": leave the setting out, or stop the server\n");
    expect(same, EXIT_FINE, "server\n", "");
    end_server(&server);
}

/* ---- What travels ------------------------------------------------------------------------ */

static void files_are_the_callers(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    FILE *file = fopen(path_in(folder, "file"), "w");
    fputs("of the caller\n", file);
    fclose(file);
    expect(START(folder, "copy", "--data", "data", "file"), EXIT_FINE, "of the caller\n", "");
    expect(START(folder, "copy", "--data", "data", "nothing"), EXIT_FAILED, "",
           "souk: nothing cannot be read: No such file or directory\n");
    Program fed =
        program_start(folder, true, (const char *const[]){"copy", "--data", "data", "-", NULL});
    assert_int_equal(write(fed.in, "by pipe", 7), 7);
    expect(fed, EXIT_FINE, "by pipe", "");
    end_server(&server);
}

static void has_text(const char *folder, const char *name, const char *text)
{
    char bytes[100] = "";
    FILE *file = fopen(path_in(folder, name), "r");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    bytes[n] = 0;
    assert_string_equal(bytes, text);
}

static void put_text(const char *folder, const char *name, const char *text)
{
    FILE *file = fopen(path_in(folder, name), "w");
    fputs(text, file);
    fclose(file);
}

/* How many names in the folder begin so. */
static int count_names(const char *folder, const char *prefix)
{
    int n = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; (entry = readdir(dir));)
        n += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(dir);
    return n;
}

static void try_outputs(const char *folder, const char *where, bool in_server)
{
    char both[40], one[20];
    snprintf(both, sizeof both, "%s 0\n%s 1\n", where, where);
    snprintf(one, sizeof one, "%s 0\n", where);
    Program server = {0};
    if (in_server) server = server_on(folder);
    put_text(folder, "out", "old");
    put_text(folder, "log", "old and longer");
    expect(
        START(folder, "save", "--data", "data", "--output", "out", "--log", "log", "--code", "1"),
        EXIT_FAILED, both, "");
    has_text(folder, "out", "old");
    has_text(folder, "log", "line\n");
    assert_int_equal(chmod(path_in(folder, "out"), 0600), 0);
    expect(START(folder, "save", "--data", "data", "--output", "out"), EXIT_FINE, one, "");
    has_text(folder, "out", "whole\n");
    struct stat status;
    assert_int_equal(stat(path_in(folder, "out"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    expect(START(folder, "save", "--data", "data", "--output", "/dev/null"), EXIT_FINE, one, "");
    expect(START(folder, "save", "--data", "data", "--output", "gone/out"), EXIT_FAILED, "",
           "souk: gone/out cannot be written: No such file or directory\n");
    expect(START(folder, "save", "--data", "data", "--output", "new", "--log", "gone/log"),
           EXIT_FAILED, "", "souk: gone/log cannot be written: No such file or directory\n");
    assert_int_equal(count_names(folder, ".out."), 0);
    assert_int_equal(count_names(folder, ".new."), 0);
    assert_int_equal(count_names(folder, "new"), 0);
    if (in_server) end_server(&server);
    unlink(path_in(folder, "out"));
    unlink(path_in(folder, "log"));
}

static void files_appear_when_all_is_well(void **state)
{
    try_outputs(*state, "here", false);
    try_outputs(*state, "server", true);
}

static void long_output_arrives_whole(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Program program = START(folder, "many", "lines", "--data", "data");
    Ending ending = program_end(&program);
    assert_int_equal(ending.code, EXIT_FINE);
    assert_int_equal(ending.out_length, (size_t)MANY_LINES * 12);
    for (int i = 0; i < MANY_LINES; i++) {
        char line[20];
        snprintf(line, sizeof line, "line %06d\n", i);
        assert_memory_equal(ending.out + (size_t)i * 12, line, 12);
    }
    ending_free(&ending);
    end_server(&server);
}

/* ---- Cancelling -------------------------------------------------------------------------- */

static void a_signal_cancels_there(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Program program = START(folder, "linger", "--data", "data");
    program_says(&program, "there\n");
    kill(program.pid, SIGINT);
    expect(program, EXIT_CANCELLED, "", "cancelled\n");
    end_server(&server);
}

static void a_caller_that_dies_cancels_too(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Program program = START(folder, "linger", "--data", "data");
    program_says(&program, "there\n");
    kill(program.pid, SIGKILL);
    expect(program, 128 + SIGKILL, "", "");
    wait_for_file(path_in(folder, "data/cancelled"));
    end_server(&server);
}

static void a_pipe_that_says_nothing_does_not_keep_a_command(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Program fed =
        program_start(folder, true, (const char *const[]){"copy", "--data", "data", "-", NULL});
    assert_int_equal(write(fed.in, "x", 1), 1);
    program_says(&fed, "x");
    end_server(&server);
    expect(fed, EXIT_CANCELLED, "", "not read to the end\n"); /* the pipe was open until now */
}

static void a_server_that_stops_cancels(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Program program = START(folder, "linger", "--data", "data");
    program_says(&program, "there\n");
    end_server(&server);
    expect(program, EXIT_CANCELLED, "", "cancelled\n");
}

static void a_killed_server_is_told(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Program program = START(folder, "linger", "--data", "data");
    program_says(&program, "there\n");
    kill(server.pid, SIGKILL);
    expect(server, 128 + SIGKILL, "", "");
    expect(program, EXIT_FAILED, "",
           "souk: the server that owns the data folder went away; the command may be half done\n");
}

static void a_reader_that_leaves_ends_the_flood(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    for (int there = 0; there < 2; there++) {
        Program program = START(folder, "flood", "--data", "data");
        program_says(&program, "0: the sea\n");
        close(program.out);
        program.out = open("/dev/null", O_RDONLY | O_CLOEXEC);
        expect(program, EXIT_FAILED, "", "");
        if (!there) end_server(&server); /* and the same without a server */
    }
}

/* ---- Strangers --------------------------------------------------------------------------- */

static int connect_raw(const char *folder)
{
    Arena *arena = arena_new(4096);
    ControlAddress address;
    assert_true(control_address_open(arena, str_format(arena, "%s/data", folder), &address));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address.name, sizeof address.name), 0);
    control_address_close(&address);
    arena_free(arena);
    return fd;
}

static void nonsense_is_cut_off(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"R\xff\xff\xff\x7f", 5}, /* longer than a request may be */
        {"C\0\0\0\0", 5},         /* nothing to cancel */
        {"X\1\0\0\0\0", 6},       /* what only a server says */
        {"C\1\0\0\0x", 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = connect_raw(folder);
        char byte;
        assert_int_equal(send(fd, rows[i].bytes, rows[i].n, MSG_NOSIGNAL), rows[i].n);
        ssize_t n = read(fd, &byte, 1);
        assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
        close(fd);
    }
    expect(START(folder, "where", "--data", "data"), EXIT_FINE, "server\n", "");
    end_server(&server);
}

/* Reads frames until the exit code, and returns it. */
static int answer_of(int fd, char *note, size_t room)
{
    char bytes[CONTROL_HEADER + CONTROL_PAYLOAD_MAX];
    size_t used = 0, length;
    note[0] = 0;
    for (;;) {
        ControlFrame frame;
        ControlStep step = control_frame_read((Str){bytes, used}, &frame, &length);
        assert_true(step != CONTROL_BROKEN);
        if (step == CONTROL_MORE) {
            ssize_t n = read(fd, bytes + used, sizeof bytes - used);
            assert_true(n > 0);
            used += (size_t)n;
            continue;
        }
        if (frame.type == CONTROL_EXIT) return (unsigned char)frame.payload.p[0];
        snprintf(note, room, "%.*s", STR_ARG(frame.payload));
        memmove(bytes, bytes + length, used - length);
        used -= length;
    }
}

static void requests_that_make_no_sense_are_answered(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder);
    Arena *arena = arena_new(4096);
    static const struct {
        const char *word;
        size_t files;
        const char *note;
    } rows[] = {
        {"serve", 0, "souk: it is no command that runs inside a server\n"},
        {"version", 0, "souk: it is no command that runs inside a server\n"},
        {"where", 1, "souk: the files of the request did not arrive\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str word = str_from(rows[i].word);
        ControlRequest request = {.files = rows[i].files, .words = {&word, 1}};
        Buf payload = buf_new(arena, CONTROL_PAYLOAD_MAX);
        assert_true(control_request_write(&payload, &request));
        int fd = connect_raw(folder);
        char note[200];
        assert_true(control_send(fd, CONTROL_REQUEST, buf_str(&payload), NULL, 0));
        assert_int_equal(answer_of(fd, note, sizeof note), EXIT_NOT_NOW);
        assert_string_equal(note, rows[i].note);
        close(fd);
    }
    int fd = connect_raw(folder);
    char note[200];
    assert_true(control_send(fd, CONTROL_REQUEST, S("\x63"), NULL, 0));
    assert_int_equal(answer_of(fd, note, sizeof note), EXIT_NOT_NOW);
    assert_string_equal(
        note, "souk: the server that owns the data folder is of another version: restart it\n");
    close(fd);
    arena_free(arena);
    end_server(&server);
}

static void commands_at_a_time_are_bounded(void **state)
{
    const char *folder = *state;
    Program server = server_on(folder), lingering[CONTROL_COMMANDS_MAX];
    for (int i = 0; i < CONTROL_COMMANDS_MAX; i++) {
        lingering[i] = START(folder, "linger", "--data", "data");
        program_says(&lingering[i], "there\n");
    }
    expect(START(folder, "where", "--data", "data"), EXIT_NOT_NOW, "",
           "souk: the server runs as many commands as it may; try again later\n");
    kill(lingering[3].pid, SIGTERM);
    expect(lingering[3], EXIT_CANCELLED, "", "cancelled\n");
    end_server(&server);
    for (int i = 0; i < CONTROL_COMMANDS_MAX; i++)
        if (i != 3) expect(lingering[i], EXIT_CANCELLED, "", "cancelled\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(without_an_owner_a_command_runs_here),
        IN_FOLDER(with_an_owner_it_runs_there),
        IN_FOLDER(usage_is_checked_before_the_server_is_asked),
        IN_FOLDER(a_second_owner_is_refused),
        IN_FOLDER(a_successor_waits_for_the_folder),
        IN_FOLDER(a_stale_socket_is_no_owner),
        IN_FOLDER(a_command_waits_for_the_one_before),
        IN_FOLDER(a_path_longer_than_an_address_is_reached),
        IN_FOLDER(settings_of_a_flag_must_be_the_servers),
        IN_FOLDER(another_database_is_refused),
        IN_FOLDER(files_are_the_callers),
        IN_FOLDER(files_appear_when_all_is_well),
        IN_FOLDER(long_output_arrives_whole),
        IN_FOLDER(a_signal_cancels_there),
        IN_FOLDER(a_caller_that_dies_cancels_too),
        IN_FOLDER(a_pipe_that_says_nothing_does_not_keep_a_command),
        IN_FOLDER(a_server_that_stops_cancels),
        IN_FOLDER(a_killed_server_is_told),
        IN_FOLDER(a_reader_that_leaves_ends_the_flood),
        IN_FOLDER(nonsense_is_cut_off),
        IN_FOLDER(requests_that_make_no_sense_are_answered),
        IN_FOLDER(commands_at_a_time_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
