/* Limits: how much of something one client, account or key may do in a time. See
 * docs/internals/limits.md.
 *
 *     static const LimitClass logins = {"login", "Attempts to log in.", .quota = 20,
 *                                       .window_s = 60, .burst = 10};
 *     LimitVerdict verdict = limit_take(limiter, &logins, subject, 1, monotonic_us());
 *     if (!verdict.admitted) …answer 429 with Retry-After…
 *
 * A class keeps its word for every window, wherever one begins to look: in no span of `window_s` is
 * more than `quota` admitted, and never more than `burst` at once. What is refused costs nothing. */
#ifndef PLATFORM_LIMIT_LIMIT_H
#define PLATFORM_LIMIT_LIMIT_H

#include "base/random.h"

typedef struct LimitClass {
    const char *name; /* "login": also the policy's name in RateLimit-Policy */
    const char *doc;
    int64_t quota;    /* in any window; in units of cost, usually requests */
    int64_t window_s; /* seconds, up to LIMIT_WINDOW_MAX_S */
    int64_t burst; /* at once, 1 … quota; who goes on steadily gets quota - burst + 1 a window */
    const char *setting; /* whose value is the quota, which derives the burst; NULL: as above */
} LimitClass;

enum { LIMIT_WINDOW_MAX_S = 7 * 24 * 3600 };

typedef struct LimitVerdict {
    bool admitted;
    int64_t remaining; /* what would be admitted at once now */
    int64_t reset_us;  /* until the whole burst is there again */
    int64_t
        retry_us; /* until this would be admitted; 0 when it was, or when its cost is above the burst */
} LimitVerdict;

typedef struct Limiter Limiter;

/* Remembers `subjects` of them (16 bytes each; a power of two is made of it). When more are under
 * way at once, those nearest to having their whole burst again are forgotten first, so that a crowd of
 * newcomers does not free whoever has used up his share. */
Limiter *limiter_new(size_t subjects, const Random *random);
void limiter_free(Limiter *limiter);

/* Takes `cost` (at least 1) of the subject's share, if it is there. The subject is any text; each
 * class counts it by itself. Any thread; below a microsecond. `now_us` is of monotonic_us. */
LimitVerdict limit_take(Limiter *limiter, const LimitClass *class, Str subject, int64_t cost,
                        int64_t now_us);

/* What limit_take would say, without taking. */
LimitVerdict limit_look(Limiter *limiter, const LimitClass *class, Str subject, int64_t cost,
                        int64_t now_us);

#endif
