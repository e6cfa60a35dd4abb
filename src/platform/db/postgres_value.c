/* Values in the binary protocol: no printing and parsing of numbers and times on either side, and
 * no rounding of a double. Only the types that our column words make are known, and the few that
 * plain SQL yields besides (int4 of a literal, unknown of a string); numeric is refused on purpose,
 * because sums of bigint are to be cast back.
 *
 * Formats: PostgreSQL's src/backend/utils/adt/, the functions named *recv and *send; type numbers:
 * src/include/catalog/pg_type.dat. Both have been the same since version 8. */
#include "platform/db/postgres.h"

#include <endian.h>

enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_JSON = 114,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_UNKNOWN = 705,
    TYPE_INT8_ARRAY = 1016,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_JSONB = 3802,
};

enum { JSONB_VERSION = 1 };

/* Its times count from 2000-01-01T00:00:00Z. */
#define EPOCH_US ((int64_t)946684800000000)

Oid pg_type_of(ValueKind kind)
{
    switch (kind) {
    case VALUE_NULL:
        return 0;
    case VALUE_BOOL:
        return TYPE_BOOL;
    case VALUE_INT:
        return TYPE_INT8;
    case VALUE_DOUBLE:
        return TYPE_FLOAT8;
    case VALUE_TEXT:
        return TYPE_TEXT;
    case VALUE_BYTES:
        return TYPE_BYTEA;
    case VALUE_TIME:
        return TYPE_TIMESTAMPTZ;
    case VALUE_JSON:
        return TYPE_JSONB;
    case VALUE_IDS:
        return TYPE_INT8_ARRAY;
    }
    return 0;
}

/* ---- Out ----------------------------------------------------------------------------- */

/* Outside of what 64 bits hold from 2000 on is also outside of what the server takes, and it says
 * so. */
static uint64_t time_number(int64_t us)
{
    int64_t since_2000;
    if (__builtin_sub_overflow(us, EPOCH_US, &since_2000)) since_2000 = INT64_MIN + 1;
    return (uint64_t)since_2000;
}

static uint64_t double_number(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

/* array_recv: dimensions, has nulls, element type; for each dimension size and lower bound; then
 * the elements. */
static Str ids_bytes(Arena *arena, IdList ids)
{
    uint32_t head[] = {htobe32(ids.n ? 1 : 0), 0, htobe32(TYPE_INT8), htobe32((uint32_t)ids.n),
                       htobe32(1)};
    size_t head_bytes =
        ids.n ? sizeof head : 3 * sizeof *head; /* the empty array has no dimension */
    uint32_t width = htobe32(sizeof(int64_t));
    char *bytes = arena_alloc(arena, head_bytes + ids.n * (sizeof width + sizeof(int64_t)), 1),
         *at = bytes;
    memcpy(at, head, head_bytes);
    at += head_bytes;
    for (size_t i = 0; i < ids.n; i++) {
        uint64_t id = htobe64((uint64_t)ids.items[i].n);
        memcpy(at, &width, sizeof width);
        memcpy(at + sizeof width, &id, sizeof id);
        at += sizeof width + sizeof id;
    }
    return (Str){bytes, (size_t)(at - bytes)};
}

static Str jsonb_bytes(Arena *arena, Str text)
{
    char *bytes = arena_alloc(arena, text.n + 1, 1);
    bytes[0] = JSONB_VERSION;
    if (text.n) memcpy(bytes + 1, text.p, text.n);
    return (Str){bytes, text.n + 1};
}

static Str number_bytes(uint64_t *place, uint64_t number)
{
    *place = htobe64(number);
    return (Str){(const char *)place, sizeof *place};
}

static Str bool_bytes(bool b)
{
    return b ? (Str){"\1", 1} : (Str){"\0", 1};
}

static Str value_bytes(Arena *arena, const Value *value, uint64_t *number)
{
    switch (value->kind) {
    case VALUE_NULL:
        break;
    case VALUE_BOOL:
        return bool_bytes(value->b);
    case VALUE_INT:
        return number_bytes(number, (uint64_t)value->i);
    case VALUE_DOUBLE:
        return number_bytes(number, double_number(value->d));
    case VALUE_TIME:
        return number_bytes(number, time_number(value->i));
    case VALUE_TEXT:
    case VALUE_BYTES: /* a NULL pointer would mean null, and the empty text is not null */
        return value->s.p ? value->s : S("");
    case VALUE_JSON:
        return jsonb_bytes(arena, value->s);
    case VALUE_IDS:
        return ids_bytes(arena, value->ids);
    }
    return (Str){NULL, 0};
}

void pg_encode(Arena *arena, const Value *values, const ValueKind *kinds, size_t count,
               PgParams *out)
{
    out->n = (int)count;
    for (size_t i = 0; i < count; i++) {
        Str bytes = value_bytes(arena, &values[i], &out->numbers[i]);
        out->types[i] = pg_type_of(kinds[i]);
        out->bytes[i] = bytes.p;
        out->lengths[i] = (int)bytes.n;
        out->formats[i] = 1;
    }
}

/* ---- In ------------------------------------------------------------------------------ */

/* A big-endian two's complement number of 2, 4 or 8 bytes. */
static int64_t int_of(const char *bytes, size_t length)
{
    int64_t n = (signed char)bytes[0];
    for (size_t i = 1; i < length; i++) n = (int64_t)((uint64_t)n << 8 | (unsigned char)bytes[i]);
    return n;
}

static double double_of(const char *bytes, size_t length)
{
    if (length == sizeof(double)) {
        uint64_t bits = (uint64_t)int_of(bytes, length);
        double d;
        memcpy(&d, &bits, sizeof d);
        return d;
    }
    uint32_t bits = (uint32_t)int_of(bytes, length);
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

static bool decode_int(ValueKind kind, size_t wanted, const char *bytes, size_t length, Value *out)
{
    if (length != wanted) return false;
    *out = (Value){kind, .i = int_of(bytes, length)};
    return true;
}

static bool decode_double(size_t wanted, const char *bytes, size_t length, Value *out)
{
    if (length != wanted) return false;
    *out = value_double(double_of(bytes, length));
    return true;
}

/* `infinity` is no time of ours. */
static bool decode_time(const char *bytes, size_t length, Value *out)
{
    int64_t us;
    if (length != sizeof us || __builtin_add_overflow(int_of(bytes, length), EPOCH_US, &us))
        return false;
    *out = value_time((Time){us});
    return true;
}

static bool decode_jsonb(const char *bytes, size_t length, Value *out)
{
    if (length < 1 || bytes[0] != JSONB_VERSION) return false;
    *out = (Value){VALUE_JSON, .s = {bytes + 1, length - 1}};
    return true;
}

static bool decode_bytes(ValueKind kind, const char *bytes, size_t length, Value *out)
{
    *out = (Value){kind, .s = {bytes, length}};
    return true;
}

bool pg_decode(Oid type, const char *bytes, size_t length, Value *out)
{
    switch (type) {
    case TYPE_BOOL:
        if (length != 1) return false;
        *out = value_bool(bytes[0] != 0);
        return true;
    case TYPE_INT2:
        return decode_int(VALUE_INT, sizeof(int16_t), bytes, length, out);
    case TYPE_INT4:
        return decode_int(VALUE_INT, sizeof(int32_t), bytes, length, out);
    case TYPE_INT8:
        return decode_int(VALUE_INT, sizeof(int64_t), bytes, length, out);
    case TYPE_FLOAT4:
        return decode_double(sizeof(float), bytes, length, out);
    case TYPE_FLOAT8:
        return decode_double(sizeof(double), bytes, length, out);
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_UNKNOWN:
    case TYPE_BPCHAR:
    case TYPE_VARCHAR:
        return decode_bytes(VALUE_TEXT, bytes, length, out);
    case TYPE_BYTEA:
        return decode_bytes(VALUE_BYTES, bytes, length, out);
    case TYPE_JSON:
        return decode_bytes(VALUE_JSON, bytes, length, out);
    case TYPE_JSONB:
        return decode_jsonb(bytes, length, out);
    case TYPE_TIMESTAMPTZ:
        return decode_time(bytes, length, out);
    default:
        return false;
    }
}
