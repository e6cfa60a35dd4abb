/* The grammar, as it is read here:
 *
 *     body    = [CRLF] boundary *(CRLF part CRLF boundary) "--" [CRLF]
 *     part    = 1*(header CRLF) CRLF *OCTET        in which CRLF boundary does not occur
 *     header  = "Content-Disposition: form-data; name=" value *(";" parameter) / other
 *
 * The CRLF before a boundary belongs to the boundary, not to the content (RFC 2046 §5.1.1). A
 * boundary is searched for only behind a part's header lines, and a part's content must not begin
 * with one: there, the empty line would have to serve twice, and readers disagree whether it may.
 *
 * File names are not kept: they are hints from a stranger's computer, in an encoding that is not
 * told (RFC 7578 §4.2 and §5.1), and nothing here is named by them. */
#include "meta/multipart.h"

#include "base/buf.h"
#include "meta/limits.h"

/* Of the part that is being read: "part 2 has no name". */
static bool refuse(Multipart *form, const char *what)
{
    form->error = str_format(form->arena, "part %zu %s", form->parts, what);
    form->ended = true;
    return false;
}

/* ---- Characters and parameters --------------------------------------------------------------- */

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 §5.6.2. */
static bool is_token(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_alphanumeric(s.p[i]) && (!s.p[i] || !strchr("!#$%&'*+-.^_`|~", s.p[i])))
            return false;
    return s.n > 0;
}

/* RFC 2046 §5.1.1: any of these, and no blank at the end. */
static bool is_boundary(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_alphanumeric(s.p[i]) && (!s.p[i] || !strchr("'()+_,-./:=? ", s.p[i]))) return false;
    return s.n > 0 && s.n <= FORM_BOUNDARY_MAX && s.p[s.n - 1] != ' ';
}

/* The length of the quoted string at the beginning, with its quotes; 0 when it does not end. */
static size_t quoted_length(Str s)
{
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '"') return i + 1;
        if (s.p[i] == '\\' && i + 1 < s.n) i++;
    }
    return 0;
}

typedef struct Parameter {
    Str name, value; /* the value without its quotes, not decoded */
} Parameter;

/* Cuts ";name=value" off the beginning of *rest. */
static bool next_parameter(Str *rest, Parameter *out)
{
    Str text = str_trim(*rest);
    if (!str_starts(text, S(";"))) return false;
    text = str_trim(str_slice(text, 1, text.n));
    size_t equals = str_find_char(text, '=');
    out->name = str_slice(text, 0, equals);
    text = str_slice(text, equals + 1, text.n);
    bool quoted = str_starts(text, S("\""));
    size_t length = quoted ? quoted_length(text) : 0;
    while (!quoted && length < text.n && !strchr("; \t", text.p[length])) length++;
    out->value = quoted ? str_slice(text, 1, length - 1) : str_slice(text, 0, length);
    *rest = str_slice(text, length, text.n);
    return is_token(out->name) && (quoted ? length > 0 : is_token(out->value));
}

/* The one parameter of that name. False when there is none, or two, or the list is malformed. */
static bool find_parameter(Str parameters, Str name, Str *out)
{
    size_t found = 0;
    while (str_trim(parameters).n) {
        Parameter parameter;
        if (!next_parameter(&parameters, &parameter)) return false;
        if (!str_eq_nocase(parameter.name, name)) continue;
        *out = parameter.value;
        found++;
    }
    return found == 1;
}

/* From the first ";" on. */
static Str parameters_of(Str value)
{
    size_t semicolon = str_find_char(value, ';');
    return str_slice(value, semicolon, value.n);
}

/* ---- The head of a part ---------------------------------------------------------------------- */

/* Cuts a line off the beginning of *rest; false when it does not end in CRLF, is too long, or has a
 * control character in it. */
static bool next_line(Str *rest, Str *line)
{
    size_t end = str_find_char(str_slice(*rest, 0, FORM_PART_HEAD_MAX), '\r');
    *line = str_slice(*rest, 0, end);
    for (size_t i = 0; i < line->n; i++)
        if (((unsigned char)line->p[i] < 0x20 && line->p[i] != '\t') || line->p[i] == 0x7f)
            return false;
    *rest = str_slice(*rest, end, rest->n);
    if (!str_starts(*rest, S("\r\n"))) return false;
    *rest = str_slice(*rest, 2, rest->n);
    return true;
}

static bool read_disposition(Multipart *form, Str value, MultipartPart *part)
{
    Str type = str_trim(str_slice(value, 0, str_find_char(value, ';')));
    if (!str_eq_nocase(type, S("form-data")))
        return refuse(form, "has a Content-Disposition other than form-data");
    if (part->name.p) return refuse(form, "has two lines Content-Disposition");
    if (!find_parameter(parameters_of(value), S("name"), &part->name))
        return refuse(form, "needs one name in its Content-Disposition, as in form-data; "
                            "name=\"file\"");
    return true;
}

static bool read_header(Multipart *form, Str line, MultipartPart *part)
{
    Str name, value;
    if (!str_cut(line, ':', &name, &value) || !is_token(name))
        return refuse(form, "has a header line that is none");
    value = str_trim(value);
    if (str_eq_nocase(name, S("Content-Disposition"))) return read_disposition(form, value, part);
    if (!str_eq_nocase(name, S("Content-Transfer-Encoding"))) return true;
    return str_eq_nocase(value, S("binary")) || str_eq_nocase(value, S("8bit")) ||
           str_eq_nocase(value, S("7bit")) ||
           refuse(form, "has a Content-Transfer-Encoding; send the bytes as they are");
}

static bool read_head(Multipart *form, MultipartPart *part)
{
    Str line, begin = form->rest;
    for (;;) {
        if (!next_line(&form->rest, &line) || begin.n - form->rest.n > FORM_PART_HEAD_MAX)
            return refuse(form, "has a header line that is too long, does not end in CRLF, or has "
                                "control characters");
        if (!line.n) break;
        if (!read_header(form, line, part)) return false;
    }
    return part->name.p || refuse(form, "has no Content-Disposition");
}

/* ---- Boundaries ------------------------------------------------------------------------------ */

/* What follows a boundary: another part, or the end of the form. */
static bool pass_boundary(Multipart *form)
{
    bool last = str_starts(form->rest, S("--"));
    Str rest = str_slice(form->rest, 2, form->rest.n);
    if (!last && !str_starts(form->rest, S("\r\n")))
        return refuse(form, "is followed by a line that only begins like the boundary");
    if (last && rest.n && !str_eq(rest, S("\r\n")))
        return refuse(form, "is the last one, and more than the boundary follows it");
    form->rest = rest;
    form->ended = last;
    return true;
}

Multipart multipart_begin(Arena *arena, Str content_type, Str body)
{
    Str boundary;
    if (!find_parameter(parameters_of(content_type), S("boundary"), &boundary) ||
        !is_boundary(boundary))
        return (Multipart){.ended = true,
                           .error = S("the Content-Type needs one boundary, of characters that RFC "
                                      "2046 allows")};
    Multipart form = {.arena = arena,
                      .delimiter = str_format(arena, "\r\n--%.*s", STR_ARG(boundary))};
    Str first = str_slice(form.delimiter, 2, form.delimiter.n);
    if (str_starts(body, S("\r\n"))) body = str_slice(body, 2, body.n);
    if (!str_starts(body, first))
        return (Multipart){.ended = true,
                           .error = S("the body does not begin with the boundary that the "
                                      "Content-Type names")};
    form.rest = str_slice(body, first.n, body.n);
    pass_boundary(&form);
    return form;
}

bool multipart_next(Multipart *form, MultipartPart *out)
{
    MultipartPart part = {0};
    if (form->ended) return false;
    form->parts++;
    if (form->parts > FORM_PARTS_MAX) return refuse(form, "is one too many");
    if (!read_head(form, &part)) return false;
    if (str_starts(form->rest, str_slice(form->delimiter, 2, form->delimiter.n)))
        return refuse(form, "has no content, not even an empty line before the boundary");
    size_t n = str_find(form->rest, form->delimiter);
    if (n == form->rest.n) return refuse(form, "does not end with the boundary");
    part.bytes = str_slice(form->rest, 0, n);
    form->rest = str_slice(form->rest, n + form->delimiter.n, form->rest.n);
    if (!pass_boundary(form)) return false;
    *out = part;
    return true;
}
