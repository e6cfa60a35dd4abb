/* Answers over real sockets: HEAD, conditions, ranges, encodings. */
#include "platform/http/testing.h"

#include "platform/http/compress.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Fixture {
    Arena *arena;
    TestServer *test;
} Fixture;

static int setup(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    HttpOptions options = test_options();
    fixture->arena = arena_new(1 << 16);
    fixture->test = test_start(&options);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    Fixture *fixture = *state;
    test_stop(fixture->test);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* GET PATH with these further header lines. */
static TestReply get(Fixture *f, const char *path, const char *lines)
{
    return test_ask(f->arena, f->test,
                    str_format(f->arena, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, lines));
}

static Str line(const TestReply *reply, const char *name)
{
    Str value = test_header(reply, str_from(name));
    return value.p ? value : S("(none)");
}

static Str text(const Fixture *f, size_t from, size_t to)
{
    return (Str){f->test->text + from, to - from};
}

/* The same head as GET's, and no body, so that the next answer follows at once. */
static void test_head(void **state)
{
    Fixture *f = *state;
    static const char *const paths[] = {"/hello", "/blob", "/text"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        int fd = test_connect(f->test);
        test_send(fd,
                  str_format(f->arena, "HEAD %s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n",
                             paths[i]));
        TestReply head = test_read(f->arena, fd, true);
        test_send(fd,
                  str_format(f->arena, "GET %s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n",
                             paths[i]));
        TestReply whole = test_read(f->arena, fd, false);
        static const char *const names[] = {"Content-Length", "Content-Type", "ETag", "Vary",
                                            "Content-Encoding"};
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++)
            assert_str_equal(line(&head, names[j]), line(&whole, names[j]));
        assert_int_equal(head.status, 200);
        close(fd);
    }
}

static void test_if_none_match(void **state)
{
    Fixture *f = *state;
    static const char *const same[] = {"\"v1\"", "W/\"v1\"", "*", "\"x\", \"v1\""};
    static const char *const other[] = {"\"v2\"", "v1", "\"V1\"", "\"v1-gz\""};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        TestReply reply = get(
            f, "/tagged", str_z(f->arena, str_format(f->arena, "If-None-Match: %s\r\n", same[i])));
        assert_int_equal(reply.status, 304);
        assert_str_equal(line(&reply, "ETag"), S("\"v1\""));
        assert_str_equal(line(&reply, "Last-Modified"), S("Tue, 14 Nov 2023 22:13:20 GMT"));
        assert_str_equal(line(&reply, "Content-Length"), S("(none)"));
        assert_str_equal(line(&reply, "Content-Type"), S("(none)"));
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        TestReply reply = get(
            f, "/tagged", str_z(f->arena, str_format(f->arena, "If-None-Match: %s\r\n", other[i])));
        assert_int_equal(reply.status, 200);
        assert_str_equal(reply.body, S("tagged"));
    }
    /* Only reading is answered so, and only success. */
    TestReply reply = test_ask(f->arena, f->test,
                               S("POST /tagged HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n"));
    assert_int_equal(reply.status, 200);
    assert_int_equal(get(f, "/nothing", "If-None-Match: *\r\n").status, 404);
}

static void test_if_modified_since(void **state)
{
    Fixture *f = *state;
    static const char *const later[] = {
        "Tue, 14 Nov 2023 22:13:20 GMT", "Wed, 15 Nov 2023 00:00:00 GMT",
        "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023"};
    static const char *const earlier[] = {"Tue, 14 Nov 2023 22:13:19 GMT", "not a date", ""};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        assert_int_equal(
            get(f, "/tagged",
                str_z(f->arena, str_format(f->arena, "If-Modified-Since: %s\r\n", later[i])))
                .status,
            304);
    for (size_t i = 0; i < sizeof earlier / sizeof earlier[0]; i++)
        assert_int_equal(
            get(f, "/tagged",
                str_z(f->arena, str_format(f->arena, "If-Modified-Since: %s\r\n", earlier[i])))
                .status,
            200);
    /* If-None-Match alone decides where both stand. */
    TestReply reply =
        get(f, "/tagged",
            "If-None-Match: \"v2\"\r\nIf-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT\r\n");
    assert_int_equal(reply.status, 200);
}

/* Each encoding of the same content has a strong tag of its own, and is told apart by Vary. */
static void test_encoded_answers(void **state)
{
    Fixture *f = *state;
    static const char *const paths[] = {"/blob", "/text"};
    static const struct {
        const char *accept, *encoding, *tag;
    } cases[] = {
        {"gzip", "gzip", "-gz\""},
        {"br", "br", "-br\""},
        {"zstd", "zstd", "-zs\""},
        {"identity", "(none)", "\""},
    };
    for (size_t p = 0; p < 2; p++) {
        Str plain_tag = line(&(TestReply){0}, "ETag");
        for (size_t i = sizeof cases / sizeof cases[0]; i-- > 0;) {
            char *lines =
                str_z(f->arena, str_format(f->arena, "Accept-Encoding: %s\r\n", cases[i].accept));
            TestReply reply = get(f, paths[p], lines);
            Str tag = line(&reply, "ETag");
            if (str_eq(line(&reply, "Content-Encoding"), S("(none)"))) plain_tag = tag;
            assert_str_equal(line(&reply, "Content-Encoding"), str_from(cases[i].encoding));
            assert_str_equal(line(&reply, "Vary"), S("Accept-Encoding"));
            assert_true(str_ends(tag, str_from(cases[i].tag)));
            assert_true(str_starts(tag, str_slice(plain_tag, 0, plain_tag.n - 1)));
            if (i < 3)
                assert_true(reply.body.n < TEXT_SIZE / 10);
            else
                assert_str_equal(reply.body, text(f, 0, TEXT_SIZE));
            /* and it is known again */
            lines = str_z(f->arena,
                          str_format(f->arena, "%sIf-None-Match: %.*s\r\n", lines, STR_ARG(tag)));
            reply = get(f, paths[p], lines);
            assert_int_equal(reply.status, 304);
            assert_str_equal(line(&reply, "ETag"), tag);
            assert_str_equal(line(&reply, "Vary"), S("Accept-Encoding"));
            assert_str_equal(line(&reply, "Content-Encoding"), S("(none)"));
        }
    }
}

/* A client that holds an encoding which it could not be sent now is not told that it has it. */
static void test_held_encoding_must_be_acceptable(void **state)
{
    Fixture *f = *state;
    assert_int_equal(
        get(f, "/text", "If-None-Match: \"text-br\"\r\nAccept-Encoding: gzip\r\n").status, 200);
    assert_int_equal(get(f, "/text", "If-None-Match: \"text-br\"\r\n").status, 200);
    TestReply reply =
        get(f, "/text", "If-None-Match: \"text-br\"\r\nAccept-Encoding: br, zstd\r\n");
    assert_int_equal(reply.status, 304);
    assert_str_equal(line(&reply, "ETag"), S("\"text-br\""));
    assert_int_equal(get(f, "/text", "If-None-Match: \"text\"\r\nAccept-Encoding: gzip\r\n").status,
                     304);
}

static void test_small_and_incompressible_answers_do_not_vary(void **state)
{
    Fixture *f = *state;
    TestReply reply = get(f, "/hello", "Accept-Encoding: gzip\r\n");
    assert_str_equal(line(&reply, "Vary"), S("(none)"));
    assert_str_equal(line(&reply, "Content-Encoding"), S("(none)"));
}

static void test_blob_headers(void **state)
{
    Fixture *f = *state;
    TestReply reply = get(f, "/blob", "");
    assert_str_equal(line(&reply, "X-Blob"), S("yes"));
    assert_str_equal(line(&reply, "X-Own"), S("yes"));
    assert_str_equal(line(&reply, "Content-Type"), S("text/html"));
    assert_str_equal(line(&reply, "Accept-Ranges"), S("bytes"));
}

static void test_ranges(void **state)
{
    Fixture *f = *state;
    TestReply reply = get(f, "/blob", "Range: bytes=100-199\r\n");
    assert_int_equal(reply.status, 206);
    assert_str_equal(line(&reply, "Content-Range"), S("bytes 100-199/20000"));
    assert_str_equal(line(&reply, "X-Blob"), S("yes"));
    assert_str_equal(reply.body, text(f, 100, 200));
    Str tag = line(&reply, "ETag");

    reply = get(f, "/blob", "Range: bytes=-50\r\n");
    assert_str_equal(line(&reply, "Content-Range"), S("bytes 19950-19999/20000"));
    assert_str_equal(reply.body, text(f, TEXT_SIZE - 50, TEXT_SIZE));

    reply = get(f, "/blob", "Range: bytes=20000-\r\n");
    assert_int_equal(reply.status, 416);
    assert_str_equal(line(&reply, "Content-Range"), S("bytes */20000"));
    assert_str_equal(reply.body, S("bad_range"));

    assert_int_equal(get(f, "/blob", "Range: bytes=0-1,3-4\r\n").status, 200);
    assert_int_equal(get(f, "/text", "Range: bytes=0-1\r\n").status, 200); /* blobs only */
    reply = test_ask(f->arena, f->test,
                     S("HEAD /blob HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n"));
    assert_int_equal(reply.status, 200);

    char *lines = str_z(
        f->arena, str_format(f->arena, "Range: bytes=0-9\r\nIf-Range: %.*s\r\n", STR_ARG(tag)));
    assert_int_equal(get(f, "/blob", lines).status, 206);
    assert_int_equal(get(f, "/blob", "Range: bytes=0-9\r\nIf-Range: \"other\"\r\n").status, 200);
    assert_int_equal(
        get(f, "/blob", "Range: bytes=0-9\r\nIf-Range: Tue, 14 Nov 2023 22:13:20 GMT\r\n").status,
        200);
    /* The tag of the plain bytes says nothing of the encoded ones. */
    lines = str_z(f->arena, str_format(f->arena, "Accept-Encoding: gzip\r\n%s", lines));
    assert_int_equal(get(f, "/blob", lines).status, 200);
}

/* A part of an encoded representation is a part of its encoded bytes. */
static void test_range_of_an_encoding(void **state)
{
    Fixture *f = *state;
    TestReply whole = get(f, "/blob", "Accept-Encoding: gzip\r\n");
    TestReply part = get(f, "/blob", "Accept-Encoding: gzip\r\nRange: bytes=10-19\r\n");
    assert_int_equal(part.status, 206);
    assert_str_equal(line(&part, "Content-Encoding"), S("gzip"));
    assert_str_equal(line(&part, "ETag"), line(&whole, "ETag"));
    assert_str_equal(part.body, str_slice(whole.body, 10, 20));
}

/* The refusal of a range is no reason to close. */
static void test_connection_survives_a_bad_range(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /blob HTTP/1.1\r\nHost: a\r\nRange: bytes=99999-\r\n\r\nGET /hello "
             "HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(test_read(f->arena, fd, false).status, 416);
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
    close(fd);
}

static void test_blob_without_encodings(void **state)
{
    (void)state;
    Blob *blob = blob_new(S("x"), S("text/plain"), S(""), true);
    Blob *plain = blob_new(S(""), S("text/plain"), S(""), false);
    assert_true(blob_size(blob) > 1);
    assert_ptr_equal(blob_ref(blob), blob);
    blob_unref(blob);
    blob_unref(blob);
    blob_unref(plain);
    blob_unref(NULL);
}

static void let_go(void *owner)
{
    atomic_fetch_add((atomic_int *)owner, 1);
}

/* It is let go of once, when the last answer with it has been sent. */
static void test_view(void **state)
{
    Fixture *f = *state;
    atomic_int released = 0;
    BlobHead head = {S("image/gif"), S("tag"), S("X-View: yes\r\n")};
    Blob *view = blob_view(text(f, 0, TEXT_SIZE), &head, let_go, &released);
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    exchange_answer(test_take(f->test), &(Answer){.status = 200, .blob = blob_ref(view)});
    TestReply reply = test_read(f->arena, fd, false);
    assert_int_equal(reply.status, 200);
    assert_str_equal(reply.body, text(f, 0, TEXT_SIZE));
    assert_str_equal(line(&reply, "Content-Type"), S("image/gif"));
    assert_str_equal(line(&reply, "ETag"), S("\"tag\""));
    assert_str_equal(line(&reply, "X-View"), S("yes"));
    assert_str_equal(line(&reply, "Vary"), S("(none)"));
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\nRange: bytes=5-\r\n\r\n");
    exchange_answer(test_take(f->test), &(Answer){.status = 200, .blob = blob_ref(view)});
    reply = test_read(f->arena, fd, false);
    assert_int_equal(reply.status, 206);
    assert_str_equal(reply.body, text(f, 5, TEXT_SIZE));
    SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"); /* behind it the others are over */
    test_read(f->arena, fd, false);
    assert_int_equal(released, 0);
    blob_unref(view);
    assert_int_equal(released, 1);
    close(fd);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_head),
        TEST(test_if_none_match),
        TEST(test_if_modified_since),
        TEST(test_encoded_answers),
        TEST(test_held_encoding_must_be_acceptable),
        TEST(test_small_and_incompressible_answers_do_not_vary),
        TEST(test_blob_headers),
        TEST(test_ranges),
        TEST(test_range_of_an_encoding),
        TEST(test_connection_survives_a_bad_range),
        TEST(test_blob_without_encodings),
        TEST(test_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
