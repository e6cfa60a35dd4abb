#include "meta/form.h"
#include "meta/multipart.h"
#include "meta/test_types.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct Upload {
    Str file, alt;
    int64_t position;
    StrList tag;
} Upload;

static const Type upload_type = TYPE(Upload, "One of each kind that a form has.",
                                     FIELD(Upload, file, "The file.", .required = true, .min = 1,
                                           .max = 20, .format = FORMAT_BINARY),
                                     FIELD(Upload, alt, "What it shows.", .max = 5),
                                     FIELD(Upload, position, "Where.", .min = 1, .initial = "7"),
                                     FIELD(Upload, tag, "Words.", .max = 2));

#define OF_B          "multipart/form-data; boundary=b"
#define PART(name)    "--b\r\nContent-Disposition: form-data; name=" name "\r\n\r\n"
#define FILE_PART(s)  PART("file") s "\r\n"
#define BODY(literal) S(literal "--b--\r\n")

static Violations read_upload(Arena *arena, Str content_type, Str body, Upload **out)
{
    Violations violations = violations_new(arena);
    *out = form_read(arena, &upload_type, content_type, body, &violations);
    assert_int_equal(*out == NULL, violations.n > 0);
    return violations;
}

/* ---- What is read ---------------------------------------------------------------------------- */

/* A file with zeros, line ends and what only looks like a boundary in it. */
static void bytes_come_as_they_were_sent(void **state)
{
    static const char content[] = "\r\n\0--b\r\n\r--b\r\n-\r\n";
    Upload *upload;
    Str body = S(FILE_PART("\r\n\0--b\r\n\r--b\r\n-\r\n") "--b--\r\n");
    Violations violations = read_upload(*state, S(OF_B), body, &upload);
    assert_string_equal(summary(&violations), "");
    assert_int_equal(upload->file.n, sizeof content - 1);
    assert_memory_equal(upload->file.p, content, sizeof content - 1);
    assert_int_equal(upload->position, 7);
    assert_int_equal(upload->alt.n + upload->tag.n, 0);
}

static void fields_of_all_kinds(void **state)
{
    Upload *upload;
    Str body = BODY(PART("\"tag\"") "a\r\n" PART("alt") "caf\xC3\xA9\r\n" FILE_PART("x")
                        PART("tag") "\r\n" PART("\"position\"") "3\r\n");
    Violations violations = read_upload(*state, S(OF_B), body, &upload);
    assert_string_equal(summary(&violations), "");
    assert_string_equal(str_z(*state, upload->alt), "caf\xC3\xA9");
    assert_int_equal(upload->position, 3);
    assert_int_equal(upload->tag.n, 2);
    assert_string_equal(str_z(*state, upload->tag.items[0]), "a");
    assert_int_equal(upload->tag.items[1].n, 0);
}

/* As it leaves browsers, curl, Python's requests, Node, OkHttp and .NET. */
static void what_clients_send(void **state)
{
    static const char *const types[] = {
        "multipart/form-data; boundary=b",
        "multipart/form-data; boundary=\"b\"",
        "multipart/form-data;charset=utf-8;BOUNDARY=b",
        "Multipart/Form-Data; boundary=b ; charset=UTF-8",
    };
    static const char *const heads[] = {
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n"
        "Content-Type: image/jpeg\r\n",
        "content-disposition:form-data;name=file;filename=a.jpg\r\n",
        "Content-Disposition: form-data; filename=\"a\\\"b;c\\\\.jpg\"; name=\"file\"\r\n",
        "Content-Disposition: form-data; name=\"file\"; filename=\"caf\xC3\xA9 %22.jpg\"\r\n",
        "Content-Disposition: form-data; name=file; filename*=utf-8''a%20b.jpg\r\n"
        "Content-Transfer-Encoding: Binary\r\nContent-Length: 1\r\n",
    };
    static const char *const ends[] = {"--b--", "--b--\r\n"};
    Arena *arena = *state;
    Upload *upload;
    for (size_t i = 0; i < 4 * 5 * 2 * 2; i++) {
        const char *first = i % 2 ? "\r\n" : "";
        Str body =
            str_format(arena, "%s--b\r\n%s\r\nx\r\n%s", first, heads[i / 2 % 5], ends[i / 10 % 2]);
        Violations violations = read_upload(arena, str_from(types[i / 20]), body, &upload);
        assert_string_equal(first_message(&violations), "");
        assert_int_equal(upload->file.n, 1);
    }
}

/* ---- What is not acceptable ------------------------------------------------------------------ */

static void violations_name_the_field(void **state)
{
    static const struct {
        Str body;
        const char *summary;
    } cases[] = {
        {S_INIT("--b--"), "/file required"},
        {S_INIT(FILE_PART("") "--b--"), "/file too_short"},
        {S_INIT(FILE_PART("012345678901234567890") "--b--"), "/file too_long"},
        {S_INIT(FILE_PART("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                          "\xC3\xA9\xC3\xA9\xC3") "--b--"),
         "/file too_long"}, /* of bytes, not characters */
        {S_INIT(FILE_PART("x") FILE_PART("y") "--b--"), "/file duplicate"},
        {S_INIT(FILE_PART("x") PART("alt") "\xFF\r\n--b--"), "/alt encoding"},
        {S_INIT(FILE_PART("x") PART("alt") "\0\r\n--b--"), "/alt encoding"},
        {S_INIT(FILE_PART("x") PART("position") "x\r\n--b--"), "/position wrong_type"},
        {S_INIT(FILE_PART("x") PART("\"f/le\"") "\r\n--b--"), "/f~1le unknown_field"},
        {S_INIT(FILE_PART("x") PART("\"\xFF\"") "\r\n--b--"), "/\xEF\xBF\xBD unknown_field"},
        {S_INIT(FILE_PART("x") PART("\"%66ile\"") "y\r\n--b--"), "/%66ile unknown_field"},
        {S_INIT(FILE_PART("x") PART("tag") "\r\n" PART("tag") "\r\n" PART("tag") "\r\n--b--"),
         "/tag too_many"},
        {S_INIT(PART("alt") "toolong\r\n" PART("position") "0\r\n--b--"),
         "/alt too_long, /position too_small, /file required"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Upload *upload;
        Violations violations = read_upload(*state, S(OF_B), cases[i].body, &upload);
        assert_string_equal(summary(&violations), cases[i].summary);
    }
}

static void malformed_bodies_are_refused(void **state)
{
    static const struct {
        Str body;
        const char *message; /* a part of it */
    } cases[] = {
        {S_INIT(""), "does not begin"},
        {S_INIT("hello\r\n" FILE_PART("x") "--b--"), "does not begin"},
        {S_INIT("\n" FILE_PART("x") "--b--"), "does not begin"},
        {S_INIT("--c\r\n"), "does not begin"},
        {S_INIT("--b"), "part 0 is followed by a line"},
        {S_INIT("--bb\r\n"), "part 0 is followed by a line"},
        {S_INIT("--b \r\n"), "part 0 is followed by a line"},
        {S_INIT("--b--\r\nx"), "more than the boundary"},
        {S_INIT("--b--x"), "more than the boundary"},
        {S_INIT("--b--\n"), "more than the boundary"},
        {S_INIT("--b\r\n\r\nx\r\n--b--"), "part 1 has no Content-Disposition"},
        {S_INIT("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--"), "no Content-Disposition"},
        {S_INIT("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"), "needs one name"},
        {S_INIT(PART("a; name=b") "x\r\n--b--"), "needs one name"},
        {S_INIT(PART("\"a") "x\r\n--b--"), "needs one name"},
        {S_INIT(PART("\"a\\\"") "x\r\n--b--"), "needs one name"},
        {S_INIT(PART("a b") "x\r\n--b--"), "needs one name"},
        {S_INIT(PART("a;") "x\r\n--b--"), "needs one name"},
        {S_INIT(PART("\"a\"filename=x") "x\r\n--b--"), "needs one name"},
        {S_INIT("--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--"), "form-data"},
        {S_INIT("--b\r\nContent-Disposition: form-data; name=a\r\n"
                "Content-Disposition: form-data; name=b\r\n\r\nx\r\n--b--"),
         "two lines"},
        {S_INIT("--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nx\r\n--b--"),
         "needs one name"},
        {S_INIT("--b\r\nContent-Disposition: form-data; name=a\r\n folded\r\n\r\nx\r\n--b--"),
         "header line that is none"},
        {S_INIT("--b\r\nX y: z\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--"),
         "header line that is none"},
        {S_INIT("--b\r\nContent-Disposition: form-data; name=a\n\nx\r\n--b--"), "CRLF"},
        {S_INIT("--b\r\nContent-Disposition: form-data; name=\"a\0\"\r\n\r\nx\r\n--b--"),
         "control"},
        {S_INIT("--b\r\nContent-Disposition: form-data; name=a\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--"),
         "Transfer-Encoding"},
        {S_INIT(PART("a") "--b--"), "part 1 has no content"},
        {S_INIT(PART("a") "--b\r\n" PART("b") "x\r\n--b--"), "part 1 has no content"},
        {S_INIT(FILE_PART("x") "--bc"), "part 1 is followed by a line"},
        {S_INIT(FILE_PART("x") PART("alt") "x--b--"), "part 2 does not end"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Upload *upload;
        Violations violations = read_upload(*state, S(OF_B), cases[i].body, &upload);
        assert_string_equal(summary(&violations), " syntax");
        if (!strstr(first_message(&violations), cases[i].message))
            fail_msg("case %zu: %s", i, first_message(&violations));
    }
}

/* One character more than RFC 2046 allows. */
#define LONG_BOUNDARY                                                                              \
    "multipart/form-data; boundary="                                                               \
    "01234567890123456789012345678901234567890123456789012345678901234567890"

static void boundaries_are_those_of_the_rfc(void **state)
{
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b \"",
        "multipart/form-data; boundary=b; boundary=b",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=a{b",
        "multipart/form-data; boundary=b;",
        "multipart/form-data boundary=b",
        LONG_BOUNDARY,
    };
    Upload *upload;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        Violations violations =
            read_upload(*state, str_from(types[i]), BODY(FILE_PART("x")), &upload);
        assert_string_equal(summary(&violations), " syntax");
        assert_non_null(strstr(first_message(&violations), "needs one boundary"));
    }
    Str body = S("--a'()+_,-./:=? b\r\nContent-Disposition: form-data; name=file\r\n\r\nx\r\n"
                 "--a'()+_,-./:=? b--");
    Violations violations =
        read_upload(*state, S("multipart/form-data; boundary=\"a'()+_,-./:=? b\""), body, &upload);
    assert_string_equal(first_message(&violations), "");
}

/* Wherever it is cut, a form is refused; only its last line end may be missing. */
static void a_truncated_form_is_refused(void **state)
{
    Str body = BODY(PART("alt") "a\r\n" FILE_PART("x\r\n--") PART("tag") "\r\n");
    Upload *upload;
    for (size_t n = 0; n <= body.n; n++) {
        Str cut = {arena_copy(*state, body.p, n), n}; /* so that a sanitizer sees the end */
        Violations violations = read_upload(*state, S(OF_B), cut, &upload);
        bool whole = n == body.n || n == body.n - 2;
        assert_string_equal(summary(&violations), whole ? "" : " syntax");
    }
}

static void what_can_grow_has_a_limit(void **state)
{
    Arena *arena = *state;
    Upload *upload;
    Buf body = buf_new(arena, 1 << 20);
    for (int i = 0; i <= FORM_PARTS_MAX; i++) buf_lit(&body, PART("x") "\r\n");
    buf_lit(&body, "--b--");
    Violations violations = read_upload(arena, S(OF_B), buf_str(&body), &upload);
    assert_string_equal(first_message(&violations), "part 101 is one too many");
    for (size_t more = 0; more < 2; more++) { /* a head of just the limit, and one byte more */
        char name[FORM_PART_HEAD_MAX];
        size_t n =
            sizeof name - (sizeof "Content-Disposition: form-data; name=file\r\nX: \r\n\r\n" - 1);
        memset(name, 'x', sizeof name);
        Str text = str_format(arena,
                              "--b\r\nContent-Disposition: form-data; name=file\r\nX: %.*s"
                              "\r\n\r\nx\r\n--b--",
                              (int)(n + more), name);
        violations = read_upload(arena, S(OF_B), text, &upload);
        assert_string_equal(summary(&violations), more ? " syntax" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_come_as_they_were_sent, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(fields_of_all_kinds, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(what_clients_send, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(violations_name_the_field, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(malformed_bodies_are_refused, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(boundaries_are_those_of_the_rfc, setup_arena,
                                        teardown_arena),
        cmocka_unit_test_setup_teardown(a_truncated_form_is_refused, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(what_can_grow_has_a_limit, setup_arena, teardown_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
