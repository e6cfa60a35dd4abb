/* Slugs: names for addresses, made from titles. FORMAT_SLUG says what one looks like. */
#ifndef META_SLUG_H
#define META_SLUG_H

#include "base/id.h"
#include "base/str.h"

enum {
    SLUG_MAX = 120,                           /* bytes: an address that still fits on a line */
    SLUG_BASE_MAX = SLUG_MAX - 1 - ID_DIGITS, /* of what slug_of_title makes */
};

/* A slug from a title: lower-case ASCII words with hyphens, "cafe-creme" from "Café Crème";
 * `otherwise` when nothing is left. At most SLUG_BASE_MAX bytes, so that slug_unique has room. */
Str slug_of_title(Arena *arena, Str title, Str otherwise);

/* The same slug made unique by the id's digits: "cafe-creme-0d3k9v7m2c8qh". */
Str slug_unique(Arena *arena, Str slug, Id id);

#endif
