/* hash SECONDS THREADS: how many passwords a second the threads compare when nothing else is asked of
 * them: what logging in can reach at best. Prints one JSON object. */
#include "modules/accounts/password.h"

#include "base/time.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 64 };

static Str phc;
static int64_t until_us;

static void *compare(void *count)
{
    while (monotonic_us() < until_us) {
        if (password_check(S("correct horse battery staple"), phc) != PASSWORD_RIGHT) abort();
        ++*(long *)count;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS_MAX];
    long counts[THREADS_MAX] = {0}, sum = 0;
    int seconds = argc == 3 ? atoi(argv[1]) : 0, n = argc == 3 ? atoi(argv[2]) : 0;
    if (seconds < 1 || n < 1 || n > THREADS_MAX) {
        fprintf(stderr, "usage: hash SECONDS THREADS\n");
        return 2;
    }
    Arena *arena = arena_new(4096);
    phc = password_hash(arena, &random_system, S("correct horse battery staple"));
    int64_t begun_us = monotonic_us();
    until_us = begun_us + (int64_t)seconds * 1000000;
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, compare, &counts[i]) != 0) return 1;
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        sum += counts[i];
    }
    double took_s = (double)(monotonic_us() - begun_us) / 1e6;
    printf("{\"hashes_per_s\":%.2f}\n", (double)sum / took_s);
    arena_free(arena);
    return 0;
}
