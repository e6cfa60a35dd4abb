#include "platform/mail/template.h"

#include "meta/markup.h"
#include "meta/text.h"

static bool is_scalar(const Field *field)
{
    return field && field->kind != KIND_OBJECT && field->kind != KIND_LIST &&
           field->kind != KIND_JSON;
}

bool template_fill(Buf *out, const char *text, const Type *type, const void *values, bool html)
{
    Str rest = str_from(text), name;
    while (rest.n) {
        Str before;
        bool place = str_cut(rest, '{', &before, &rest);
        buf_put(out, before);
        if (!place) return true;
        if (!str_cut(rest, '}', &name, &rest)) return false;
        const Field *field = type ? type_field(type, name) : NULL;
        if (!is_scalar(field)) return false;
        if (!values) continue; /* only whether it is sound */
        Str value = text_write(out->arena, field, (const char *)values + field->offset);
        if (html)
            html_text(out, value);
        else
            buf_put(out, value);
    }
    return true;
}

Str mail_template_problem(Arena *arena, const MailTemplate *mail)
{
    Buf scratch = buf_new(arena, 1 << 16);
    const char *texts[] = {mail->subject, mail->text, mail->html ? mail->html : ""};
    if (!mail->name || !mail->doc || !mail->subject || !mail->text)
        return S("name, doc, subject and text are needed");
    for (size_t i = 0; i < ROWS(texts); i++)
        if (!template_fill(&scratch, texts[i], mail->values, NULL, false))
            return str_format(arena, "%s: a {place} of \"%s\" is no field", mail->name, texts[i]);
    if (strchr(mail->subject, '\n'))
        return str_format(arena, "%s: the subject has two lines", mail->name);
    return S("");
}
