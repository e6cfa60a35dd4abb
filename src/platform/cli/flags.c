#include "platform/cli/flags.h"

#include "platform/cli/command_line.h"

const FlagView flags_of_all[2] = {
    {.name = S_INIT("json"), .doc = S_INIT("Results and errors as JSON.")},
    {.name = S_INIT("help"), .letter = 'h', .doc = S_INIT("This text.")},
};

static Str placeholder(Arena *arena, const Field *field)
{
    if (field->kind == KIND_BOOL) return S("");
    if (field->kind == KIND_INT || field->kind == KIND_DOUBLE || field->kind == KIND_MONEY)
        return S("N");
    if (field->kind == KIND_TIME) return S("TIME");
    if (field->kind == KIND_CURRENCY) return S("CURRENCY");
    if (field->kind == KIND_ID || field->kind == KIND_ID_LIST)
        return str_format(arena, "%s_…", field->prefix);
    return field->kind == KIND_ENUM ? enum_join(arena, field->names, S("|")) : S("TEXT");
}

static Str doc_of(Arena *arena, const Field *field)
{
    Buf doc = buf_new(arena, 10000);
    buf_format(&doc, "%s", field->doc);
    bool bounded = field->min != NO_MIN || field->max != NO_MAX;
    if (field->kind == KIND_INT && bounded)
        buf_format(&doc, " Allowed is %.*s.", STR_ARG(config_allowed(arena, field)));
    if (field->required) buf_lit(&doc, " Must be given.");
    if (field->initial) buf_format(&doc, " Default: %s.", field->initial);
    if (field->kind == KIND_STR_LIST) buf_lit(&doc, " May be given several times.");
    return buf_str(&doc);
}

static FlagView view_of(Arena *arena, Str name, const Field *field)
{
    return (FlagView){.name = name,
                      .value = placeholder(arena, field),
                      .doc = doc_of(arena, field),
                      .field = field};
}

FlagViewList flags_of_command(Arena *arena, const Command *command)
{
    size_t count = command->flags ? command->flags->field_count : 0;
    FlagViewList list = {NEW_N(arena, FlagView, count + 1), count};
    for (size_t i = 0; i < count; i++) {
        const Field *field = &command->flags->fields[i];
        list.items[i] = view_of(arena, command_flag_name(arena, field), field);
        for (size_t k = 0; k < COMMAND_LETTER_ROWS && command->letters[k].letter; k++)
            if (strcmp(command->letters[k].field, field->name) == 0)
                list.items[i].letter = command->letters[k].letter;
    }
    return list;
}

FlagViewList flags_of_settings(Arena *arena)
{
    SettingList settings = config_settings(arena);
    FlagViewList list = {NEW_N(arena, FlagView, settings.n), settings.n};
    for (size_t i = 0; i < settings.n; i++)
        list.items[i] = view_of(arena, settings.items[i].flag, settings.items[i].field);
    return list;
}

Str flag_term(Arena *arena, const FlagView *flag)
{
    Buf term = buf_new(arena, 1000);
    if (flag->letter) buf_format(&term, "-%c, ", flag->letter);
    buf_format(&term, "--%.*s%s%.*s", STR_ARG(flag->name), flag->value.n ? " " : "",
               STR_ARG(flag->value));
    return buf_str(&term);
}

void command_name_parts(const Command *command, Str *first, Str *second)
{
    str_cut(str_from(command->name), ' ', first, second);
}

bool command_is_first(const CommandTable *table, const Command *command)
{
    Str wanted, first, second;
    command_name_parts(command, &wanted, &second);
    const Command *other;
    for (size_t at = 0; (other = command_next(table, &at)) && other != command;) {
        command_name_parts(other, &first, &second);
        if (str_eq(first, wanted)) return false;
    }
    return true;
}

bool command_group_next(const CommandTable *table, size_t *at, Str *group)
{
    const Command *command;
    while ((command = command_next(table, at))) {
        Str first, second;
        command_name_parts(command, &first, &second);
        if (!second.n || !command_is_first(table, command)) continue;
        *group = first;
        return true;
    }
    return false;
}
