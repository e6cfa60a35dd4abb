/* One pass over the text: keys are compared with the type's fields, values are copied or stepped over
 * as they are. A value is entered only where the mask goes into it, so the depth of the recursion is
 * that of the mask, and what a document has inside costs no more than finding its end.
 *
 * Rejected: reading the document into its struct and writing it with the mask. That is simpler, but
 * decodes and encodes every text, and a finished document is finished so that nobody need do that. */
#include "meta/json_project.h"

#include "meta/json_lex.h"

typedef struct Projection {
    const char *at, *end;
    Buf *out;
} Projection;

static bool project_object(Projection *p, const Type *type, const FieldMask *mask);

static void skip_blanks(Projection *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
        p->at++;
}

static bool take(Projection *p, char c)
{
    skip_blanks(p);
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

/* From the opening quote to behind the closing one. */
static bool skip_string(Projection *p)
{
    const char *at = p->at + 1;
    while (at < p->end) {
        if (p->end - at >= 16) {
            size_t plain = json_plain_of_16(at);
            at += plain;
            if (plain == 16) continue;
        }
        char c = *at++;
        if (c == '\\' && at < p->end) at++; /* whatever is escaped */
        if (c != '"') continue;
        p->at = at;
        return true;
    }
    return false;
}

/* An object or an array, by its brackets. */
static bool skip_nested(Projection *p)
{
    size_t depth = 0;
    do {
        if (p->at == p->end) return false;
        char c = *p->at;
        if (c == '"') {
            if (!skip_string(p)) return false;
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        p->at++;
    } while (depth > 0);
    return true;
}

/* A number, or one of the three words. */
static bool skip_word(Projection *p)
{
    const char *begin = p->at;
    while (p->at < p->end && !strchr(",]} \n\r\t", *p->at)) p->at++;
    return p->at > begin;
}

static bool skip_value(Projection *p)
{
    if (p->at == p->end) return false;
    if (*p->at == '"') return skip_string(p);
    if (*p->at == '{' || *p->at == '[') return skip_nested(p);
    return skip_word(p);
}

static bool copy_value(Projection *p)
{
    const char *begin = p->at;
    if (!skip_value(p)) return false;
    buf_bytes(p->out, begin, (size_t)(p->at - begin));
    return true;
}

/* Items of a list, up to and with `close`, or to the end of the text where that is 0. What is no
 * object is copied. */
static bool project_items(Projection *p, char close, const Type *type, const FieldMask *mask)
{
    for (bool first = true;; first = false) {
        skip_blanks(p);
        if (close ? take(p, close) : p->at == p->end) return true;
        if (!first && !take(p, ',')) return false;
        if (!first) buf_char(p->out, ',');
        skip_blanks(p);
        if (p->at == p->end) return false;
        if (*p->at == '{' ? !project_object(p, type, mask) : !copy_value(p)) return false;
    }
}

static bool project_value(Projection *p, const Type *type, const FieldMask *mask)
{
    if (!mask || p->at == p->end) return copy_value(p);
    if (*p->at == '{') return project_object(p, type, mask);
    if (*p->at != '[') return copy_value(p);
    p->at++;
    buf_char(p->out, '[');
    if (!project_items(p, ']', type, mask)) return false;
    buf_char(p->out, ']');
    return true;
}

/* The field of that key; fields mostly come in their order, so the search begins behind the last one.
 */
static const Field *find_field(const Type *type, Str key, size_t *next)
{
    for (size_t i = 0, at = *next; i < type->field_count; i++, at++) {
        if (at >= type->field_count) at = 0;
        const Field *field = &type->fields[at];
        if (field->name_length != key.n || memcmp(field->name, key.p, key.n) != 0) continue;
        *next = at + 1;
        return field;
    }
    return NULL;
}

/* One key and its value; `first`: nothing of this object has been written. */
static bool project_pair(Projection *p, const Type *type, const FieldMask *mask, size_t *next,
                         bool *first)
{
    skip_blanks(p);
    const char *begin = p->at;
    if (p->at == p->end || *p->at != '"' || !skip_string(p)) return false;
    Str key = {begin + 1, (size_t)(p->at - begin) - 2};
    if (!take(p, ':')) return false;
    skip_blanks(p);
    const Field *field = find_field(type, key, next);
    size_t i = field ? (size_t)(field - type->fields) : 0;
    if (!field || !(mask->bits[i / 64] >> (i % 64) & 1)) return skip_value(p);
    if (!*first) buf_char(p->out, ',');
    *first = false;
    buf_bytes(p->out, begin, key.n + 2);
    buf_char(p->out, ':');
    return project_value(p, field->type, mask->nested ? mask->nested[i] : NULL);
}

static bool project_object(Projection *p, const Type *type, const FieldMask *mask)
{
    size_t next = 0;
    bool first = true;
    p->at++;
    buf_char(p->out, '{');
    for (bool empty = true; !take(p, '}'); empty = false) {
        if (!empty && !take(p, ',')) return false;
        if (!project_pair(p, type, mask, &next, &first)) return false;
    }
    buf_char(p->out, '}');
    return true;
}

static Projection projection_of(Buf *out, Str json)
{
    const char *begin = json.p ? json.p : "";
    return (Projection){begin, begin + json.n, out};
}

bool json_project(Buf *out, Str json, const Type *type, const FieldMask *mask)
{
    Projection p = projection_of(out, json);
    skip_blanks(&p);
    if (p.at == p.end || *p.at != '{' || !project_object(&p, type, mask)) return false;
    skip_blanks(&p);
    return p.at == p.end;
}

bool json_project_items(Buf *out, Str items, const Type *type, const FieldMask *mask)
{
    Projection p = projection_of(out, items);
    return project_items(&p, 0, type, mask);
}
