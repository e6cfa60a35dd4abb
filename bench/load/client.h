/* Client: one thread of the load, with its share of the connections. */
#ifndef BENCH_LOAD_CLIENT_H
#define BENCH_LOAD_CLIENT_H

#include "histogram.h"
#include "plan.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

enum { STATUS_MAX = 600 };

/* The same for all threads. */
typedef struct LoadShape {
    const Plan *plan;
    struct sockaddr_in server;
    int sources;               /* connections come from 127.0.0.1 … 127.0.0.sources by turns */
    bool expected[STATUS_MAX]; /* every other status ends the run */
    size_t size_min, size_max; /* of a body; every other size ends the run */
    int64_t begin_ns; /* what is started (open loop: due) from then to the end is counted */
    int64_t grace_ns; /* after the end, to answer what is under way */
} LoadShape;

typedef struct Client {
    const LoadShape *shape;
    int index, threads;
    int connections;
    double rate;             /* requests per second of this thread; 0: closed loop */
    uint64_t turn;           /* of the next request; steps by `threads` */
    uint64_t number_from;    /* {n} of turn 0 */
    atomic_bool *stop;       /* set by whichever thread fails first */
    _Atomic int64_t *end_ns; /* comes early when a plan has no path left */
    pthread_barrier_t *go;   /* passed once all threads are connected */

    /* The outcome. */
    Histogram latency;
    uint64_t statuses[STATUS_MAX];
    uint64_t answered; /* also before and after what is counted */
    uint64_t body_bytes;
    uint64_t reconnects;
    char failure[512]; /* empty: none */
} Client;

/* Runs until the end; `arg` is the Client. */
void *client_run(void *arg);

/* A connected, non-blocking socket from the `index`th source address, or -1 with errno. */
int client_connect(const LoadShape *shape, int index);

int64_t client_now_ns(void);

#endif
