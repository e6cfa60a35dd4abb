#include "modules/catalog/transfer/draft.h"

/* ---- Remarks --------------------------------------------------------------------------------- */

Remarks remarks_new(Arena *arena)
{
    return (Remarks){.arena = arena};
}

void remark(Remarks *remarks, bool refusal, int64_t line, Str place, const char *code,
            const char *format, ...)
{
    remarks->refusals += refusal;
    if (remarks->n == REMARKS_MAX) return;
    if (!remarks->items) remarks->items = NEW_N(remarks->arena, Remark, REMARKS_MAX);
    va_list args;
    va_start(args, format);
    Str message = str_vformat(remarks->arena, format, args);
    va_end(args);
    remarks->items[remarks->n++] =
        (Remark){refusal, line, str_copy(remarks->arena, place), str_from(code), message};
}

/* ---- Lists in one text ----------------------------------------------------------------------- */

StrList path_titles(Arena *arena, Str path)
{
    StrList titles = {NEW_N(arena, Str, DRAFT_CATEGORY_LEVELS + 1), 0};
    for (Str title; path.n && titles.n <= DRAFT_CATEGORY_LEVELS;) {
        str_cut(path, '>', &title, &path);
        title = str_trim(title);
        if (title.n) titles.items[titles.n++] = str_copy(arena, title);
    }
    return titles;
}

Str path_text(Arena *arena, StrList titles)
{
    return str_join(arena, titles, S(" > "));
}

Str tags_text(Arena *arena, StrList tags)
{
    return str_join(arena, tags, S(", "));
}

static bool has_text(StrList list, Str text)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_eq(list.items[i], text)) return true;
    return false;
}

StrList tags_of_text(Arena *arena, Str text)
{
    size_t most = 1;
    for (size_t i = 0; i < text.n; i++) most += text.p[i] == ',';
    if (most > TAGS_MAX + 1) most = TAGS_MAX + 1; /* one too many, so that it is refused */
    StrList tags = {NEW_N(arena, Str, most), 0};
    for (Str tag; text.n && tags.n < most;) {
        str_cut(text, ',', &tag, &text);
        tag = str_trim(tag);
        if (tag.n && !has_text(tags, tag)) tags.items[tags.n++] = str_copy(arena, tag);
    }
    return tags;
}
