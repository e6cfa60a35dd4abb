/* Checks: what is wrong with an input, collected so that its sender learns everything at once.
 *
 * A violation says where (a JSON Pointer of RFC 6901, "/variants/0/sku", or "?limit" for a query
 * parameter), what kind (a stable code, for programs) and what exactly (a sentence in the sender's
 * terms: "must have at most 200 characters, has 312"). The readers (JSON, query strings, settings) call
 * check_member for each value as they read it; check_object walks a whole struct that came from
 * elsewhere, or that a merge patch has changed. Modules add what only they know (a handle that is
 * taken) with violation_add and codes of their own. */
#ifndef META_CHECK_H
#define META_CHECK_H

#include "meta/limits.h"
#include "meta/type.h"

/* A kind of violation: a row in the table below or in a module. */
typedef struct ViolationCode {
    const char *code; /* snake_case, stable: clients branch on it */
    const char *doc;  /* one sentence for the documentation */
} ViolationCode;

/* The codes of this layer; VIOLATION(TOO_LONG) is the row. */
typedef enum ViolationIndex {
    VIOLATION_SYNTAX,
    VIOLATION_ENCODING,
    VIOLATION_REQUIRED,
    VIOLATION_READ_ONLY,
    VIOLATION_UNKNOWN_FIELD,
    VIOLATION_UNKNOWN_PARAMETER,
    VIOLATION_DUPLICATE,
    VIOLATION_NOT_NULL,
    VIOLATION_WRONG_TYPE,
    VIOLATION_TOO_SHORT,
    VIOLATION_TOO_LONG,
    VIOLATION_TOO_FEW,
    VIOLATION_TOO_MANY,
    VIOLATION_TOO_SMALL,
    VIOLATION_TOO_LARGE,
    VIOLATION_PATTERN,
    VIOLATION_NOT_ONE_OF,
    VIOLATION_ID,
    VIOLATION_TIME,
    VIOLATION_CURRENCY,
    VIOLATION_EMAIL,
    VIOLATION_URL,
    VIOLATION_SLUG,
    VIOLATION_LOCALE,
    VIOLATION_COUNTRY,
    VIOLATION_COUNT,
} ViolationIndex;

extern const ViolationCode violation_codes[VIOLATION_COUNT];
#define VIOLATION(name) (&violation_codes[VIOLATION_##name])

/* Where a walker is: a chain on the stack, turned into text only when something is wrong there.
 * NULL is the whole document. */
typedef struct Place {
    const struct Place *parent;
    Str key;      /* of a member; its p is NULL for an item of a list */
    size_t index; /* of an item */
    bool query;   /* `key` is a query parameter */
} Place;

static inline Place place_member(const Place *parent, const Field *field)
{
    return (Place){.parent = parent, .key = {field->name, field->name_length}};
}

static inline Place place_item(const Place *parent, size_t index)
{
    return (Place){.parent = parent, .index = index};
}

static inline Place place_parameter(Str name)
{
    return (Place){.key = name, .query = true};
}

/* "" for the whole, "/a~1b/0" inside a document, "?limit" for a query parameter. Keys longer than
 * QUOTE_MAX (only unknown ones can be) are cut and end in "…". */
Str place_text(Arena *arena, const Place *place);

typedef struct Violation {
    Str pointer;
    const ViolationCode *code;
    Str message; /* no full stop, begins in lower case: "must be …" */
} Violation;

typedef struct Violations {
    Arena *arena; /* of items and texts */
    Violation *items;
    size_t n;     /* kept: the first VIOLATIONS_MAX */
    size_t total; /* found */
} Violations;

static inline Violations violations_new(Arena *arena)
{
    return (Violations){.arena = arena};
}

/* Records one; cheap once VIOLATIONS_MAX are there. */
void violation_add(Violations *violations, const Place *place, const ViolationCode *code,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same with a pointer that is text already, for modules: "/handle". */
void violation_add_at(Violations *violations, Str pointer, const ViolationCode *code, Str message);

/* At most QUOTE_MAX bytes of text for a message, cut between characters, with "…" when cut. */
Str violation_quote(Arena *arena, Str text);

/* Checks the bounds of one member that is there: length in characters, number of items, range,
 * pattern, format. Nested objects are not entered, and what the C type already proves (an Id, a
 * Time, an enum's number) is not asked again. True when nothing was wrong. */
bool check_member(Violations *violations, const Place *place, const Field *field,
                  const void *member);

/* Parts of it, for readers that have not built the list yet: the number of items (LIST_ITEMS_MAX
 * where the field has no .max), and one item of a StrList. */
bool check_list_length(Violations *violations, const Place *place, const Field *field, size_t n);
bool check_item(Violations *violations, const Place *place, const Field *field, Str item);

/* Checks a whole struct, nested objects and lists included: required fields are there, and each
 * field that is there passes check_member. In a type without absence a field counts as missing when
 * it holds no value at all: Id 0, no currency, a Str without pointer, an empty Json. Read-only
 * fields are not asked for. True when nothing was wrong. */
bool check_object(Violations *violations, const Place *place, const Type *type, const void *object);

/* The single checks, for code without a Field. The text is UTF-8.
 *
 * email   the rule of HTML ("valid e-mail address") and the lengths of RFC 5321
 * url     absolute http or https, RFC 3986 characters only, a host, no user or password
 * slug    a-z 0-9 and single hyphens between: "red-shoes-2"
 * locale  the shape of a language tag, RFC 5646 §2.1, without the grandfathered ones: "de-CH" */
bool text_is_email(Str text);
bool text_is_url(Str text);

/* A path with an optional query and fragment: an absolute-path reference (RFC 3986 §4.2), so that it
 * names something of the server that answers it, whichever that is ("//host" does not). */
bool text_is_url_path(Str text);
bool text_is_slug(Str text);
bool text_is_locale(Str text);

/* An officially assigned code of ISO 3166-1 alpha-2, in capitals: "DE". */
bool text_is_country(Str text);

/* A language tag in the case that RFC 5646 §2.1.1 recommends, "pt-BR" for "PT-br": tags have no
 * case, but keys in a database do. What is no tag comes back in some case. */
Str text_locale_form(Arena *arena, Str locale);

/* Does `text` match? The pattern is a literal (its address names it), compiled once a program and
 * kept; any thread. A match that would need more than PATTERN_MATCH_MAX steps counts as none.
 * Aborts when the pattern does not compile: type_check finds that in a test. */
bool pattern_matches(const char *pattern, Str text);

/* Why the pattern does not compile, or an empty Str. */
Str pattern_error(Arena *arena, const char *pattern);

#endif
