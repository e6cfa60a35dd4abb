#include "meta/schema.h"
#include "meta/test_types.h"

#include <jansson.h>
#include <setjmp.h>

#include <cmocka.h>

/* A type that contains itself, and rows with everything that is prose. */
typedef struct NodeList {
    struct Node *items;
    size_t n;
} NodeList;
typedef struct Node {
    Present present;
    Str name;
    NodeList children;
    Status status;
    Id parent;
    Str handle;
    Str locale;
    Address address;
} Node;
static const char *const node_status_docs[] = {"Hidden.", "Shown.", "Kept."};
static const EnumNames node_status_names = {
    .names = (const char *const[]){"draft", "active", "archived"},
    .n = 3,
    .docs = node_status_docs};
extern const Type node_type;
const Type node_type = TYPE_WITH_ABSENCE(
    Node, "A tree.", FIELD(Node, name, "Its name.", .required = true, .since = "1.2"),
    LIST(Node, children, "Below it.", node_type),
    ENUM(Node, status, "Its stage.", node_status_names, .nullable = true,
         .deprecated = "Use name."),
    FIELD(Node, parent, "Above it.", .prefix = "node", .nullable = true),
    FIELD(Node, handle, "In addresses.", .format = FORMAT_SLUG, .max = 9, .create_only = true),
    FIELD(Node, locale, "Language.", .format = FORMAT_LOCALE),
    OBJECT(Node, address, "Its place.", address_type, .nullable = true));

typedef struct Search {
    Str q;
    StrList tags, fields;
    int64_t limit;
    IdList ids;
} Search;
static const Type search_type =
    TYPE(Search, "A query.", FIELD(Search, q, "Words.", .required = true, .max = 20),
         FIELD(Search, tags, "Any of them.", .max = 5),
         FIELD(Search, fields, "Only these.", .commas = true),
         FIELD(Search, limit, "Page size.", .min = 1, .max = 100, .initial = "20"),
         FIELD(Search, ids, "These.", .prefix = "node", .deprecated = "Use q."));

/* The components that a reference to `type` as `use` brings along. */
static json_t *components(Arena *arena, const Type *type, SchemaUse use)
{
    Buf ref = buf_new(arena, 1000), buf = buf_new(arena, 1000000);
    JsonOut to_ref = json_out(&ref), out = json_out(&buf);
    SchemaSet set = schema_set(arena);
    schema_ref(&set, &to_ref, type, use);
    json_out_begin(&out, '{');
    schema_components(&set, &out);
    json_out_end(&out, '}');
    json_t *all = json_loadb(buf.p, buf.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(all);
    return all;
}

/* The value at "Thing.properties.name" as compact JSON, "" when it is not there. */
static const char *at(Arena *arena, json_t *json, const char *path)
{
    Str rest = str_from(path), key;
    for (bool more = rest.n > 0; more && json;) {
        more = str_cut(rest, '.', &key, &rest);
        json = json_object_get(json, str_z(arena, key));
    }
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *copy = str_z(arena, str_from(text));
    free(text);
    return copy;
}

static const char *keys(Arena *arena, json_t *object)
{
    Buf buf = buf_new(arena, 10000);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) buf_format(&buf, "%s%s", buf.n ? " " : "", key);
    return str_z(arena, buf_str(&buf));
}

static void one_type_gives_what_each_use_needs(void **state)
{
    Arena *arena = *state;
    static const struct {
        SchemaUse use;
        const char *names;
    } rows[] = {
        {SCHEMA_OUTPUT, "Address Price Size Thing"},
        {SCHEMA_CREATE, "AddressCreate PriceCreate SizeCreate ThingCreate"},
        {SCHEMA_PATCH, "AddressPatch PriceCreate SizeWhole ThingPatch"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *all = components(arena, &thing_type, rows[i].use);
        assert_string_equal(keys(arena, all), rows[i].names);
        json_decref(all);
    }
}

static void fields_are_shown_to_whom_they_concern(void **state)
{
    Arena *arena = *state;
    json_t *output = components(arena, &thing_type, SCHEMA_OUTPUT);
    json_t *create = components(arena, &thing_type, SCHEMA_CREATE);
    json_t *patch = components(arena, &thing_type, SCHEMA_PATCH);
    assert_string_equal(at(arena, output, "Thing.properties.secret"), "");
    assert_string_equal(at(arena, output, "Thing.properties.id.readOnly"), "true");
    assert_string_equal(at(arena, output, "Thing.additionalProperties"), "");
    assert_string_equal(at(arena, output, "Thing.required"),
                        "[\"id\",\"name\",\"note\",\"stock\",\"active\",\"weight\",\"cost\","
                        "\"currency\",\"created_at\",\"status\",\"tags\",\"parents\",\"metadata\","
                        "\"address\",\"size\",\"prices\",\"site\"]");
    assert_string_equal(at(arena, create, "ThingCreate.properties.id"), "");
    assert_string_equal(at(arena, create, "ThingCreate.properties.secret.writeOnly"), "true");
    assert_string_equal(at(arena, create, "ThingCreate.required"), "[\"name\"]");
    assert_string_equal(at(arena, create, "ThingCreate.additionalProperties"), "false");
    assert_string_equal(at(arena, patch, "ThingPatch.required"), "");
    assert_string_equal(at(arena, patch, "AddressPatch.required"), "");
    assert_string_equal(at(arena, patch, "SizeWhole.required"), "[\"width\",\"height\"]");
    assert_string_equal(at(arena, patch, "PriceCreate.required"), "[\"currency\",\"amount\"]");
    json_decref(output);
    json_decref(create);
    json_decref(patch);
}

static void each_kind_has_its_rules(void **state)
{
    Arena *arena = *state;
    static const struct {
        const char *field, *schema;
    } rows[] = {
        {"name",
         "{\"type\":\"string\",\"minLength\":1,\"maxLength\":5,\"description\":\"Its name.\"}"},
        {"note", "{\"type\":[\"string\",\"null\"],\"description\":\"A remark.\"}"},
        {"stock", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":1000,"
                  "\"default\":7,\"description\":\"How many.\"}"},
        {"active", "{\"type\":\"boolean\",\"description\":\"Can it be seen?\"}"},
        {"weight", "{\"type\":\"number\",\"format\":\"double\",\"minimum\":0,"
                   "\"description\":\"Kilograms.\"}"},
        {"currency",
         "{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\",\"description\":\"Of the cost.\"}"},
        {"status", "{\"type\":\"string\",\"enum\":[\"draft\",\"active\",\"archived\"],"
                   "\"description\":\"Its stage.\"}"},
        {"tags",
         "{\"type\":\"array\",\"maxItems\":3,\"items\":{\"type\":\"string\",\"maxLength\":4,"
         "\"pattern\":\"^[a-z]+$\"},\"description\":\"Words.\"}"},
        {"parents", "{\"type\":\"array\",\"maxItems\":10000,\"items\":{\"type\":\"string\","
                    "\"pattern\":\"^thing_[0-9a-hjkmnp-tv-z]{13}$\"},"
                    "\"description\":\"What it belongs to.\"}"},
        {"metadata", "{\"description\":\"Anything.\"}"},
        {"address", "{\"$ref\":\"#/components/schemas/AddressCreate\","
                    "\"description\":\"Where it is.\"}"},
        {"prices", "{\"type\":\"array\",\"maxItems\":2,"
                   "\"items\":{\"$ref\":\"#/components/schemas/PriceCreate\"},"
                   "\"description\":\"What it costs.\"}"},
        {"site", "{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2048,"
                 "\"description\":\"Its page.\"}"},
    };
    json_t *all = components(arena, &thing_type, SCHEMA_CREATE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str path = str_format(arena, "ThingCreate.properties.%s", rows[i].field);
        assert_string_equal(at(arena, all, str_z(arena, path)), rows[i].schema);
    }
    assert_string_equal(at(arena, all, "AddressCreate.properties.email.format"), "\"email\"");
    json_decref(all);
}

static void null_is_taken_where_it_means_something(void **state)
{
    Arena *arena = *state;
    json_t *patch = components(arena, &node_type, SCHEMA_PATCH);
    json_t *output = components(arena, &node_type, SCHEMA_OUTPUT);
    assert_string_equal(at(arena, patch, "NodePatch.properties.name.type"), "\"string\"");
    assert_string_equal(at(arena, patch, "NodePatch.properties.children.type"),
                        "[\"array\",\"null\"]");
    assert_string_equal(at(arena, patch, "NodePatch.properties.handle"), ""); /* create_only */
    assert_string_equal(at(arena, patch, "NodePatch.properties.address.anyOf"),
                        "[{\"$ref\":\"#/components/schemas/AddressPatch\"},{\"type\":\"null\"}]");
    assert_string_equal(at(arena, output, "Node.properties.children.type"), "\"array\"");
    assert_string_equal(at(arena, output, "Node.properties.parent.type"), "[\"string\",\"null\"]");
    assert_string_equal(at(arena, output, "Node.properties.status.enum"),
                        "[\"draft\",\"active\",\"archived\",null]");
    json_decref(patch);
    json_decref(output);
}

static void prose_tells_what_no_keyword_can(void **state)
{
    Arena *arena = *state;
    json_t *all = components(arena, &node_type, SCHEMA_CREATE);
    assert_string_equal(keys(arena, all), "AddressCreate NodeCreate"); /* a tree, once */
    assert_string_equal(at(arena, all, "NodeCreate.properties.name.description"),
                        "\"Its name.\\n\\nSince 1.2.\"");
    assert_string_equal(at(arena, all, "NodeCreate.properties.status.description"),
                        "\"Its stage.\\n\\n- `draft`: Hidden.\\n- `active`: Shown.\\n- `archived`: "
                        "Kept.\\n\\nDeprecated: Use name.\"");
    assert_string_equal(at(arena, all, "NodeCreate.properties.status.deprecated"), "true");
    assert_string_equal(at(arena, all, "NodeCreate.properties.handle.pattern"),
                        "\"^[a-z0-9]+(-[a-z0-9]+)*$\"");
    assert_string_equal(at(arena, all, "NodeCreate.properties.locale.maxLength"), "35");
    json_decref(all);
}

static void parameters_come_from_query_types(void **state)
{
    Arena *arena = *state;
    Buf buf = buf_new(arena, 100000);
    JsonOut out = json_out(&buf);
    SchemaSet set = schema_set(arena);
    json_out_begin(&out, '[');
    schema_parameters(&set, &out, &search_type);
    json_out_end(&out, ']');
    assert_string_equal(
        str_z(arena, buf_str(&buf)),
        "[{\"name\":\"q\",\"in\":\"query\",\"required\":true,\"description\":\"Words.\","
        "\"schema\":{\"type\":\"string\",\"maxLength\":20}},"
        "{\"name\":\"tags\",\"in\":\"query\",\"description\":\"Any of them.\",\"style\":\"form\","
        "\"explode\":true,\"schema\":{\"type\":\"array\",\"maxItems\":5,\"items\":{\"type\":"
        "\"string\"}}},"
        "{\"name\":\"fields\",\"in\":\"query\",\"description\":\"Only these.\",\"style\":\"form\","
        "\"explode\":false,\"schema\":{\"type\":\"array\",\"maxItems\":10000,"
        "\"items\":{\"type\":\"string\"}}},"
        "{\"name\":\"limit\",\"in\":\"query\",\"description\":\"Page size.\",\"schema\":"
        "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":100,\"default\":20}},"
        "{\"name\":\"ids\",\"in\":\"query\",\"deprecated\":true,"
        "\"description\":\"These.\\n\\nDeprecated: Use q.\",\"style\":\"form\",\"explode\":true,"
        "\"schema\":{\"type\":\"array\",\"maxItems\":10000,\"items\":{\"type\":\"string\","
        "\"pattern\":\"^node_[0-9a-hjkmnp-tv-z]{13}$\"}}}]");
}

static void a_reference_names_its_schema(void **state)
{
    Arena *arena = *state;
    Buf buf = buf_new(arena, 1000);
    JsonOut out = json_out(&buf);
    SchemaSet set = schema_set(arena);
    schema_ref(&set, &out, &price_type, SCHEMA_CREATE);
    schema_ref(&set, &out, &price_type, SCHEMA_CREATE);
    assert_string_equal(str_z(arena, buf_str(&buf)),
                        "{\"$ref\":\"#/components/schemas/PriceCreate\"},"
                        "{\"$ref\":\"#/components/schemas/PriceCreate\"}");
    assert_int_equal(set.n, 1);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(one_type_gives_what_each_use_needs),
        WITH_ARENA(fields_are_shown_to_whom_they_concern),
        WITH_ARENA(each_kind_has_its_rules),
        WITH_ARENA(null_is_taken_where_it_means_something),
        WITH_ARENA(prose_tells_what_no_keyword_can),
        WITH_ARENA(parameters_come_from_query_types),
        WITH_ARENA(a_reference_names_its_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
