/* Value: one typed argument or column of SQL, as the drivers see it; rows.h turns fields into
 * values and back. */
#ifndef META_VALUE_H
#define META_VALUE_H

#include "meta/type.h"

typedef enum ValueKind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT, /* also ids and money */
    VALUE_DOUBLE,
    VALUE_TEXT,
    VALUE_BYTES,
    VALUE_TIME, /* microseconds since 1970 */
    VALUE_JSON, /* text that is JSON */
    VALUE_IDS,  /* a list, for `in IDS($1)` */
} ValueKind;

typedef struct Value {
    ValueKind kind;
    union {
        bool b;
        int64_t i;
        double d;
        Str s;
        IdList ids;
    };
} Value;

static inline Value value_bool(bool b)
{
    return (Value){VALUE_BOOL, .b = b};
}
static inline Value value_int(int64_t i)
{
    return (Value){VALUE_INT, .i = i};
}
static inline Value value_double(double d)
{
    return (Value){VALUE_DOUBLE, .d = d};
}
static inline Value value_str(Str s)
{
    return (Value){VALUE_TEXT, .s = s};
}
static inline Value value_id(Id id)
{
    return id.n ? (Value){VALUE_INT, .i = id.n} : (Value){.kind = VALUE_NULL};
}
static inline Value value_money(Money m)
{
    return (Value){VALUE_INT, .i = m.minor};
}
static inline Value value_time(Time t)
{
    return (Value){VALUE_TIME, .i = t.us};
}
static inline Value value_json(Json j)
{
    return (Value){VALUE_JSON, .s = j.text};
}
static inline Value value_ids(IdList ids)
{
    return (Value){VALUE_IDS, .ids = ids};
}
static inline Value value_same(Value v)
{
    return v;
}
static inline Value value_small(int i)
{
    return (Value){VALUE_INT, .i = i};
}

/* clang-format off */
#define VALUE_OF(x)                                                                                \
    _Generic((x), bool: value_bool, int: value_small, int64_t: value_int, double: value_double,    \
             Str: value_str, Id: value_id, Money: value_money, Time: value_time, Json: value_json, \
             IdList: value_ids, Value: value_same)(x)
/* clang-format on */

#endif
