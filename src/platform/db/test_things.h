/* Things of every kind of field, for the tests of statements. */
#ifndef PLATFORM_DB_TEST_THINGS_H
#define PLATFORM_DB_TEST_THINGS_H

#include "platform/db/test_world.h"

typedef enum Colour { RED, GREEN } Colour;

static const EnumNames colour_names = ENUM_NAMES("red", "green");

typedef struct Part {
    Str name;
    int64_t count;
} Part;

typedef struct PartList {
    Part *items;
    size_t n;
} PartList;

static const Type part_type =
    TYPE(Part, "A part.", FIELD(Part, name, "Name."), FIELD(Part, count, "How many."));

/* Every kind of field. */
typedef struct All {
    Present present;
    Id id;
    bool flag;
    int64_t number;
    double real;
    Str text;
    Money money;
    Currency currency;
    Time at;
    unsigned colour;
    StrList words;
    IdList others;
    Json document;
    Part part;
    PartList parts;
} All;

typedef struct AllList {
    All *items;
    size_t n;
} AllList;

static const Type all_type = TYPE_WITH_ABSENCE(
    All, "One of each.", FIELD(All, id, "", .prefix = "all"), FIELD(All, flag, ""),
    FIELD(All, number, ""), FIELD(All, real, ""), FIELD(All, text, ""), FIELD(All, money, ""),
    FIELD(All, currency, ""), FIELD(All, at, ""), ENUM(All, colour, "", colour_names),
    FIELD(All, words, ""), FIELD(All, others, "", .prefix = "all"), FIELD(All, document, ""),
    OBJECT(All, part, "", part_type), LIST(All, parts, "", part_type));

static const char all_schema[] = "create table things (id ID primary key, flag BOOL, number "
                                 "INTEGER, real REAL, text TEXT unique, money MONEY, "
                                 "currency TEXT, at TIME, colour TEXT, words JSON, others JSON, "
                                 "document JSON, part JSON, parts JSON);";

#define ALL_COLUMNS                                                                                \
    "id, flag, number, real, text, money, currency, at, colour, words, others, document, part, "   \
    "parts"
#define PUT_ALL                                                                                    \
    "insert into things (" ALL_COLUMNS                                                             \
    ") values (:id, :flag, :number, :real, :text, :money, :currency, :at, :colour, "               \
    ":words, :others, :document, :part, :parts)"

static inline Id id_of(int64_t n)
{
    return (Id){n};
}

static inline All a_thing(int64_t id, Str text)
{
    All all = {.id = {id}, .text = text};
    MARK_SET(&all_type, &all, All, id);
    MARK_SET(&all_type, &all, All, text);
    return all;
}

static inline All extreme(int64_t id)
{
    static Str words[] = {S_INIT("a \"quoted\" word"), S_INIT("naïve ✓")};
    static Id others[] = {{1}, {INT64_MAX}};
    static Part parts[] = {{S_INIT("bolt"), 4}, {S_INIT(""), -1}};
    return (All){.present = {.set = ~(uint64_t)0},
                 .id = {id},
                 .flag = id % 2,
                 .number = id % 2 ? INT64_MIN : INT64_MAX,
                 .real = id % 2 ? -0.1 : 1.7976931348623157e308,
                 .text = id % 2 ? S("") : S("line\nfeed, tab\t, quote ' and \\ and ✓"),
                 .money = {id % 2 ? -1 : INT64_MAX},
                 .currency = {"EUR"},
                 .at = {id % 2 ? -62135596800000000 : 4102444799999999}, /* year 1; end of 2099 */
                 .colour = GREEN,
                 .words = {words, 2},
                 .others = {others, 2},
                 .document = {S("{\"a\":[1,2.5,null,true,\"x\"]}")},
                 .part = {S("nut"), 3},
                 .parts = {parts, 2}};
}

static inline void assert_same(const All *got, const All *expected)
{
    WANT(got->present.set == (((uint64_t)1 << all_type.field_count) - 1));
    WANT_INT(got->id.n, expected->id.n);
    WANT_INT(got->flag, expected->flag);
    WANT(got->number == expected->number);
    WANT(got->real == expected->real);
    WANT_STR(got->text, expected->text);
    WANT(got->money.minor == expected->money.minor);
    WANT_STR(currency_text(&got->currency), currency_text(&expected->currency));
    WANT(got->at.us == expected->at.us);
    WANT_INT(got->colour, expected->colour);
    WANT_INT(got->words.n, 2);
    for (size_t i = 0; i < 2; i++) WANT_STR(got->words.items[i], expected->words.items[i]);
    WANT_INT(got->others.n, 2);
    WANT(got->others.items[1].n == INT64_MAX);
    WANT_STR(got->part.name, expected->part.name);
    WANT_INT(got->part.count, 3);
    WANT_INT(got->parts.n, 2);
    WANT_STR(got->parts.items[0].name, S("bolt"));
    WANT_INT(got->parts.items[1].count, -1);
}

/* A database may keep JSON in another spelling: blanks and the order of keys are free. */
static inline void assert_document(Str got)
{
    char compact[64];
    size_t n = 0;
    for (size_t i = 0; i < got.n && n < sizeof compact - 1; i++)
        if (got.p[i] != ' ') compact[n++] = got.p[i];
    compact[n] = 0;
    WANT_STR(str_from(compact), S("{\"a\":[1,2.5,null,true,\"x\"]}"));
}

#endif
