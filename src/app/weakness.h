/* Settings that make a shop weak. `souk serve` refuses them in production (mode = production), and
 * `souk doctor` tells of them in both modes. */
#ifndef APP_WEAKNESS_H
#define APP_WEAKNESS_H

#include "platform/config/config.h"

typedef struct Weakness {
    const char *setting; /* that makes it */
    const char *doc;     /* what is weak, and why that matters */
    const char *advice;  /* what to do */
    bool (*is_there)(const Config *config);
} Weakness;

extern const Weakness weaknesses[];
extern const size_t weakness_count;

/* Which of them the settings have: a line each, "SETTING: what is weak. What to do." Empty: none. */
Str weaknesses_text(Arena *arena, const Config *config);

/* Only the settings' names, with commas between. Empty: none. */
Str weaknesses_names(Arena *arena, const Config *config);

extern const Error err_weak_settings;

#endif
