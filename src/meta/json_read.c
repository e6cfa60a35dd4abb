/* JSON in: text straight into structs, by their field rows, in one pass.
 *
 * There is no tree in between. Each value is checked where it is read, while its place (a chain of
 * small structs on the stack) is at hand, so violations cost nothing until there is one. A wrong
 * value is skipped as a whole and the reading goes on, so that the sender learns of every mistake;
 * only a syntax error ends it. Once something is wrong the object will not be handed out, so items
 * of lists are from then on read into one scratch place: a body of "[{},{},…" costs no memory.
 *
 * Keys usually come in the order of the rows, since most clients send what they were sent: the
 * search for a key begins behind the one before. */
#include "meta/json_lex.h"

#include "meta/text.h"

#include <assert.h>
#include <stdlib.h>

typedef struct Reader {
    JsonLexer lex;
    Violations *violations;
    size_t before; /* violations that were there when it began */
    bool stored, lenient, read_back;
} Reader;

enum { MODE_FLAGS = JSON_LENIENT | JSON_READ_BACK };

static bool read_object(Reader *r, const Place *place, const Type *type, void *object, bool patch);

/* ---- Values without a type ---- */

typedef struct Span {
    size_t at, n;
} Span;

static int span_cmp(const void *a, const void *b, void *text)
{
    const Span *x = a, *y = b;
    return str_cmp((Str){(const char *)text + x->at, x->n},
                   (Str){(const char *)text + y->at, y->n});
}

/* The keys are compared as written in compact form, where equal texts are equal bytes. */
static bool has_duplicate(Span *keys, size_t n, const Buf *out)
{
    if (n < 2 || out->full) return false;
    qsort_r(keys, n, sizeof *keys, span_cmp, out->p);
    for (size_t i = 1; i < n; i++)
        if (span_cmp(&keys[i - 1], &keys[i], out->p) == 0) return true;
    return false;
}

static bool compact_value(Reader *r, const Place *place, Buf *out);

static bool compact_object(Reader *r, const Place *place, Buf *out)
{
    Span *keys = NULL;
    size_t n = 0, capacity = 0;
    if (!json_lex_open(&r->lex)) return false;
    buf_char(out, '{');
    for (; json_lex_more(&r->lex, '}', n); n++) {
        if (n == capacity) {
            capacity = capacity ? capacity * 2 : 8;
            keys = arena_grow(r->lex.arena, keys, n * sizeof(Span), capacity * sizeof(Span),
                              alignof(Span));
        }
        Place member = {.parent = place};
        if (!json_lex_key(&r->lex, &member.key)) return false;
        if (n) buf_char(out, ',');
        keys[n].at = out->n;
        json_write_str(out, member.key);
        keys[n].n = out->n - keys[n].at;
        buf_char(out, ':');
        if (!compact_value(r, &member, out)) return false;
    }
    buf_char(out, '}');
    if (has_duplicate(keys, n, out))
        violation_add(r->violations, place, VIOLATION(DUPLICATE), "has a key that stands twice");
    return !r->lex.expected;
}

static bool compact_array(Reader *r, const Place *place, Buf *out)
{
    if (!json_lex_open(&r->lex)) return false;
    buf_char(out, '[');
    for (size_t n = 0; json_lex_more(&r->lex, ']', n); n++) {
        Place item = place_item(place, n);
        if (n) buf_char(out, ',');
        if (!compact_value(r, &item, out)) return false;
    }
    buf_char(out, ']');
    return !r->lex.expected;
}

/* Keeps the digits as they are, within what a double and PostgreSQL's numeric can hold. */
static bool compact_number(Reader *r, const Place *place, Buf *out)
{
    Str number;
    double value;
    if (!json_lex_number(&r->lex, &number)) return false;
    buf_put(out, number);
    if (!text_parse_double(number, place, &value, r->violations)) return true;
    size_t e = 0;
    while (e < number.n && (number.p[e] | 0x20) != 'e') e++;
    bool sign = e + 1 < number.n && (number.p[e + 1] == '+' || number.p[e + 1] == '-');
    if (number.n > e + 1 + sign + 3)
        violation_add(r->violations, place, VIOLATION(TOO_LARGE),
                      "must have an exponent of at most three digits");
    return true;
}

static bool compact_value(Reader *r, const Place *place, Buf *out)
{
    Str text;
    bool yes;
    switch (json_lex_peek(&r->lex)) {
    case JSON_TOKEN_OBJECT:
        return compact_object(r, place, out);
    case JSON_TOKEN_ARRAY:
        return compact_array(r, place, out);
    case JSON_TOKEN_NUMBER:
        return compact_number(r, place, out);
    case JSON_TOKEN_STRING:
        if (!json_lex_string(&r->lex, &text)) return false;
        json_write_str(out, text);
        return true;
    case JSON_TOKEN_BOOL:
        if (!json_lex_bool(&r->lex, &yes)) return false;
        buf_put(out, yes ? S("true") : S("false"));
        return true;
    case JSON_TOKEN_NULL:
        buf_lit(out, "null");
        return json_lex_null(&r->lex);
    case JSON_TOKEN_NONE:
        break;
    }
    return json_lex_fail(&r->lex, "a value");
}

static bool read_json(Reader *r, const Place *place, const Field *field, Json *out)
{
    size_t max = field->max == NO_MAX ? JSON_VALUE_MAX : (size_t)field->max;
    Buf text = buf_new(r->lex.arena, r->stored ? SIZE_MAX / 4 : max);
    if (!compact_value(r, place, &text)) return false;
    if (text.full)
        violation_add(r->violations, place, VIOLATION(TOO_LONG),
                      "must have at most %zu bytes as compact JSON", max);
    out->text = buf_str(&text);
    return true;
}

/* ---- Members ---- */

static JsonToken token_of(Kind kind)
{
    switch (kind) {
    case KIND_BOOL:
        return JSON_TOKEN_BOOL;
    case KIND_INT:
    case KIND_DOUBLE:
    case KIND_MONEY:
        return JSON_TOKEN_NUMBER;
    case KIND_STR:
    case KIND_ID:
    case KIND_CURRENCY:
    case KIND_TIME:
    case KIND_ENUM:
        return JSON_TOKEN_STRING;
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_LIST:
        return JSON_TOKEN_ARRAY;
    case KIND_OBJECT:
        return JSON_TOKEN_OBJECT;
    case KIND_JSON:
        break;
    }
    return JSON_TOKEN_NONE;
}

/* Says that the value is of the wrong type, and skips it. */
static bool refuse_token(Reader *r, const Place *place, JsonToken wanted, JsonToken found)
{
    static const char *const names[] = {"an object", "an array", "a string", "a number",
                                        "a boolean", "null",     "a value"};
    if (found == JSON_TOKEN_NONE) return json_lex_fail(&r->lex, "a value");
    if (found == JSON_TOKEN_NULL)
        violation_add(r->violations, place, VIOLATION(NOT_NULL), "must be %s, is null",
                      names[wanted]);
    else
        violation_add(r->violations, place, VIOLATION(WRONG_TYPE), "must be %s, is %s",
                      names[wanted], names[found]);
    return json_lex_skip(&r->lex);
}

/* A value of one word: its text is parsed as everywhere else. */
static bool read_word(Reader *r, const Place *place, const Field *field, JsonToken token,
                      void *member)
{
    Str text;
    bool read = token == JSON_TOKEN_STRING ? json_lex_string(&r->lex, &text)
                                           : json_lex_number(&r->lex, &text);
    if (!read) return false;
    if (text_parse(field, text, place, member, r->violations) && !r->stored)
        check_member(r->violations, place, field, member);
    return true;
}

typedef struct ItemShape {
    size_t size, align;
    JsonToken token;
} ItemShape;

static ItemShape item_shape(const Field *field)
{
    if (field->kind == KIND_LIST)
        return (ItemShape){field->type->size, field->type->align, JSON_TOKEN_OBJECT};
    if (field->kind == KIND_ID_LIST) return (ItemShape){sizeof(Id), alignof(Id), JSON_TOKEN_STRING};
    return (ItemShape){sizeof(Str), alignof(Str), JSON_TOKEN_STRING};
}

static bool read_item(Reader *r, const Place *place, const Field *field, JsonToken wanted,
                      void *item)
{
    Str text;
    JsonToken found = json_lex_peek(&r->lex);
    if (found != wanted) return refuse_token(r, place, wanted, found);
    if (field->kind == KIND_LIST) return read_object(r, place, field->type, item, false);
    if (!json_lex_string(&r->lex, &text)) return false;
    if (r->stored && field->kind == KIND_STR_LIST)
        *(Str *)item = text;
    else
        text_read_item(field, text, place, item, r->violations);
    return true;
}

static bool read_list(Reader *r, const Place *place, const Field *field, AnyList *out)
{
    ItemShape shape = item_shape(field);
    size_t max = field->max == NO_MAX ? LIST_ITEMS_MAX : (size_t)field->max;
    size_t n = 0, kept = 0, capacity = 0;
    char *items = NULL, *scratch = NULL;
    if (!json_lex_open(&r->lex)) return false;
    for (; json_lex_more(&r->lex, ']', n); n++) {
        Place here = place_item(place, n);
        bool keep = r->stored || (n < max && r->violations->total == r->before);
        if (keep && kept == capacity) {
            capacity = capacity ? capacity * 2 : 4;
            items = arena_grow(r->lex.arena, items, kept * shape.size, capacity * shape.size,
                               shape.align);
        } else if (!keep && !scratch) {
            scratch = arena_alloc(r->lex.arena, shape.size, shape.align);
        }
        char *item = keep ? items + kept++ * shape.size : scratch;
        memset(item, 0, shape.size);
        if (!read_item(r, &here, field, shape.token, item)) return false;
    }
    if (r->lex.expected) return false;
    *out = (AnyList){items, kept};
    if (!r->stored) check_list_length(r->violations, place, field, n);
    return true;
}

/* Reads what comes next into the member. False after a syntax error only. */
static bool read_member(Reader *r, const Place *place, const Field *field, void *member, bool patch)
{
    JsonToken found = json_lex_peek(&r->lex), wanted = token_of(field->kind);
    if (field->kind == KIND_JSON && found < JSON_TOKEN_NULL)
        return read_json(r, place, field, member);
    if (found != wanted) return refuse_token(r, place, wanted, found);
    switch (found) {
    case JSON_TOKEN_BOOL:
        return json_lex_bool(&r->lex, member);
    case JSON_TOKEN_NUMBER:
    case JSON_TOKEN_STRING:
        return read_word(r, place, field, found, member);
    case JSON_TOKEN_ARRAY:
        return read_list(r, place, field, member);
    case JSON_TOKEN_OBJECT:
        return read_object(r, place, field->type, member, patch);
    case JSON_TOKEN_NULL:
    case JSON_TOKEN_NONE:
        break;
    }
    return json_lex_fail(&r->lex, "a value");
}

/* ---- Objects ---- */

/* An object under way. */
typedef struct Members {
    const Type *type;
    char *object;
    bool patch;
    size_t next; /* where the search for the next key begins */
    uint64_t seen[TYPE_FIELDS_MAX / 64];
    Present present;
} Members;

static const Field *find_field(Members *m, Str key)
{
    for (size_t i = 0, at = m->next; i < m->type->field_count; i++, at++) {
        if (at >= m->type->field_count) at = 0;
        const Field *field = &m->type->fields[at];
        if (field->name_length != key.n || memcmp(field->name, key.p, key.n) != 0) continue;
        m->next = at + 1;
        return field;
    }
    return NULL;
}

static bool takes_null(const Reader *r, const Members *m, const Field *field)
{
    bool optional = !field->required && m->type->present >= 0;
    return r->stored || field->nullable || optional;
}

/* Everything that can be said of a key before its value is read: NULL when the value is to be
 * skipped. */
static const Field *accept_key(Reader *r, Members *m, const Place *place)
{
    const Field *field = find_field(m, place->key);
    if (!field) {
        if (!r->stored && !r->lenient)
            violation_add(r->violations, place, VIOLATION(UNKNOWN_FIELD), "is not a field of %s",
                          m->type->name);
        return NULL;
    }
    size_t i = (size_t)(field - m->type->fields);
    uint64_t bit = UINT64_C(1) << (i % 64);
    if (m->seen[i / 64] & bit) {
        violation_add(r->violations, place, VIOLATION(DUPLICATE), "stands twice");
        return NULL;
    }
    m->seen[i / 64] |= bit;
    bool refused = field->read_only || (field->create_only && m->patch);
    if (!refused || r->stored || r->read_back) return field;
    if (!r->lenient)
        violation_add(r->violations, place, VIOLATION(READ_ONLY),
                      field->read_only ? "is read-only; leave it out"
                                       : "is set at creation only; leave it out");
    return NULL;
}

static bool read_pair(Reader *r, Members *m, const Place *place)
{
    Place here = {.parent = place};
    if (!json_lex_key(&r->lex, &here.key)) return false;
    const Field *field = accept_key(r, m, &here);
    if (!field) return json_lex_skip(&r->lex);
    uint64_t bit = UINT64_C(1) << ((size_t)(field - m->type->fields) % 64);
    if (json_lex_peek(&r->lex) == JSON_TOKEN_NULL && takes_null(r, m, field)) {
        m->present.set |= bit;
        m->present.null |= bit;
        return json_lex_null(&r->lex);
    }
    m->present.set |= bit;
    return read_member(r, &here, field, m->object + field->offset, m->patch);
}

static void store_present(const Members *m)
{
    if (m->type->present >= 0) memcpy(m->object + m->type->present, &m->present, sizeof m->present);
}

static void finish_members(Reader *r, Members *m, const Place *place, bool all);

/* An optional field that was not sent gets its initial value. An object inside a type without absence
 * is there all the same: as if {} had been sent. */
static void leave_out(Reader *r, Members *m, const Place *place, const Field *field, uint64_t bit)
{
    void *member = m->object + field->offset;
    if (field->initial) {
        m->present.set |= bit;
        text_read(r->lex.arena, field, str_from(field->initial), place, member, r->violations);
    } else if (field->kind == KIND_OBJECT && m->type->present < 0) {
        Members inside = {.type = field->type, .object = member};
        finish_members(r, &inside, place, false);
        store_present(&inside);
    }
}

/* After the last key of an object that must be complete: what is missing? Null for an optional field
 * that is not nullable was another way to leave it out. */
static void finish_members(Reader *r, Members *m, const Place *place, bool all)
{
    for (size_t i = 0; i < m->type->field_count; i++) {
        const Field *field = &m->type->fields[i];
        uint64_t bit = UINT64_C(1) << (i % 64);
        bool seen = m->seen[i / 64] & bit;
        if (seen && m->type->present >= 0 && !field->nullable && (m->present.null & bit)) {
            m->present.set &= ~bit;
            m->present.null &= ~bit;
            seen = false;
        }
        if (seen || field->read_only) continue;
        Place here = place_member(place, field);
        if (field->required || all)
            violation_add(r->violations, &here, VIOLATION(REQUIRED), "is required");
        else
            leave_out(r, m, &here, field, bit);
    }
}

static bool read_object(Reader *r, const Place *place, const Type *type, void *object, bool patch)
{
    assert(type->field_count <= (type->present < 0 ? TYPE_FIELDS_MAX : 64));
    bool partial = patch && type->present >= 0;
    Members m = {.type = type, .object = object, .patch = partial};
    if (!json_lex_open(&r->lex)) return false;
    for (size_t n = 0; json_lex_more(&r->lex, '}', n); n++)
        if (!read_pair(r, &m, place)) return false;
    if (r->lex.expected) return false;
    if (!partial && !r->stored) finish_members(r, &m, place, patch);
    store_present(&m);
    return true;
}

/* ---- Whole texts ---- */

static Reader reader_new(Arena *arena, Str text, unsigned mode, Violations *violations)
{
    return (Reader){.lex = json_lexer(arena, text),
                    .violations = violations,
                    .before = violations->total,
                    .stored = (mode & ~(unsigned)MODE_FLAGS) == JSON_STORED,
                    .lenient = mode & JSON_LENIENT,
                    .read_back = mode & JSON_READ_BACK};
}

/* Ends the reading: is all well? */
static bool reader_end(Reader *r, const Place *place, bool read)
{
    if (!read || !json_lex_end(&r->lex)) json_lex_report(&r->lex, place, r->violations);
    return r->violations->total == r->before;
}

void *json_read(Arena *arena, const Type *type, Str text, unsigned mode, Violations *violations)
{
    Reader r = reader_new(arena, text, mode, violations);
    bool patch = (mode & ~(unsigned)MODE_FLAGS) == JSON_PATCH;
    assert(!patch || type->present >= 0);
    void *object = arena_zalloc(arena, 1, type->size, type->align);
    bool read = r.stored || json_lex_check_utf8(&r.lex);
    if (read) {
        JsonToken found = json_lex_peek(&r.lex);
        read = found == JSON_TOKEN_OBJECT ? read_object(&r, NULL, type, object, patch)
                                          : refuse_token(&r, NULL, JSON_TOKEN_OBJECT, found);
    }
    if (!read || !json_lex_end(&r.lex)) {
        *violations = violations_new(violations->arena); /* the rest of the text is unknown */
        r.before = 0;
    }
    return reader_end(&r, NULL, read) ? object : NULL;
}

bool json_read_value(Arena *arena, const Field *field, Str text, unsigned mode, const Place *place,
                     void *member, Violations *violations)
{
    Reader r = reader_new(arena, text, mode, violations);
    void *value = arena_zalloc(arena, 1, field->size, alignof(max_align_t));
    bool read = r.stored || json_lex_check_utf8(&r.lex);
    read = read && read_member(&r, place, field, value, false);
    if (!reader_end(&r, place, read)) return false;
    memcpy(member, value, field->size);
    return true;
}

bool json_compact(Str text, Buf *out, Violations *violations)
{
    Reader r = reader_new(out->arena, text, JSON_CREATE, violations);
    bool read = json_lex_check_utf8(&r.lex) && compact_value(&r, NULL, out);
    return reader_end(&r, NULL, read);
}

Str json_scalar_text(Arena *arena, Json value)
{
    static const Field text_field = {
        .name = "", .kind = KIND_STR, .min = NO_MIN, .max = NO_MAX, .size = sizeof(Str)};
    Str text = value.text;
    Violations violations = violations_new(arena);
    if (!str_starts(text, S("\""))) return text;
    json_read_value(arena, &text_field, value.text, JSON_STORED, NULL, &text, &violations);
    return text;
}
