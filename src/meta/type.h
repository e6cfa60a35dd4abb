/* Types as data: a plain struct, and beside it a table of its fields. See docs/internals/types.md.
 *
 * Everything that has to know the shape of a struct walks this table: JSON in and out, checks,
 * rows, query strings, CSV, terminal tables, OpenAPI, settings. _Generic derives a field's kind
 * from the member's C type, so a row cannot disagree with the struct.
 *
 *     typedef struct Variant {
 *         Present present;
 *         Id id;
 *         Str sku;
 *         unsigned status;
 *         PriceList prices;
 *     } Variant;
 *
 *     const Type variant_type = TYPE_WITH_ABSENCE(Variant, "One thing to buy.",
 *         FIELD(Variant, id, "Identifier.", .prefix = "var", .read_only = true),
 *         FIELD(Variant, sku, "Stock keeping unit.", .required = true, .min = 1, .max = 64),
 *         ENUM(Variant, status, "Can it be bought?", status_names),
 *         LIST(Variant, prices, "One a currency and channel.", price_type, .max = 100));
 *
 * To add a kind: the C type here, KIND_OF, and one case in each walker (the compiler names the
 * switches). */
#ifndef META_TYPE_H
#define META_TYPE_H

#include "base/id.h"
#include "base/money.h"
#include "base/str.h"
#include "base/time.h"

typedef enum Kind {
    KIND_BOOL,     /* bool     JSON true, false        column BOOL */
    KIND_INT,      /* int64_t  JSON integer            column INTEGER */
    KIND_DOUBLE,   /* double   JSON number             column REAL */
    KIND_STR,      /* Str      JSON string             column TEXT */
    KIND_ID,       /* Id       JSON "prod_…"           column ID */
    KIND_MONEY,    /* Money    JSON integer            column MONEY */
    KIND_CURRENCY, /* Currency JSON "EUR"              column TEXT */
    KIND_TIME,     /* Time     JSON RFC 3339 string    column TIME */
    KIND_ENUM,     /* enum     JSON string             column TEXT: the name, not the number */
    KIND_STR_LIST, /* StrList  JSON array of strings   column JSON */
    KIND_ID_LIST,  /* IdList   JSON array of ids       column JSON */
    KIND_JSON,     /* Json     any JSON value          column JSON */
    KIND_OBJECT,   /* struct   JSON object             column JSON */
    KIND_LIST,     /* { T *items; size_t n; }  JSON array of objects  column JSON */
} Kind;

/* A JSON document of unknown shape, kept as its checked text. */
typedef struct Json {
    Str text;
} Json;

/* Which fields of an object are there: bit i belongs to the type's field i. `null` is a subset of
 * `set`: the sender wrote null, which a merge patch (RFC 7396) takes as "remove". */
typedef struct Present {
    uint64_t set, null;
} Present;

/* Of an object that the program has filled whole. */
#define PRESENT_ALL ((Present){.set = UINT64_MAX})

/* An enum's names, in the order of its constants from 0; the type's own constants must fit (checked
 * by TYPE tests). */
typedef struct EnumNames {
    const char *const *names;
    size_t n;
    const char *const *docs; /* as long as names, or NULL */
} EnumNames;

typedef enum Format {
    FORMAT_NONE,
    FORMAT_EMAIL,
    FORMAT_URL,
    FORMAT_URL_REFERENCE, /* a URL, or a path of this shop: /media/… */
    FORMAT_SLUG,
    FORMAT_MARKDOWN,
    FORMAT_LOCALE,
    FORMAT_COUNTRY,
    FORMAT_BINARY, /* bytes and no text, of a form; bounds count bytes */
} Format;

typedef struct Type Type;

typedef struct Field {
    const char *name;
    const char *json_key; /* ,"name": and zeros, so that a writer copies it by whole 16 bytes */
    size_t name_length;
    size_t offset, size;
    Kind kind;

    /* Who may write and see it. (These stand up here so that a walker finds all it needs in one
     * cache line.) */
    bool required;    /* must be in a created object */
    bool read_only;   /* refused in input */
    bool create_only; /* given at creation; a merge patch may not have it */
    bool write_only;  /* never in output */
    bool restricted;  /* only in answers to staff, or to who asks for it */
    bool nullable;    /* null is a value of it */
    bool optional;    /* left out of answers when it is absent, as foreign protocols want it */
    bool personal;    /* personal data: export and erasure find it by this mark */
    bool secret;      /* masked wherever it is printed */
    bool live;        /* a setting that may change while the program runs */
    bool commas;  /* a list as a query parameter is one text with commas, "a,b", and not repeated */
    bool derived; /* computed when the object is read: no column holds it */

    /* What the field holds. */
    const Type *type;       /* KIND_OBJECT, KIND_LIST: what it is made of */
    const EnumNames *names; /* KIND_ENUM */
    const char *prefix;     /* KIND_ID, KIND_ID_LIST: "prod" */
    size_t item_size;       /* KIND_LIST: of the C struct; type_check compares it with `type` */
    Format format;          /* KIND_STR; KIND_STR_LIST: of each item */
    const char *pattern;    /* the same; PCRE2, found anywhere unless it has ^ and $; keep to what
                               ECMA-262 also knows */

    /* Bounds: characters of a text, items of a list, bytes of a Json, the value of a number; absent
     * by default. */
    int64_t min, max;
    int64_t item_max; /* KIND_STR_LIST: characters of each item */

    const char *doc;
    const char *initial;    /* the default as text: query parameters, settings, optional fields of
                               created objects */
    const char *since;      /* version that brought it, when later than the type */
    const char *deprecated; /* what to use instead */
} Field;

struct Type {
    const char *name;
    const char *doc;
    const Field *fields;
    size_t field_count;
    size_t size, align;
    ptrdiff_t present; /* offset of the Present member, or -1: every field is always there */
};

#define NO_MIN INT64_MIN
#define NO_MAX INT64_MAX

/* clang-format off */
#define KIND_OF(member)                                                                            \
    _Generic((member), bool: KIND_BOOL, int64_t: KIND_INT, double: KIND_DOUBLE, Str: KIND_STR,     \
             Id: KIND_ID, Money: KIND_MONEY, Currency: KIND_CURRENCY, Time: KIND_TIME,             \
             StrList: KIND_STR_LIST, IdList: KIND_ID_LIST, Json: KIND_JSON)
/* clang-format on */

/* 16 zeros: reading whole 16 bytes from anywhere in a key stays inside the literal. */
#define JSON_KEY_PADDING "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

#define FIELD_AS(T, member, kind_, doc_, ...)                                                      \
    {                                                                                              \
        .name = #member, .json_key = ",\"" #member "\":" JSON_KEY_PADDING,                         \
        .name_length = sizeof(#member) - 1, .kind = (kind_), .offset = offsetof(T, member),        \
        .size = sizeof(((T *)0)->member), .doc = doc_, .min = NO_MIN, .max = NO_MAX,               \
        .item_max = NO_MAX, __VA_ARGS__                                                            \
    }

#define FIELD(T, member, doc, ...) FIELD_AS(T, member, KIND_OF(((T *)0)->member), doc, __VA_ARGS__)

/* A member of an enum type; the row does not compile when the member is no unsigned enum. */
#define ENUM(T, member, doc, names_, ...)                                                          \
    FIELD_AS(T, member,                                                                            \
             _Generic(((T *)0)->member, unsigned                                                   \
                      : KIND_ENUM),                                                                \
             doc, .names = &(names_), __VA_ARGS__)

/* A nested struct, and a list of them { T *items; size_t n; }. That the C struct is the one that
 * `type_` describes is checked by size in type_check (a Type is no constant expression). */
#define OBJECT(T, member, doc, type_, ...)                                                         \
    FIELD_AS(T, member, KIND_OBJECT, doc, .type = &(type_), __VA_ARGS__)
#define LIST(T, member, doc, type_, ...)                                                           \
    FIELD_AS(T, member, KIND_LIST, doc, .type = &(type_),                                          \
             .item_size = sizeof(*((T *)0)->member.items), __VA_ARGS__)

#define TYPE_ROWS(T, doc_, present_, ...)                                                          \
    {                                                                                              \
        .name = #T, .doc = doc_, .fields = (const Field[]){__VA_ARGS__},                           \
        .field_count = sizeof((const Field[]){__VA_ARGS__}) / sizeof(Field), .size = sizeof(T),    \
        .align = alignof(T), .present = (present_)                                                 \
    }

#define TYPE(T, doc, ...) TYPE_ROWS(T, doc, -1, __VA_ARGS__)

/* The struct has a member `Present present`: any field may be absent. At most 64 fields. */
#define TYPE_WITH_ABSENCE(T, doc, ...)                                                             \
    TYPE_ROWS(T, doc, (ptrdiff_t)offsetof(T, present), __VA_ARGS__)

#define ENUM_NAMES(...)                                                                            \
    {                                                                                              \
        .names = (const char *const[]){__VA_ARGS__},                                               \
        .n = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)                           \
    }

/* The shape shared by all lists of objects, as the walkers see it. */
typedef struct AnyList {
    void *items;
    size_t n;
} AnyList;

/* The field of that name, or NULL. */
const Field *type_field(const Type *type, Str name);

/* Is field `f` of `object` there (and, for field_is_null, written as null)? Always there without
 * absence. */
bool field_is_set(const Type *type, const Field *f, const void *object);
bool field_is_null(const Type *type, const Field *f, const void *object);
void field_mark(const Type *type, const Field *f, void *object, bool set, bool null);

/* The same by member, for handlers: IS_SET(&product_type, patch, Product, title). */
#define IS_SET(type, object, T, member)   type_member_is_set((type), (object), offsetof(T, member))
#define MARK_SET(type, object, T, member) type_member_mark((type), (object), offsetof(T, member))
#define MARK_ABSENT(type, object, T, member)                                                       \
    type_member_clear((type), (object), offsetof(T, member))
bool type_member_is_set(const Type *type, const void *object, size_t offset);
void type_member_mark(const Type *type, void *object, size_t offset);
void type_member_clear(const Type *type, void *object, size_t offset);

Str enum_text(const EnumNames *names, unsigned value);
bool enum_parse(const EnumNames *names, Str text, unsigned *out);
Str enum_join(Arena *arena, const EnumNames *names, Str separator); /* "a, b, c" */

#endif
