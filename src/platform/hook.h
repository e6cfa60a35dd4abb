/* Hooks: decisions that a shop will want to make in its own way. See docs/internals/hooks.md.
 *
 * What an article costs a customer, how a parcel can be sent, what is taxed: the module that needs to
 * know has a row for the question, with the types of what is asked and answered, and one implementation
 * that is built in. It asks through the row, so that what decides can be another one:
 *
 *     typedef struct Parcel { int64_t weight; } Parcel;
 *     typedef struct Postage { Money amount; } Postage;
 *
 *     static void weigh(Arena *arena, const Parcel *parcel, Postage *out) { … }
 *     HOOK_DECIDES(weigh, Parcel, Postage)
 *     const Hook postage = {"parcel.postage", "What it costs to send a parcel.", &parcel_type,
 *                           &postage_type, weigh_decides, "By weight."};
 *
 *     Postage answer;
 *     hook_ask(cx, &postage, &(Parcel){1200}, &answer);
 *
 * A built-in implementation is pure: it looks at nothing but the question. So the question says all
 * that anybody may need to decide, and can be sent to another machine as it stands. */
#ifndef PLATFORM_HOOK_H
#define PLATFORM_HOOK_H

#include "platform/module.h"

struct Hook {
    const char *name; /* "shipping.rates": kept for ever, implementations register for it */
    const char *doc;  /* what is decided, one sentence */
    const Type *asks, *answers;
    void (*decide)(Arena *arena, const void *asked, void *answer);
    const char *built_in; /* how `decide` decides, one sentence */
};

/* Gives the implementation the types of its row. */
#define HOOK_DECIDES(function, Question, Answer)                                                   \
    static void function##_decides(Arena *arena, const void *asked, void *answer)                  \
    {                                                                                              \
        const Question *typed = asked;                                                             \
        Answer *out = answer;                                                                      \
        function(arena, typed, out);                                                               \
    }

/* Fills *answer, a struct of hook->answers, in the arena of `cx`. Whoever asks checks what comes: an
 * implementation may be somebody else's. */
void hook_ask(Ctx *cx, const Hook *hook, const void *asked, void *answer);

#endif
