/* Does a table of fields describe its struct? For tests: each module checks its types once.
 *
 *     assert_type(&product_type);
 *
 * A row cannot name a member of the wrong kind (it would not compile), but it can be forgotten,
 * doubled, or say what makes no sense. What this cannot see: a forgotten member small enough to
 * hide in padding, and an enum with more constants than names. */
#ifndef META_TYPE_CHECK_H
#define META_TYPE_CHECK_H

#include "meta/type.h"

/* Everything that is wrong with the type and the types it contains, one sentence a line; empty when
 * it is sound. */
Str type_check(Arena *arena, const Type *type);

/* In a cmocka test: fails with those lines. */
#define assert_type(type)                                                                          \
    do {                                                                                           \
        Arena *arena_ = arena_new(4096);                                                           \
        assert_string_equal(str_z(arena_, type_check(arena_, (type))), "");                        \
        arena_free(arena_);                                                                        \
    } while (0)

#endif
