#include "meta/form.h"

#include "meta/multipart.h"
#include "meta/pairs.h"

static void read_part(Pairs *pairs, const MultipartPart *part)
{
    const Field *field = type_field(pairs->type, part->name);
    Str shown = str_is_utf8(part->name) ? part->name : S("\xEF\xBF\xBD");
    Place place = {.key = shown};
    bool text = field && field->format != FORMAT_BINARY;
    if (!field)
        violation_add(pairs->violations, &place, VIOLATION(UNKNOWN_FIELD),
                      "is not a field of this form");
    else if (text && (!str_is_utf8(part->bytes) || str_find_char(part->bytes, 0) < part->bytes.n))
        violation_add(pairs->violations, &place, VIOLATION(ENCODING), "must be UTF-8 without NUL");
    else
        pairs_add(pairs, field, part->bytes);
}

void *form_read(Arena *arena, const Type *type, Str content_type, Str body, Violations *violations)
{
    size_t kept = violations->n, total = violations->total;
    Pairs pairs = pairs_begin(arena, type, PAIRS_FORM, violations);
    Multipart form = multipart_begin(arena, content_type, body);
    MultipartPart part;
    while (multipart_next(&form, &part)) read_part(&pairs, &part);
    if (!form.error.n) return pairs_end(&pairs);
    violations->n = kept;
    violations->total = total;
    violation_add(violations, NULL, VIOLATION(SYNTAX), "%.*s", STR_ARG(form.error));
    return NULL;
}
