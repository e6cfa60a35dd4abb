/* The manual page, from the rows: what `souk man` prints. */
#ifndef PLATFORM_CLI_MANUAL_H
#define PLATFORM_CLI_MANUAL_H

#include "platform/cli/cli.h"

enum { MANUAL_MAX = 1 << 20 };

/* Appends souk(1) in the macros of man(7), pure ASCII; groff and mandoc take it without a warning.
 * The same table gives the same bytes. */
void manual_write(Buf *out, const CommandTable *table);

#endif
