/* Scanning HTML.
 *
 * What people paste into a shop's editor was written by word processors, mail programs and other
 * editors; it is not held against a grammar here, but cut into texts and tags as browsers cut it: a tag
 * is "<" and a letter up to ">", and quotes in it protect a ">". Where that would swallow the rest of
 * the text (a quote without an end), the tag ends at the next ">" after all. Each byte is looked at a
 * bounded number of times, whatever the input: a ">" that was not found is not searched for again.
 *
 * Rejected: regular expressions, which are either wrong or slow on purpose-made input; and a table of
 * the 2,125 named characters, which cmark has. */
#include "meta/html.h"

#include "base/buf.h"

#include <cmark-gfm.h>

enum {
    TAG_MAX = 64 * 1024, /* bytes in which a tag's quotes are believed */
    REFERENCE_MAX = 33,  /* bytes: "&CounterClockwiseContourIntegral;" */
    CHARACTERS_MAX = 4,  /* that one reference stands for, at most; bytes of each */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_';
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* The index behind the ">" that ends the tag: outside of quotes, or, when a quote has no end, the next
 * one. 0: there is none. */
static size_t tag_end(Str text)
{
    size_t first = str_find_char(text, '>');
    if (first == text.n) return 0;
    char quote = 0;
    for (size_t i = 0; i < text.n && i < TAG_MAX; i++) {
        char c = text.p[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '>')
            return i + 1;
        else if ((c == '"' || c == '\'') && i && text.p[i - 1] == '=')
            quote = c;
    }
    return first + 1;
}

/* Of what begins with "<": what stands behind it when that is no content; else 0. */
static size_t skipped(Str text)
{
    if (str_starts(text, S("<!--"))) {
        size_t end = str_find(str_slice(text, 4, text.n), S("-->"));
        return end + 7 > text.n ? text.n : end + 7; /* a comment without an end is one to the end */
    }
    if (text.n < 2 || (text.p[1] != '!' && text.p[1] != '?')) return 0;
    size_t end = str_find_char(text, '>');
    return end == text.n ? text.n : end + 1;
}

/* Reads a tag, which the rest begins with. */
static bool read_tag(HtmlScanner *scanner, HtmlToken *out)
{
    Str text = scanner->rest;
    size_t at = 1, end;
    bool closing = text.n > 1 && text.p[1] == '/';
    at += closing;
    if (at >= text.n || !is_letter(text.p[at])) return false;
    end = tag_end(text);
    if (!end) {
        scanner->no_tags = true;
        return false;
    }
    size_t name = at;
    while (at < end && is_name(text.p[at])) at++;
    *out = (HtmlToken){.kind = closing ? HTML_CLOSE : HTML_OPEN,
                       .name = str_slice(text, name, at),
                       .text = str_slice(text, at, end - 1)};
    scanner->rest = str_slice(text, end, text.n);
    return true;
}

static void read_text(HtmlScanner *scanner, HtmlToken *out)
{
    size_t end = 1; /* a "<" that begins no tag */
    while (end < scanner->rest.n && scanner->rest.p[end] != '<') end++;
    *out = (HtmlToken){.kind = HTML_TEXT, .text = str_slice(scanner->rest, 0, end)};
    scanner->rest = str_slice(scanner->rest, end, scanner->rest.n);
}

bool html_next(HtmlScanner *scanner, HtmlToken *out)
{
    while (scanner->rest.n) {
        if (scanner->rest.p[0] != '<') break;
        size_t nothing = skipped(scanner->rest);
        if (!nothing) break;
        scanner->rest = str_slice(scanner->rest, nothing, scanner->rest.n);
    }
    if (!scanner->rest.n) return false;
    if (scanner->rest.p[0] != '<' || scanner->no_tags || !read_tag(scanner, out))
        read_text(scanner, out);
    return true;
}

bool html_skip_behind(HtmlScanner *scanner, Str name)
{
    Str rest = scanner->rest;
    for (size_t at; (at = str_find(rest, S("</"))) < rest.n;) {
        rest = str_slice(rest, at + 2, rest.n);
        if (!str_eq_nocase(str_slice(rest, 0, name.n), name)) continue;
        size_t end = str_find_char(rest, '>');
        scanner->rest = str_slice(rest, end + 1, rest.n);
        return true;
    }
    return false;
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static size_t skip_spaces(Str text, size_t at)
{
    while (at < text.n && (is_space(text.p[at]) || text.p[at] == '/')) at++;
    return at;
}

/* Reads one attribute from `*at` on; false at the end. */
static bool next_attribute(Str text, size_t *at, Str *name, Str *value)
{
    size_t i = skip_spaces(text, *at), begin = i;
    if (i >= text.n) return false;
    do i++;
    while (i < text.n && !is_space(text.p[i]) && text.p[i] != '=' && text.p[i] != '/');
    *name = str_slice(text, begin, i);
    *value = S("");
    size_t equals = i;
    while (equals < text.n && is_space(text.p[equals])) equals++;
    if (equals < text.n && text.p[equals] == '=') {
        i = equals + 1;
        while (i < text.n && is_space(text.p[i])) i++;
        char quote = i < text.n && (text.p[i] == '"' || text.p[i] == '\'') ? text.p[i] : 0;
        begin = i + (quote != 0);
        i = begin;
        while (i < text.n && (quote ? text.p[i] != quote : !is_space(text.p[i]))) i++;
        *value = str_slice(text, begin, i);
        i += quote && i < text.n;
    }
    *at = i;
    return true;
}

Str html_attribute(Arena *arena, const HtmlToken *tag, Str name)
{
    Str found, value;
    for (size_t at = 0; next_attribute(tag->text, &at, &found, &value);)
        if (str_eq_nocase(found, name)) return html_decode(arena, value);
    return S("");
}

/* ---- Character references -------------------------------------------------------------------- */

/* Those of nearly all texts. The others (HTML knows 2,125 names) are left to cmark, which has the
 * table. */
static const struct {
    Str name, text;
} common[] = {
    {S_INIT("&amp;"), S_INIT("&")},   {S_INIT("&nbsp;"), S_INIT("\xC2\xA0")},
    {S_INIT("&lt;"), S_INIT("<")},    {S_INIT("&gt;"), S_INIT(">")},
    {S_INIT("&quot;"), S_INIT("\"")}, {S_INIT("&#39;"), S_INIT("'")},
};

static Str decode_by_cmark(Arena *arena, Str reference)
{
    cmark_node *document = cmark_parse_document(reference.p, reference.n, CMARK_OPT_DEFAULT);
    cmark_node *paragraph = cmark_node_first_child(document);
    cmark_node *node = paragraph ? cmark_node_first_child(paragraph) : NULL;
    bool alone = node && !cmark_node_next(node) && cmark_node_get_type(node) == CMARK_NODE_TEXT;
    Str text = alone ? str_copy(arena, str_from(cmark_node_get_literal(node))) : reference;
    cmark_node_free(document);
    return text;
}

/* The length of the reference that the text begins with; 0 when it is none. */
static size_t reference_length(Str text)
{
    size_t i = 1;
    while (i < text.n && i < REFERENCE_MAX &&
           (is_letter(text.p[i]) || text.p[i] == '#' || (text.p[i] >= '0' && text.p[i] <= '9')))
        i++;
    return i > 1 && i < text.n && text.p[i] == ';' ? i + 1 : 0;
}

static Str decode_reference(Arena *arena, Str reference)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (str_eq(reference, common[i].name)) return common[i].text;
    return decode_by_cmark(arena, reference);
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 && !is_space(c);
}

static void put_clean(Buf *out, Str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_control(text.p[i])) buf_char(out, text.p[i]);
}

Str html_decode(Arena *arena, Str text)
{
    size_t i = 0;
    while (i < text.n && text.p[i] != '&' && !is_control(text.p[i])) i++;
    if (i == text.n) return text;
    Buf out = buf_new(arena, text.n * CHARACTERS_MAX + 64);
    buf_bytes(&out, text.p, i);
    while (i < text.n) {
        Str rest = str_slice(text, i, text.n);
        size_t length = rest.p[0] == '&' ? reference_length(rest) : 0;
        if (length)
            put_clean(&out, decode_reference(arena, str_slice(rest, 0, length)));
        else
            put_clean(&out, str_slice(rest, 0, 1));
        i += length ? length : 1;
    }
    return buf_str(&out);
}
