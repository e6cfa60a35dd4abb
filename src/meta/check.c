/* Checks and the violations that they find.
 *
 * A check answers twice: true or false to the program, and a sentence to the sender. Both come from
 * one place, so that no refusal is without its reason. The sentence says what is asked and what was
 * found, in the sender's own units: characters rather than bytes, items, the number as it was
 * written.
 *
 * Places are chains of structs on the walkers' stacks (check.h). Building a pointer's text on the
 * way down would cost each good request what only a bad one needs.
 *
 * A text is counted in characters only when its bytes leave a doubt: a character has at least one
 * byte, so what is short enough in bytes is short enough. */
#include "meta/check.h"

#include "base/buf.h"

#include <inttypes.h>

const ViolationCode violation_codes[VIOLATION_COUNT] = {
    [VIOLATION_SYNTAX] = {"syntax", "The text is not JSON; the message says where and why."},
    [VIOLATION_ENCODING] = {"encoding", "A percent escape is malformed, or it is not UTF-8."},
    [VIOLATION_REQUIRED] = {"required", "The field must be there."},
    [VIOLATION_READ_ONLY] = {"read_only", "The field is set by the shop; leave it out."},
    [VIOLATION_UNKNOWN_FIELD] = {"unknown_field", "There is no field of this name."},
    [VIOLATION_UNKNOWN_PARAMETER] = {"unknown_parameter", "There is no parameter of this name."},
    [VIOLATION_DUPLICATE] = {"duplicate", "The same name stands twice."},
    [VIOLATION_NOT_NULL] = {"null", "The field cannot be null."},
    [VIOLATION_WRONG_TYPE] = {"wrong_type", "The value is of another JSON type."},
    [VIOLATION_TOO_SHORT] = {"too_short", "The text has too few characters."},
    [VIOLATION_TOO_LONG] = {"too_long", "The text has too many characters."},
    [VIOLATION_TOO_FEW] = {"too_few", "The list has too few items."},
    [VIOLATION_TOO_MANY] = {"too_many", "The list has too many items."},
    [VIOLATION_TOO_SMALL] = {"too_small", "The number is below its minimum."},
    [VIOLATION_TOO_LARGE] = {"too_large", "The number is above its maximum."},
    [VIOLATION_PATTERN] = {"pattern", "The text does not match the field's pattern."},
    [VIOLATION_NOT_ONE_OF] = {"not_one_of", "The text is none of the values that are allowed."},
    [VIOLATION_ID] = {"invalid_id", "The text is no id of the kind that belongs here."},
    [VIOLATION_TIME] = {"invalid_time", "The text is no date and time of RFC 3339."},
    [VIOLATION_CURRENCY] = {"invalid_currency", "The text is no currency code of ISO 4217."},
    [VIOLATION_EMAIL] = {"invalid_email", "The text is no e-mail address."},
    [VIOLATION_URL] = {"invalid_url", "The text is no absolute http or https URL."},
    [VIOLATION_SLUG] = {"invalid_slug", "The text is not lower-case words joined by hyphens."},
    [VIOLATION_LOCALE] = {"invalid_locale", "The text is no language tag of BCP 47."},
    [VIOLATION_COUNTRY] = {"invalid_country",
                           "The text is no country's code of two letters (ISO 3166-1)."},
};

/* ---- Places and violations ---- */

Str violation_quote(Arena *arena, Str text)
{
    if (text.n <= QUOTE_MAX) return text;
    size_t n = QUOTE_MAX;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80) n--;
    return str_format(arena, "%.*s…", (int)n, text.p);
}

static void write_place(Arena *arena, Buf *buf, const Place *place)
{
    if (!place) return;
    write_place(arena, buf, place->parent);
    buf_char(buf, place->query ? '?' : '/');
    if (!place->key.p) {
        buf_int(buf, (int64_t)place->index);
        return;
    }
    Str key = violation_quote(arena, place->key);
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] == '~' && !place->query)
            buf_lit(buf, "~0");
        else if (key.p[i] == '/' && !place->query)
            buf_lit(buf, "~1");
        else
            buf_char(buf, key.p[i]);
    }
}

Str place_text(Arena *arena, const Place *place)
{
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    write_place(arena, &buf, place);
    return buf_str(&buf);
}

void violation_add_at(Violations *violations, Str pointer, const ViolationCode *code, Str message)
{
    enum { FIRST = 8 };
    violations->total++;
    if (violations->n == VIOLATIONS_MAX) return;
    if (!violations->items || violations->n == FIRST) {
        size_t n = violations->items ? VIOLATIONS_MAX : FIRST;
        violations->items =
            arena_grow(violations->arena, violations->items, violations->n * sizeof(Violation),
                       n * sizeof(Violation), alignof(Violation));
    }
    violations->items[violations->n++] = (Violation){pointer, code, message};
}

void violation_add(Violations *violations, const Place *place, const ViolationCode *code,
                   const char *format, ...)
{
    if (violations->n == VIOLATIONS_MAX) {
        violations->total++;
        return;
    }
    va_list args;
    va_start(args, format);
    Str message = str_vformat(violations->arena, format, args);
    va_end(args);
    violation_add_at(violations, place_text(violations->arena, place), code, message);
}

/* ---- One member ---- */

/* A number of things against the field's bounds; `thing` is in the singular. */
static bool check_count(Violations *violations, const Place *place, int64_t min, int64_t max,
                        size_t count, const char *thing, const ViolationCode *few,
                        const ViolationCode *many)
{
    int64_t n = (int64_t)count;
    if (n >= min && n <= max) return true;
    int64_t bound = n < min ? min : max;
    violation_add(violations, place, n < min ? few : many,
                  "must have at %s %" PRId64 " %s%s, has %" PRId64, n < min ? "least" : "most",
                  bound, thing, bound == 1 ? "" : "s", n);
    return false;
}

static bool check_length(Violations *violations, const Place *place, int64_t min, int64_t max,
                         Str text)
{
    /* A character has 1 to 4 bytes: most texts are within their bounds without counting. */
    if (min <= 0 && (max < 0 ? 0 : (uint64_t)max) >= text.n) return true;
    return check_count(violations, place, min, max, str_utf8_length(text), "character",
                       VIOLATION(TOO_SHORT), VIOLATION(TOO_LONG));
}

static bool check_format(Violations *violations, const Place *place, Format format, Str text)
{
    switch (format) {
    case FORMAT_NONE:
    case FORMAT_MARKDOWN: /* any text is Markdown */
    case FORMAT_BINARY:
        return true;
    case FORMAT_EMAIL:
        if (text_is_email(text)) return true;
        violation_add(violations, place, VIOLATION(EMAIL),
                      "must be an e-mail address such as name@example.com");
        return false;
    case FORMAT_URL:
        if (text_is_url(text)) return true;
        violation_add(violations, place, VIOLATION(URL),
                      "must be an absolute http or https URL without user and password, of at most "
                      "%d characters",
                      URL_MAX);
        return false;
    case FORMAT_URL_REFERENCE:
        if (text_is_url(text) || text_is_url_path(text)) return true;
        violation_add(violations, place, VIOLATION(URL),
                      "must be an absolute http or https URL without user and password, or a path "
                      "of this shop (\"/media/…\"), of at most %d characters",
                      URL_MAX);
        return false;
    case FORMAT_SLUG:
        if (text_is_slug(text)) return true;
        violation_add(violations, place, VIOLATION(SLUG),
                      "must be lower-case letters a-z and digits, joined by single hyphens");
        return false;
    case FORMAT_LOCALE:
        if (text_is_locale(text)) return true;
        violation_add(violations, place, VIOLATION(LOCALE),
                      "must be a language tag such as \"de\" or \"pt-BR\"");
        return false;
    case FORMAT_COUNTRY:
        if (text_is_country(text)) return true;
        violation_add(
            violations, place, VIOLATION(COUNTRY),
            "must be a country's code of two capital letters (ISO 3166-1) such as \"DE\"");
        return false;
    }
    return true;
}

static bool check_text(Violations *violations, const Place *place, const Field *field, int64_t min,
                       int64_t max, Str text)
{
    if (field->format == FORMAT_BINARY)
        return check_count(violations, place, min, max, text.n, "byte", VIOLATION(TOO_SHORT),
                           VIOLATION(TOO_LONG));
    bool fine = check_length(violations, place, min, max, text);
    fine &= check_format(violations, place, field->format, text);
    if (field->pattern && !pattern_matches(field->pattern, text)) {
        violation_add(violations, place, VIOLATION(PATTERN), "must match %s", field->pattern);
        fine = false;
    }
    return fine;
}

static bool check_int(Violations *violations, const Place *place, const Field *field, int64_t n)
{
    if (n >= field->min && n <= field->max) return true;
    bool small = n < field->min;
    violation_add(violations, place, small ? VIOLATION(TOO_SMALL) : VIOLATION(TOO_LARGE),
                  "must be at %s %" PRId64 ", is %" PRId64, small ? "least" : "most",
                  small ? field->min : field->max, n);
    return false;
}

static bool check_double(Violations *violations, const Place *place, const Field *field, double n)
{
    bool small = field->min != NO_MIN && !(n >= (double)field->min);
    bool large = field->max != NO_MAX && !(n <= (double)field->max);
    if (!small && !large) return true;
    violation_add(violations, place, small ? VIOLATION(TOO_SMALL) : VIOLATION(TOO_LARGE),
                  "must be at %s %" PRId64 ", is %.15g", small ? "least" : "most",
                  small ? field->min : field->max, n);
    return false;
}

bool check_list_length(Violations *violations, const Place *place, const Field *field, size_t n)
{
    int64_t max = field->max == NO_MAX ? LIST_ITEMS_MAX : field->max;
    return check_count(violations, place, field->min, max, n, "item", VIOLATION(TOO_FEW),
                       VIOLATION(TOO_MANY));
}

bool check_item(Violations *violations, const Place *place, const Field *field, Str item)
{
    return check_text(violations, place, field, NO_MIN, field->item_max, item);
}

static bool check_str_list(Violations *violations, const Place *place, const Field *field,
                           const StrList *list)
{
    bool fine = check_list_length(violations, place, field, list->n);
    for (size_t i = 0; i < list->n; i++) {
        Place item = place_item(place, i);
        fine &= check_item(violations, &item, field, list->items[i]);
    }
    return fine;
}

bool check_member(Violations *violations, const Place *place, const Field *field,
                  const void *member)
{
    switch (field->kind) {
    case KIND_INT:
        return check_int(violations, place, field, *(const int64_t *)member);
    case KIND_MONEY:
        return check_int(violations, place, field, ((const Money *)member)->minor);
    case KIND_DOUBLE:
        return check_double(violations, place, field, *(const double *)member);
    case KIND_STR:
        return check_text(violations, place, field, field->min, field->max, *(const Str *)member);
    case KIND_STR_LIST:
        return check_str_list(violations, place, field, member);
    case KIND_ID_LIST:
        return check_list_length(violations, place, field, ((const IdList *)member)->n);
    case KIND_LIST:
        return check_list_length(violations, place, field, ((const AnyList *)member)->n);
    case KIND_JSON:
        return check_count(
            violations, place, field->min, field->max == NO_MAX ? JSON_VALUE_MAX : field->max,
            ((const Json *)member)->text.n, "byte", VIOLATION(TOO_SHORT), VIOLATION(TOO_LONG));
    case KIND_BOOL:
    case KIND_ID:
    case KIND_CURRENCY:
    case KIND_TIME:
    case KIND_ENUM:
    case KIND_OBJECT:
        return true;
    }
    return true;
}

/* ---- A whole object ---- */

/* Does the member hold no value at all, as far as its C type can tell? */
static bool is_nothing(const Field *field, const void *member)
{
    switch (field->kind) {
    case KIND_ID:
        return ((const Id *)member)->n == 0;
    case KIND_CURRENCY:
        return ((const Currency *)member)->code[0] == 0;
    case KIND_STR:
        return ((const Str *)member)->p == NULL;
    case KIND_JSON:
        return ((const Json *)member)->text.n == 0;
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DOUBLE:
    case KIND_MONEY:
    case KIND_TIME:
    case KIND_ENUM:
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_OBJECT:
    case KIND_LIST:
        return false;
    }
    return false;
}

static bool check_nested(Violations *violations, const Place *place, const Field *field,
                         const void *member)
{
    bool fine = check_member(violations, place, field, member);
    if (field->kind == KIND_OBJECT)
        return check_object(violations, place, field->type, member) && fine;
    if (field->kind != KIND_LIST || !fine) return fine;
    const AnyList *list = member;
    for (size_t i = 0; i < list->n; i++) {
        Place item = place_item(place, i);
        const char *object = (const char *)list->items + i * field->type->size;
        fine &= check_object(violations, &item, field->type, object);
    }
    return fine;
}

/* Null by its mark, or a nullable text without a pointer, which every walker takes for null. */
static bool holds_null(const Type *type, const Field *field, const void *object)
{
    const Str *text = (const void *)((const char *)object + field->offset);
    bool no_text = field->kind == KIND_STR && field->nullable && !text->p;
    return no_text || field_is_null(type, field, object);
}

bool check_object(Violations *violations, const Place *place, const Type *type, const void *object)
{
    bool fine = true;
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        const void *member = (const char *)object + field->offset;
        Place here = place_member(place, field);
        bool set = field_is_set(type, field, object), null = holds_null(type, field, object);
        bool missing = !set || (null && !field->nullable) ||
                       (type->present < 0 && !field->nullable && is_nothing(field, member));
        if (missing && field->required && !field->read_only) {
            violation_add(violations, &here, VIOLATION(REQUIRED), "is required");
            fine = false;
        }
        if (missing || null || (type->present < 0 && is_nothing(field, member))) continue;
        fine &= check_nested(violations, &here, field, member);
    }
    return fine;
}
