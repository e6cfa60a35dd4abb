/* The formats that a text can have: e-mail, URL, slug, language tag, country. One pass each over the bytes.
 *
 * Rejected: regular expressions (their rules are short, what they accept must not depend on an
 * engine, and a URL's would be unreadable), and a library for each (what a shop accepts as an
 * address is a decision of its own: a URL without user and password, an e-mail as HTML has it). */
#include "meta/check.h"

#include <arpa/inet.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_alpha(c) || is_digit(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* Letters, digits and inner hyphens, at most 63: a label of RFC 1034 §3.5. */
static bool is_dns_label(Str s)
{
    if (s.n == 0 || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-') return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-') return false;
    return true;
}

bool text_is_email(Str text)
{
    Str local, domain, label;
    if (text.n > EMAIL_MAX || !str_cut(text, '@', &local, &domain)) return false;
    if (local.n == 0 || local.n > EMAIL_LOCAL_MAX) return false;
    for (size_t i = 0; i < local.n; i++)
        if (!is_alnum(local.p[i]) && !is_one_of(local.p[i], ".!#$%&'*+/=?^_`{|}~-")) return false;
    for (bool more = true; more;) {
        more = str_cut(domain, '.', &label, &domain);
        if (!is_dns_label(label)) return false;
    }
    return true;
}

bool text_is_slug(Str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool inner = i > 0 && i + 1 < text.n;
        if (c == '-' ? !inner || text.p[i - 1] == '-' : !is_digit(c) && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return text.n > 0;
}

/* ---- URL ---- */

/* A name or IPv4 address (RFC 3986 calls both reg-name): labels of letters, digits, "-" and "_". */
static bool is_host_name(Str host)
{
    if (host.n == 0 || host.n > 253 || host.p[0] == '.') return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (c == '.' ? host.p[i - 1] == '.' : !is_alnum(c) && c != '-' && c != '_') return false;
    }
    return true;
}

static bool is_ipv6(Str text)
{
    char z[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (text.n >= sizeof z) return false;
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    return strlen(z) == text.n && inet_pton(AF_INET6, z, &address) == 1;
}

static bool is_port(Str text)
{
    int64_t port;
    return text.n <= 5 && str_to_int(text, &port) && port >= 1 && port <= 65535;
}

static bool is_authority(Str s)
{
    Str host = s, port = {0};
    bool has_port = false;
    if (s.n && s.p[0] == '[') {
        size_t close = str_find_char(s, ']');
        if (close == s.n || !is_ipv6(str_slice(s, 1, close))) return false;
        has_port = close + 1 < s.n;
        if (has_port && s.p[close + 1] != ':') return false;
        return !has_port || is_port(str_slice(s, close + 2, s.n));
    }
    has_port = str_cut(s, ':', &host, &port);
    return is_host_name(host) && (!has_port || is_port(port));
}

/* Path, query and fragment: only characters that RFC 3986 knows, at most one fragment. */
static bool is_url_tail(Str text)
{
    bool fragment = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%' && (i + 2 >= text.n || !is_hex(text.p[i + 1]) || !is_hex(text.p[i + 2])))
            return false;
        if (c == '#' && fragment) return false;
        fragment = fragment || c == '#';
        if (!is_alnum(c) && !is_one_of(c, "-._~:/?#@!$&'()*+,;=%")) return false;
    }
    return true;
}

bool text_is_url(Str text)
{
    Str scheme, rest;
    if (text.n > URL_MAX || !str_cut(text, ':', &scheme, &rest)) return false;
    if (!str_eq_nocase(scheme, S("http")) && !str_eq_nocase(scheme, S("https"))) return false;
    if (!str_starts(rest, S("//"))) return false;
    rest = str_slice(rest, 2, rest.n);
    size_t end = 0;
    while (end < rest.n && !is_one_of(rest.p[end], "/?#")) end++;
    if (!is_authority(str_slice(rest, 0, end))) return false;
    return is_url_tail(str_slice(rest, end, rest.n));
}

bool text_is_url_path(Str text)
{
    return text.n <= URL_MAX && str_starts(text, S("/")) && !str_starts(text, S("//")) &&
           is_url_tail(text);
}

/* ---- Language tags ---- */

typedef struct Subtags {
    Str now, rest;
    bool more; /* `now` is one */
} Subtags;

static void subtag_next(Subtags *s)
{
    s->more = s->rest.p != NULL;
    if (s->more && !str_cut(s->rest, '-', &s->now, &s->rest)) s->rest.p = NULL;
}

static bool subtag_is(const Subtags *s, size_t from, size_t to, bool (*of)(char c))
{
    if (!s->more || s->now.n < from || s->now.n > to) return false;
    for (size_t i = 0; i < s->now.n; i++)
        if (!of(s->now.p[i])) return false;
    return true;
}

static bool subtag_is_variant(const Subtags *s)
{
    return subtag_is(s, 5, 8, is_alnum) || (subtag_is(s, 4, 4, is_alnum) && is_digit(s->now.p[0]));
}

/* "x-" and "u-" with what follows: singleton 1*("-" (1|2)*8alphanum). */
static bool subtags_skip_extension(Subtags *s)
{
    size_t least = s->now.p[0] == 'x' || s->now.p[0] == 'X' ? 1 : 2;
    subtag_next(s);
    if (!subtag_is(s, least, 8, is_alnum)) return false;
    while (subtag_is(s, least, 8, is_alnum)) subtag_next(s);
    return true;
}

bool text_is_locale(Str text)
{
    if (text.n == 0 || text.n > LOCALE_MAX) return false;
    Subtags s = {.rest = text};
    subtag_next(&s);
    bool private_only = subtag_is(&s, 1, 1, is_alpha) && str_eq_nocase(s.now, S("x"));
    if (!private_only) {
        bool may_extend = subtag_is(&s, 2, 3, is_alpha);
        if (!subtag_is(&s, 2, 8, is_alpha)) return false;
        subtag_next(&s);
        for (int i = 0; i < 3 && may_extend && subtag_is(&s, 3, 3, is_alpha); i++) subtag_next(&s);
        if (subtag_is(&s, 4, 4, is_alpha)) subtag_next(&s);
        if (subtag_is(&s, 2, 2, is_alpha) || subtag_is(&s, 3, 3, is_digit)) subtag_next(&s);
        while (subtag_is_variant(&s)) subtag_next(&s);
    }
    while (subtag_is(&s, 1, 1, is_alnum))
        if (!subtags_skip_extension(&s)) return false;
    return !s.more;
}

static char in_case(char c, bool upper)
{
    if (!is_alpha(c)) return c;
    return (char)(upper ? c & ~0x20 : c | 0x20);
}

/* Lower case; but a region (two letters) is upper case and a script (four) begins so, unless they
 * come first or follow a singleton. */
Str text_locale_form(Arena *arena, Str locale)
{
    char *out = arena_alloc(arena, locale.n, 1);
    bool plain = true; /* the first subtag, or behind a singleton */
    for (size_t begin = 0; begin < locale.n;) {
        size_t n = str_find_char(str_slice(locale, begin, locale.n), '-');
        for (size_t i = begin; i < begin + n; i++)
            out[i] = in_case(locale.p[i], !plain && (n == 2 || (n == 4 && i == begin)));
        if (begin + n < locale.n) out[begin + n] = '-';
        if (begin == 0) plain = false;
        if (n == 1) plain = true;
        begin += n + 1;
    }
    return (Str){out, locale.n};
}

/* ---- Countries ---- */

/* ISO 3166-1, the officially assigned codes of two letters, in alphabetical order. */
static const char countries[] =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCD"
    "CFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGF"
    "GGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKN"
    "KPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNA"
    "NCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSI"
    "SJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVI"
    "VNVUWFWSYEYTZAZMZW";

bool text_is_country(Str text)
{
    if (text.n != 2) return false;
    for (const char *at = countries; *at; at += 2)
        if (at[0] == text.p[0] && at[1] == text.p[1]) return true;
    return false;
}
