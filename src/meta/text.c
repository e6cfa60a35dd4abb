/* Values as plain text: the one parser of a word for JSON strings, query strings, settings and CSV,
 * so that an id, a time or a number is the same everywhere, and is refused with the same words.
 *
 * Numbers are stricter than the C library's: no blanks, no plus, no hexadecimal, no "inf", no
 * leading zeros. An integer is digits only, since 1.0 and 1e3 would invite the sender to write 1.5.
 */
#include "meta/text.h"

#include "base/buf.h"
#include "meta/json_lex.h"

#include <math.h>
#include <stdlib.h>

/* ---- Reading ---- */

static bool refuse(Violations *violations, const Place *place, const ViolationCode *code,
                   const char *message)
{
    violation_add(violations, place, code, "%s", message);
    return false;
}

static bool parse_enum(const Field *field, Str text, const Place *place, unsigned *out,
                       Violations *violations)
{
    if (enum_parse(field->names, text, out)) return true;
    if (violations->n == VIOLATIONS_MAX) { /* a list of ten thousand wrong names costs no memory */
        violations->total++;
        return false;
    }
    Buf list = buf_new(violations->arena, SIZE_MAX / 4);
    for (size_t i = 0; i < field->names->n; i++) {
        if (i) buf_lit(&list, ", ");
        buf_put(&list, str_from(field->names->names[i]));
    }
    Str quoted = violation_quote(violations->arena, text);
    violation_add(violations, place, VIOLATION(NOT_ONE_OF), "must be one of %.*s; is \"%.*s\"",
                  STR_ARG(buf_str(&list)), STR_ARG(quoted));
    return false;
}

static bool parse_id(const Field *field, Str text, const Place *place, Id *out,
                     Violations *violations)
{
    if (id_parse(text, field->prefix, out)) return true;
    violation_add(violations, place, VIOLATION(ID), "must be an id such as %s_%.*s", field->prefix,
                  ID_DIGITS, "0d3k9v7m2c8qh");
    return false;
}

bool text_parse_int(Str text, const Place *place, int64_t *out, Violations *violations)
{
    if (str_to_int(text, out)) return true;
    if (str_eq(text, S("-0"))) {
        *out = 0;
        return true;
    }
    bool minus = text.n && text.p[0] == '-';
    Str digits = str_slice(text, minus, text.n);
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9') digits.n = 0;
    if (digits.n == 0 || (digits.n > 1 && digits.p[0] == '0')) {
        Str quoted = violation_quote(violations->arena, text);
        violation_add(violations, place, VIOLATION(WRONG_TYPE),
                      "must be an integer, written with digits only, is %.*s", STR_ARG(quoted));
        return false;
    }
    return refuse(violations, place, minus ? VIOLATION(TOO_SMALL) : VIOLATION(TOO_LARGE),
                  minus ? "must be at least -9223372036854775808"
                        : "must be at most 9223372036854775807");
}

bool text_parse_double(Str text, const Place *place, double *out, Violations *violations)
{
    char z[JSON_NUMBER_MAX + 1];
    Str number = {0};
    JsonLexer lexer = json_lexer(NULL, text);
    if (text.n == 0 || (text.p[0] != '-' && (text.p[0] < '0' || text.p[0] > '9')) ||
        !json_lex_number(&lexer, &number) || number.n < text.n)
        return refuse(violations, place, VIOLATION(WRONG_TYPE), "must be a number");
    if (text.n > JSON_NUMBER_MAX) {
        violation_add(violations, place, VIOLATION(TOO_LONG),
                      "must be a number of at most %d characters, has %zu", JSON_NUMBER_MAX,
                      text.n);
        return false;
    }
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    double value = strtod(z, NULL);
    if (isinf(value))
        return refuse(violations, place, value < 0 ? VIOLATION(TOO_SMALL) : VIOLATION(TOO_LARGE),
                      value < 0 ? "must be at least -1.8e308" : "must be at most 1.8e308");
    *out = value;
    return true;
}

static bool parse_bool(Str text, const Place *place, bool *out, Violations *violations)
{
    bool yes = str_eq(text, S("true"));
    if (!yes && !str_eq(text, S("false")))
        return refuse(violations, place, VIOLATION(WRONG_TYPE), "must be true or false");
    *out = yes;
    return true;
}

bool text_parse(const Field *field, Str text, const Place *place, void *member,
                Violations *violations)
{
    switch (field->kind) {
    case KIND_BOOL:
        return parse_bool(text, place, member, violations);
    case KIND_INT:
        return text_parse_int(text, place, member, violations);
    case KIND_MONEY:
        return text_parse_int(text, place, &((Money *)member)->minor, violations);
    case KIND_DOUBLE:
        return text_parse_double(text, place, member, violations);
    case KIND_STR:
        *(Str *)member = text.p ? text : S("");
        return true;
    case KIND_ID:
        return parse_id(field, text, place, member, violations);
    case KIND_CURRENCY:
        return currency_parse(text, member) ||
               refuse(violations, place, VIOLATION(CURRENCY),
                      "must be a currency code of ISO 4217 such as EUR");
    case KIND_TIME:
        return time_parse(text, member) ||
               refuse(violations, place, VIOLATION(TIME),
                      "must be a date and time such as 2026-11-21T12:58:19Z (RFC 3339)");
    case KIND_ENUM:
        return parse_enum(field, text, place, member, violations);
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_JSON:
    case KIND_OBJECT:
    case KIND_LIST:
        break;
    }
    abort(); /* not of one word: a bug of the caller */
}

bool text_read_item(const Field *field, Str text, const Place *place, void *item,
                    Violations *violations)
{
    if (field->kind == KIND_ID_LIST) return parse_id(field, text, place, item, violations);
    *(Str *)item = text;
    return check_item(violations, place, field, text);
}

/* "a,b,c"; the empty text is the empty list. */
static bool read_list(Arena *arena, const Field *field, Str text, const Place *place, void *member,
                      Violations *violations)
{
    size_t size = field->kind == KIND_ID_LIST ? sizeof(Id) : sizeof(Str), n = text.n > 0;
    size_t max = field->max == NO_MAX ? LIST_ITEMS_MAX : (size_t)field->max;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == ',';
    AnyList list = {n && n <= max ? arena_alloc(arena, n * size, alignof(Str)) : NULL, n};
    bool fine = true;
    for (size_t i = 0; list.items && i < n; i++) {
        Str item;
        str_cut(text, ',', &item, &text);
        fine &= text_read_item(field, item, place, (char *)list.items + i * size, violations);
    }
    if (!fine || !check_list_length(violations, place, field, n)) return false;
    memcpy(member, &list, sizeof list);
    return true;
}

bool text_read(Arena *arena, const Field *field, Str text, const Place *place, void *member,
               Violations *violations)
{
    union {
        bool b;
        int64_t i;
        double d;
        unsigned e;
        Str s;
        Id id;
        Money money;
        Currency currency;
        Time time;
    } value;
    if (field->kind == KIND_STR_LIST || field->kind == KIND_ID_LIST)
        return read_list(arena, field, text, place, member, violations);
    if (field->kind == KIND_JSON || field->kind == KIND_OBJECT || field->kind == KIND_LIST)
        return json_read_value(arena, field, text, JSON_CREATE, place, member, violations);
    if (!text_parse(field, text, place, &value, violations)) return false;
    if (!check_member(violations, place, field, &value)) return false;
    memcpy(member, &value, field->size);
    return true;
}

/* ---- Writing ---- */

static Str write_list(Arena *arena, const Field *field, const void *member)
{
    const IdList *ids = member;
    if (field->kind == KIND_STR_LIST) return str_join(arena, *(const StrList *)member, S(","));
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    for (size_t i = 0; i < ids->n; i++) {
        if (i) buf_char(&buf, ',');
        buf_put(&buf, id_text(arena, field->prefix, ids->items[i]));
    }
    return buf_str(&buf);
}

Str text_write(Arena *arena, const Field *field, const void *member)
{
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    switch (field->kind) {
    case KIND_STR:
        return *(const Str *)member;
    case KIND_ID:
        return ((const Id *)member)->n ? id_text(arena, field->prefix, *(const Id *)member) : S("");
    case KIND_CURRENCY:
        return currency_text(member);
    case KIND_TIME:
        return time_text(arena, *(const Time *)member);
    case KIND_ENUM:
        return enum_text(field->names, *(const unsigned *)member);
    case KIND_STR_LIST:
    case KIND_ID_LIST:
        return write_list(arena, field, member);
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DOUBLE:
    case KIND_MONEY:
    case KIND_JSON:
    case KIND_OBJECT:
    case KIND_LIST:
        json_write_member(&buf, field, member);
        return buf_str(&buf);
    }
    abort();
}
