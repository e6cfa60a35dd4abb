/* fsync: how many times a second this folder's file system makes 4 KiB durable with fdatasync(2),
 * one after the other. It is the yardstick beside absolute figures of writes: a group commit costs
 * at least one.
 *
 * usage: fsync FOLDER [SECONDS]      prints one JSON object */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int complain(const char *what)
{
    fprintf(stderr, "fsync: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    if (argc < 2 || !(seconds > 0 && seconds <= 60)) {
        fputs("usage: fsync FOLDER [SECONDS]\n", stderr);
        return 2;
    }
    char path[4096];
    if (snprintf(path, sizeof path, "%s/fsync.XXXXXX", argv[1]) >= (int)sizeof path) return 2;
    int fd = mkstemp(path);
    if (fd < 0) return complain(path);
    unlink(path);
    /* Written over and over in the same 4 MiB, as a log is that is already allocated: no block is
     * added in between. */
    enum { PAGE = 4096, PAGES = 1024 };
    static char page[PAGE];
    memset(page, 'x', sizeof page);
    for (int i = 0; i < PAGES; i++)
        if (pwrite(fd, page, PAGE, (off_t)i * PAGE) != PAGE) return complain("write");
    if (fsync(fd) < 0) return complain("fsync");
    long count = 0;
    double began = now_s(), ended = began;
    for (; ended - began < seconds; ended = now_s(), count++) {
        page[0] = (char)count;
        if (pwrite(fd, page, PAGE, (off_t)(count % PAGES) * PAGE) != PAGE) return complain("write");
        if (fdatasync(fd) < 0) return complain("fdatasync");
    }
    printf("{\"fdatasync_per_s\": %.0f}\n", (double)count / (ended - began));
    return 0;
}
