#include "platform/cli/completion.h"

#include "platform/cli/command_line.h"

const EnumNames completion_shells = ENUM_NAMES("bash", "fish", "zsh");

void completion_write(Buf *out, const CommandTable *table, CompletionShell shell)
{
    if (shell == COMPLETION_BASH)
        completion_write_bash(out, table);
    else if (shell == COMPLETION_FISH)
        completion_write_fish(out, table);
    else
        completion_write_zsh(out, table);
}

CompletionSource completion_source(const FlagView *flag)
{
    const Field *field = flag->field;
    if (!field || field->kind == KIND_BOOL) return COMPLETION_NOTHING;
    if (field->kind == KIND_ENUM) return COMPLETION_WORDS;
    bool any = field->kind == KIND_STR && !field->pattern && field->format == FORMAT_NONE;
    return any ? COMPLETION_FILES : COMPLETION_FREE;
}

Str completion_summary(Str doc)
{
    Str line = str_slice(doc, 0, str_find_char(doc, '\n'));
    Str first = str_slice(line, 0, str_find(line, S(". ")));
    return str_ends(first, S(".")) ? str_slice(first, 0, first.n - 1) : first;
}

Str completion_words(Arena *arena, const CommandTable *table, Str group, const char *separator)
{
    const Command *command;
    Buf words = buf_new(arena, 1 << 16);
    for (size_t at = 0; (command = command_next(table, &at));) {
        Str first, second, word;
        command_name_parts(command, &first, &second);
        if (group.n && !str_eq(first, group)) continue;
        if (!group.n && !command_is_first(table, command)) continue;
        word = group.n ? second : first;
        buf_format(&words, "%s%.*s", words.n ? separator : "", STR_ARG(word));
    }
    return buf_str(&words);
}

/* fish has escapes within quotes; the others end the quotation, escape, and begin it anew. */
void completion_quote(Buf *out, Str text, CompletionShell shell)
{
    bool fish = shell == COMPLETION_FISH;
    buf_char(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            buf_put(out, fish ? S("\\'") : S("'\\''"));
        else if (fish && text.p[i] == '\\')
            buf_lit(out, "\\\\");
        else
            buf_char(out, text.p[i]);
    }
    buf_char(out, '\'');
}
