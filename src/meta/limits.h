/* What a sender can grow when it sends data to be walked, and how far. One place, each with its
 * reason. (Bytes of head and body are bounded before, by the HTTP core and the route's row.) */
#ifndef META_LIMITS_H
#define META_LIMITS_H

enum {
    /* Fields of a type: what one bit set on the stack covers. With Present at most 64. */
    TYPE_FIELDS_MAX = 256,

    /* Nested arrays and objects in a JSON text: the reader recurses, some hundred bytes of stack each;
     * no document of ours is deeper than 8, and foreign ones rarely deeper than 20. */
    JSON_DEPTH_MAX = 64,

    /* Characters of one JSON number: a double has 17 significant digits and an exponent of 3, an
     * integer 20; the rest is room for zeros. Keeps numbers within what PostgreSQL's numeric takes.
     */
    JSON_NUMBER_MAX = 64,

    /* Items of a list without a .max of its own: more belongs into pages or an import. */
    LIST_ITEMS_MAX = 10000,

    /* Bytes of a KIND_JSON value in compact form, without a .max of its own: metadata, not a store.
     */
    JSON_VALUE_MAX = 64 * 1024,

    /* Violations that one answer lists: enough to mend a form in one go, not enough to make the
     * answer larger than the question. */
    VIOLATIONS_MAX = 50,

    /* Bytes of the sender's own text (an unknown key, a wrong value) quoted back in a violation. */
    QUOTE_MAX = 100,

    /* Parameters of one query string; no route of ours knows more than 40. */
    QUERY_PARAMETERS_MAX = 100,

    /* Parts of a multipart/form-data body: fields of a form, one of them a file. */
    FORM_PARTS_MAX = 100,

    /* All header lines of one part: a field's name, and a file's name of 255 characters, each of
     * which may have become nine ("%E2%82%AC"). */
    FORM_PART_HEAD_MAX = 4096,

    /* Characters of the boundary between parts (RFC 2046 §5.1.1). */
    FORM_BOUNDARY_MAX = 70,

    /* Octets of an e-mail address and its local part: RFC 5321 §4.5.3.1 (a path is 256 with < and
       >). */
    EMAIL_MAX = 254,
    EMAIL_LOCAL_MAX = 64,

    /* Bytes of a URL: what browsers, proxies and servers agree to carry (RFC 9110 §4.1 asks for
     * 8000 as a minimum; sitemaps stop at 2048). */
    URL_MAX = 2048,

    /* Characters of a language tag; RFC 5646 §4.4.1 asks for at least 35. */
    LOCALE_MAX = 35,

    /* One field of a CSV file: the longest text that we keep, with room for markup around it. */
    CSV_FIELD_MAX = 1024 * 1024,

    /* One record of it, and its fields: exports of other shops have up to 110 columns. */
    CSV_RECORD_MAX = 4 * 1024 * 1024,
    CSV_FIELDS_MAX = 1000,

    /* Steps of one PCRE2 match: a pattern of ours needs hundreds; what needs more is backtracking.
     */
    PATTERN_MATCH_MAX = 100000,

    /* Distinct patterns in one program: the slots of the cache of compiled ones. */
    PATTERNS_MAX = 512,
};

#endif
