/* Schemas from rows.
 *
 * Everything a schema says is what a walker does: required, null, bounds and patterns are asked of
 * the same rows in the same way as in json_read.c and check.c. Where JSON Schema has no word for a
 * rule (which formats count as URLs, how an enum's names differ), the prose says it.
 *
 * A member is first the schema of its kind, then its prose: `schema_field` writes only the former,
 * for parameters, whose prose stands beside the schema. References may have siblings since
 * OpenAPI 3.1, so a nested type keeps the row's own prose. */
#include "meta/schema.h"

#include "meta/text.h"

#include <assert.h>
#include <stdlib.h>

/* ---- The set ---- */

static Str name_of(Arena *arena, const Type *type, SchemaUse use)
{
    static const char *const suffixes[] = {"", "Create", "Patch", "Whole"};
    return str_format(arena, "%s%s", type->name, suffixes[use]);
}

static Str set_add(SchemaSet *set, const Type *type, SchemaUse use)
{
    Str name = name_of(set->arena, type, use);
    for (size_t i = 0; i < set->n; i++) {
        const SchemaEntry *entry = &set->items[i];
        if (!str_eq(entry->name, name)) continue;
        assert(entry->type == type && entry->use == use);
        return name;
    }
    if (set->n == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 32;
        set->items = arena_grow(set->arena, set->items, set->capacity * sizeof(SchemaEntry),
                                capacity * sizeof(SchemaEntry), alignof(SchemaEntry));
        set->capacity = capacity;
    }
    set->items[set->n++] = (SchemaEntry){type, use, name};
    return name;
}

/* How the type inside a field is used, when the type around it is used so (see JSON_PATCH). */
static SchemaUse use_inside(const Field *field, SchemaUse use)
{
    if (use == SCHEMA_OUTPUT) return SCHEMA_OUTPUT;
    if (use != SCHEMA_PATCH || field->kind == KIND_LIST) return SCHEMA_CREATE;
    return field->type->present < 0 ? SCHEMA_WHOLE : SCHEMA_PATCH;
}

static bool is_shown(const Field *field, SchemaUse use)
{
    if (use == SCHEMA_OUTPUT) return !field->write_only;
    return !field->read_only && !(field->create_only && use == SCHEMA_PATCH);
}

static bool is_required(const Field *field, SchemaUse use)
{
    if (field->restricted || (field->optional && use == SCHEMA_OUTPUT)) return false;
    return use == SCHEMA_OUTPUT || use == SCHEMA_WHOLE || (use == SCHEMA_CREATE && field->required);
}

/* ---- One field ---- */

static void write_limit(JsonOut *out, const char *key, int64_t value, int64_t none)
{
    if (value == none) return;
    json_out_key(out, key);
    json_out_int(out, value);
}

static void write_pair(JsonOut *out, const char *key, const char *value)
{
    json_out_key(out, key);
    json_out_z(out, value);
}

/* "type": "string", or ["string", "null"]. */
static void write_type(JsonOut *out, const char *name, bool null)
{
    json_out_key(out, "type");
    if (null) json_out_begin(out, '[');
    json_out_z(out, name);
    if (!null) return;
    json_out_z(out, "null");
    json_out_end(out, ']');
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What a text must look like. A format that OpenAPI does not know is told as a pattern. */
static void write_text_rules(JsonOut *out, const Field *field, int64_t min, int64_t max)
{
    const char *format = NULL, *pattern = field->pattern;
    switch (field->format) {
    case FORMAT_NONE:
    case FORMAT_MARKDOWN:
        break;
    case FORMAT_BINARY: /* JSON Schema counts characters only */
        write_pair(out, "format", "binary");
        return;
    case FORMAT_EMAIL:
        format = "email";
        max = least(max, EMAIL_MAX);
        break;
    case FORMAT_URL:
        format = "uri";
        max = least(max, URL_MAX);
        break;
    case FORMAT_URL_REFERENCE:
        format = "uri-reference";
        max = least(max, URL_MAX);
        break;
    case FORMAT_SLUG:
        if (!pattern) pattern = "^[a-z0-9]+(-[a-z0-9]+)*$";
        break;
    case FORMAT_LOCALE:
        if (!pattern) pattern = "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$";
        max = least(max, LOCALE_MAX);
        break;
    case FORMAT_COUNTRY:
        if (!pattern) pattern = "^[A-Z]{2}$";
        break;
    }
    if (format) write_pair(out, "format", format);
    write_limit(out, "minLength", min, NO_MIN);
    write_limit(out, "maxLength", max, NO_MAX);
    if (pattern) write_pair(out, "pattern", pattern);
}

static void write_id_pattern(SchemaSet *set, JsonOut *out, const char *prefix)
{
    json_out_key(out, "pattern");
    json_out_str(out, str_format(set->arena, "^%s_[0-9a-hjkmnp-tv-z]{%d}$", prefix, ID_DIGITS));
}

static void write_enum(JsonOut *out, const Field *field, bool null)
{
    json_out_key(out, "enum");
    json_out_begin(out, '[');
    for (size_t i = 0; i < field->names->n; i++) json_out_z(out, field->names->names[i]);
    if (null) json_out_null(out);
    json_out_end(out, ']');
}

static void write_items(SchemaSet *set, JsonOut *out, const Field *field, SchemaUse use)
{
    int64_t max = field->max == NO_MAX ? LIST_ITEMS_MAX : field->max;
    write_limit(out, "minItems", field->min, NO_MIN);
    if (use != SCHEMA_OUTPUT || field->max != NO_MAX) write_limit(out, "maxItems", max, NO_MAX);
    json_out_key(out, "items");
    if (field->kind == KIND_LIST) {
        schema_ref(set, out, field->type, use_inside(field, use));
        return;
    }
    json_out_begin(out, '{');
    write_type(out, "string", false);
    if (field->kind == KIND_ID_LIST)
        write_id_pattern(set, out, field->prefix);
    else
        write_text_rules(out, field, NO_MIN, field->item_max);
    json_out_end(out, '}');
}

/* A reference has no place for "null" beside it, so null is an alternative. */
static void write_object(SchemaSet *set, JsonOut *out, const Field *field, SchemaUse use, bool null)
{
    Str name = set_add(set, field->type, use_inside(field, use));
    if (null) {
        json_out_key(out, "anyOf");
        json_out_begin(out, '[');
        json_out_begin(out, '{');
    }
    json_out_key(out, "$ref");
    json_out_str(out, str_format(set->arena, "#/components/schemas/%.*s", STR_ARG(name)));
    if (!null) return;
    json_out_end(out, '}');
    json_out_begin(out, '{');
    write_type(out, "null", false);
    json_out_end(out, '}');
    json_out_end(out, ']');
}

static void write_kind(SchemaSet *set, JsonOut *out, const Field *field, SchemaUse use, bool null)
{
    switch (field->kind) {
    case KIND_BOOL:
        write_type(out, "boolean", null);
        return;
    case KIND_INT:
    case KIND_MONEY:
    case KIND_DOUBLE:
        write_type(out, field->kind == KIND_DOUBLE ? "number" : "integer", null);
        write_pair(out, "format", field->kind == KIND_DOUBLE ? "double" : "int64");
        write_limit(out, "minimum", field->min, NO_MIN);
        write_limit(out, "maximum", field->max, NO_MAX);
        return;
    case KIND_STR:
        write_type(out, "string", null);
        write_text_rules(out, field, field->min, field->max);
        return;
    case KIND_ID:
        write_type(out, "string", null);
        write_id_pattern(set, out, field->prefix);
        return;
    case KIND_CURRENCY:
        write_type(out, "string", null);
        write_pair(out, "pattern", "^[A-Z]{3}$");
        return;
    case KIND_TIME:
        write_type(out, "string", null);
        write_pair(out, "format", "date-time");
        return;
    case KIND_ENUM:
        write_type(out, "string", null);
        write_enum(out, field, null);
        return;
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_LIST:
        write_type(out, "array", null);
        write_items(set, out, field, use);
        return;
    case KIND_JSON: /* any value: no rule at all */
        return;
    case KIND_OBJECT:
        write_object(set, out, field, use, null);
        return;
    }
}

static bool takes_null(const Field *field, SchemaUse use)
{
    return field->nullable || (use == SCHEMA_PATCH && !field->required);
}

static void write_default(SchemaSet *set, JsonOut *out, const Field *field)
{
    Violations violations = violations_new(set->arena);
    void *value = arena_zalloc(set->arena, 1, field->size, alignof(max_align_t));
    Buf text = buf_new(set->arena, SIZE_MAX / 4);
    bool sound = text_read(set->arena, field, str_from(field->initial), NULL, value, &violations);
    assert(sound); /* type_check */
    json_write_member(&text, field, value);
    json_out_key(out, "default");
    json_out_raw(out, buf_str(&text));
}

/* What stands in the row but is no prose. */
static void write_rules(SchemaSet *set, JsonOut *out, const Field *field, SchemaUse use)
{
    write_kind(set, out, field, use, takes_null(field, use));
    if (field->initial && use == SCHEMA_CREATE) write_default(set, out, field);
}

void schema_field(SchemaSet *set, JsonOut *out, const Field *field, SchemaUse use)
{
    json_out_begin(out, '{');
    write_rules(set, out, field, use);
    json_out_end(out, '}');
}

/* The row's prose; what each name of an enum means; what took its place. */
static void write_description(SchemaSet *set, JsonOut *out, const Field *field)
{
    Buf text = buf_new(set->arena, SIZE_MAX / 4);
    buf_put(&text, str_from(field->doc));
    const EnumNames *names = field->names;
    for (size_t i = 0; names && names->docs && i < names->n; i++)
        buf_format(&text, "%s- `%s`: %s", i ? "\n" : "\n\n", names->names[i], names->docs[i]);
    if (field->since) buf_format(&text, "\n\nSince %s.", field->since);
    if (field->deprecated) buf_format(&text, "\n\nDeprecated: %s", field->deprecated);
    json_out_key(out, "description");
    json_out_str(out, buf_str(&text));
}

static void write_mark(JsonOut *out, const char *key, bool on)
{
    if (!on) return;
    json_out_key(out, key);
    json_out_bool(out, true);
}

/* ---- Types and parameters ---- */

static void write_required(JsonOut *out, const Type *type, SchemaUse use)
{
    bool any = false;
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (!is_shown(field, use) || !is_required(field, use)) continue;
        if (!any) {
            json_out_key(out, "required");
            json_out_begin(out, '[');
        }
        any = true;
        json_out_z(out, field->name);
    }
    if (any) json_out_end(out, ']');
}

static void write_schema(SchemaSet *set, JsonOut *out, const Type *type, SchemaUse use)
{
    json_out_begin(out, '{');
    write_pair(out, "type", "object");
    write_pair(out, "description", type->doc);
    json_out_key(out, "properties");
    json_out_begin(out, '{');
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (!is_shown(field, use)) continue;
        json_out_key(out, field->name);
        json_out_begin(out, '{');
        write_rules(set, out, field, use);
        write_description(set, out, field);
        write_mark(out, "readOnly", field->read_only);
        write_mark(out, "writeOnly", field->write_only);
        write_mark(out, "deprecated", field->deprecated != NULL);
        json_out_end(out, '}');
    }
    json_out_end(out, '}');
    write_required(out, type, use);
    if (use != SCHEMA_OUTPUT) { /* answers may grow; unknown input is refused */
        json_out_key(out, "additionalProperties");
        json_out_bool(out, false);
    }
    json_out_end(out, '}');
}

void schema_ref(SchemaSet *set, JsonOut *out, const Type *type, SchemaUse use)
{
    Str name = set_add(set, type, use);
    json_out_begin(out, '{');
    json_out_key(out, "$ref");
    json_out_str(out, str_format(set->arena, "#/components/schemas/%.*s", STR_ARG(name)));
    json_out_end(out, '}');
}

void schema_parameters(SchemaSet *set, JsonOut *out, const Type *query)
{
    for (size_t i = 0; i < query->field_count; i++) {
        const Field *field = &query->fields[i];
        bool list = field->kind == KIND_STR_LIST || field->kind == KIND_ID_LIST;
        json_out_begin(out, '{');
        write_pair(out, "name", field->name);
        write_pair(out, "in", "query");
        write_mark(out, "required", field->required);
        write_mark(out, "deprecated", field->deprecated != NULL);
        write_description(set, out, field);
        if (list) {
            write_pair(out, "style", "form");
            json_out_key(out, "explode");
            json_out_bool(out, !field->commas);
        }
        json_out_key(out, "schema");
        schema_field(set, out, field, SCHEMA_CREATE);
        json_out_end(out, '}');
    }
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const SchemaEntry *)a)->name, ((const SchemaEntry *)b)->name);
}

void schema_components(SchemaSet *set, JsonOut *out)
{
    for (size_t i = 0; i < set->n; i++) { /* n grows */
        SchemaEntry entry = set->items[i];
        for (size_t k = 0; k < entry.type->field_count; k++) {
            const Field *field = &entry.type->fields[k];
            if (field->type && is_shown(field, entry.use))
                set_add(set, field->type, use_inside(field, entry.use));
        }
    }
    qsort(set->items, set->n, sizeof *set->items, by_name);
    for (size_t i = 0; i < set->n; i++) {
        json_out_key_str(out, set->items[i].name);
        write_schema(set, out, set->items[i].type, set->items[i].use);
    }
}
