/* What an entry may take. */
#ifndef PLATFORM_AUDIT_LIMITS_H
#define PLATFORM_AUDIT_LIMITS_H

enum {
    AUDIT_VALUE_BYTES = 8192, /* of one value as JSON; a longer one is told by its hash: the trail
                                 is kept for ever, and read a page at a time */
};

#endif
