/* Rows that the linker gathers into a table, so that none can be forgotten: each definition leaves
 * a pointer to its row in a section of its own, and the section's bounds are the table's. Inside of
 * platform/telemetry; see FAULT_POINT, LOG_EVENT, METRIC_FAMILY.
 *
 * Rejected: a list that each module registers at start (one call that can be forgotten), and one
 * array for the whole program (every part would have to know it). */
#ifndef PLATFORM_TELEMETRY_GATHER_H
#define PLATFORM_TELEMETRY_GATHER_H

#include <stddef.h>

/* The entry of `row` in `section_`. */
#define GATHER(Type, section_, row)                                                                \
    static const Type *const row##_entry __attribute__((section(#section_), used)) = &row

/* Defines `function(size_t *count)`, which answers with the rows of the program, in no particular
 * order. The bounds are the linker's; both are NULL in a program without such rows. */
#define GATHERED(Type, section_, function)                                                         \
    extern const Type *const __start_##section_[] __attribute__((weak));                           \
    extern const Type *const __stop_##section_[] __attribute__((weak));                            \
    const Type *const *function(size_t *count)                                                     \
    {                                                                                              \
        *count = (size_t)(__stop_##section_ - __start_##section_);                                 \
        return __start_##section_;                                                                 \
    }

#endif
