#include "platform/cli/folder.h"

#include "platform/cli/test_program.h"

/* Runs in a child: claims, says so, and keeps the folder until the pipe is closed here. */
static pid_t other_owner(const char *folder, const int until[2])
{
    int said[2];
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        FolderLock lock;
        Str detail;
        char byte = 'x';
        close(until[1]);
        alarm(600);
        if (folder_claim(arena_new(4096), str_from(folder), S("souk other"), 0, &lock, &detail))
            _exit(1);
        if (write(said[1], &byte, 1) != 1) _exit(2);
        _exit(read(until[0], &byte, 1) == 0 ? 0 : 3);
    }
    char byte;
    assert_int_equal(read(said[0], &byte, 1), 1);
    close(said[0]);
    close(said[1]);
    return pid;
}

static const char *data_in(Arena *arena, const char *folder)
{
    return str_z(arena, str_format(arena, "%s/data", folder));
}

static void missing_parents_are_made(void **state)
{
    Arena *arena = arena_new(4096);
    Str deep = str_format(arena, "%s/data/b//c/", (char *)*state), detail = S("");
    FolderLock lock;
    assert_null(folder_claim(arena, deep, S("souk"), 0, &lock, &detail));
    folder_release(&lock);
    assert_int_equal(lock.fd, -1);
    static const char *const made[] = {"data/b/c/souk.lock", "data/b/c", "data/b"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(remove(str_z(arena, str_format(arena, "%s/%s", (char *)*state, made[i]))),
                         0);
    arena_free(arena);
}

static void the_owner_is_named_until_it_leaves(void **state)
{
    Arena *arena = arena_new(4096);
    const char *data = data_in(arena, *state);
    int until[2];
    assert_int_equal(pipe2(until, O_CLOEXEC), 0);
    pid_t pid = other_owner(data, until);
    close(until[0]);
    FolderLock lock = {.fd = -7};
    Str detail = S("");
    const Error *error = folder_claim(arena, str_from(data), S("souk me"), 0, &lock, &detail);
    assert_ptr_equal(error, &err_folder_in_use);
    assert_int_equal(lock.fd, -7);
    Str expected = str_format(arena, "the data folder %s is in use by process %ld (souk other)",
                              data, (long)pid);
    assert_string_equal(str_z(arena, detail), str_z(arena, expected));
    close(until[1]); /* it leaves, at some time: waiting must find the folder free */
    error = folder_claim(arena, str_from(data), S("souk me"), 600 * 1000000LL, &lock, &detail);
    assert_null(error);
    folder_release(&lock);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    arena_free(arena);
}

static void a_killed_owner_leaves_no_lock(void **state)
{
    Arena *arena = arena_new(4096);
    const char *data = data_in(arena, *state);
    int until[2], status;
    assert_int_equal(pipe2(until, O_CLOEXEC), 0);
    pid_t pid = other_owner(data, until);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    FolderLock lock;
    Str detail = S("");
    assert_null(folder_claim(arena, str_from(data), S("souk me"), 0, &lock, &detail));
    folder_release(&lock);
    close(until[0]);
    close(until[1]);
    arena_free(arena);
}

static void a_folder_that_cannot_be_is_explained(void **state)
{
    Arena *arena = arena_new(4096);
    Str file = str_format(arena, "%s/file", (char *)*state), detail = S("");
    close(open(str_z(arena, file), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    FolderLock lock;
    assert_ptr_equal(folder_claim(arena, file, S("souk"), 0, &lock, &detail), &err_folder_unusable);
    Str expected =
        str_format(arena, "the data folder %.*s cannot be written: Not a directory", STR_ARG(file));
    assert_string_equal(str_z(arena, detail), str_z(arena, expected));
    Str below = str_format(arena, "%.*s/data", STR_ARG(file));
    assert_ptr_equal(folder_claim(arena, below, S("souk"), 0, &lock, &detail),
                     &err_folder_unusable);
    expected =
        str_format(arena, "the data folder %.*s cannot be made: Not a directory", STR_ARG(below));
    assert_string_equal(str_z(arena, detail), str_z(arena, expected));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(missing_parents_are_made),
        IN_FOLDER(the_owner_is_named_until_it_leaves),
        IN_FOLDER(a_killed_owner_leaves_no_lock),
        IN_FOLDER(a_folder_that_cannot_be_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
