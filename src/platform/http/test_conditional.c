/* The pure parts of answering: entity tags, ranges, the choice of an encoding, and the encoders
 * against their libraries. */
#include "platform/http/compress.h"
#include "platform/http/conditional.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

/* ---- entity tags ---- */

static void test_etag_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        TagComparison comparison;
        int found;
    } cases[] = {
        {"\"v1\"", TAG_STRONG, ENCODING_IDENTITY},
        {"\"v1-gz\"", TAG_STRONG, ENCODING_GZIP},
        {"\"v1-br\"", TAG_STRONG, ENCODING_BROTLI},
        {"\"v1-zs\"", TAG_STRONG, ENCODING_ZSTD},
        {"*", TAG_STRONG, TAG_ANY},
        {" * ", TAG_WEAK, TAG_ANY},
        {"W/\"v1\"", TAG_WEAK, ENCODING_IDENTITY},
        {"W/\"v1\"", TAG_STRONG, TAG_NONE},
        {"\"v0\", \"v,1\",W/\"x\" , \"v1-gz\"", TAG_STRONG, ENCODING_GZIP},
        {"W/\"v1\", \"v1-br\"", TAG_STRONG, ENCODING_BROTLI},
        {"\"v1-xx\"", TAG_WEAK, TAG_NONE},
        {"\"v11\"", TAG_WEAK, TAG_NONE},
        {"\"v\"", TAG_WEAK, TAG_NONE},
        {"v1", TAG_WEAK, TAG_NONE},
        {"\"v1", TAG_WEAK, TAG_NONE},
        {"w/\"v1\"", TAG_WEAK, TAG_NONE}, /* the W is case-sensitive */
        {"", TAG_WEAK, TAG_NONE},
        {"\"\"", TAG_WEAK, TAG_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int found = etag_list_find(str_from(cases[i].list), S("v1"), cases[i].comparison);
        if (found != cases[i].found) fail_msg("%s: %d", cases[i].list, found);
    }
}

/* ---- ranges ---- */

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        RangeVerdict verdict;
        size_t from, n;
    } cases[] = {
        {"bytes=0-0", RANGE_PART, 0, 1},
        {"bytes=0-99", RANGE_PART, 0, 100},
        {"bytes=10-", RANGE_PART, 10, 90},
        {"bytes=99-", RANGE_PART, 99, 1},
        {"bytes=90-1000", RANGE_PART, 90, 10},
        {"bytes=-1", RANGE_PART, 99, 1},
        {"bytes=-1000", RANGE_PART, 0, 100},
        {"Bytes=5-6", RANGE_PART, 5, 2},
        {"bytes=0-99999999999999999999999999", RANGE_PART, 0, 100},
        {"bytes=100-", RANGE_OUTSIDE, 0, 0},
        {"bytes=99999999999999999999999999-", RANGE_OUTSIDE, 0, 0},
        {"bytes=-0", RANGE_OUTSIDE, 0, 0},
        {"bytes=5-4", RANGE_WHOLE, 0, 0},
        {"bytes=0-1,5-6", RANGE_WHOLE, 0, 0},
        {"bytes=", RANGE_WHOLE, 0, 0},
        {"bytes=-", RANGE_WHOLE, 0, 0},
        {"bytes=a-b", RANGE_WHOLE, 0, 0},
        {"bytes=1", RANGE_WHOLE, 0, 0},
        {"bytes", RANGE_WHOLE, 0, 0},
        {"items=0-1", RANGE_WHOLE, 0, 0},
        {"bytes=+1-2", RANGE_WHOLE, 0, 0},
        {"bytes=1-2-3", RANGE_WHOLE, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t from = 0, n = 0;
        RangeVerdict verdict = range_parse(str_from(cases[i].value), 100, &from, &n);
        if (verdict != cases[i].verdict || from != cases[i].from || n != cases[i].n)
            fail_msg("%s: %d from %zu, %zu", cases[i].value, (int)verdict, from, n);
    }
    size_t from, n;
    assert_int_equal(range_parse(S("bytes=0-"), 0, &from, &n), RANGE_OUTSIDE);
    assert_int_equal(range_parse(S("bytes=-5"), 0, &from, &n), RANGE_OUTSIDE);
}

/* ---- the choice of an encoding ---- */

static void test_negotiation(void **state)
{
    (void)state;
    static const int candidates[] = {ENCODING_ZSTD, ENCODING_BROTLI, ENCODING_GZIP,
                                     ENCODING_IDENTITY};
    static const struct {
        const char *accept;
        int chosen;
    } cases[] = {
        {NULL, ENCODING_IDENTITY},
        {"", ENCODING_IDENTITY},
        {"gzip", ENCODING_GZIP},
        {"GZIP", ENCODING_GZIP},
        {"x-gzip", ENCODING_GZIP},
        {"gzip, deflate, br", ENCODING_BROTLI},
        {"gzip, deflate, br, zstd", ENCODING_ZSTD},
        {"gzip;q=1.0, br;q=0.8, *;q=0.1", ENCODING_GZIP},
        {"br;q=0.5,gzip;q=0.501", ENCODING_GZIP},
        {"gzip;q=0", ENCODING_IDENTITY},
        {"gzip;q=0.000, br", ENCODING_BROTLI},
        {"*", ENCODING_ZSTD},
        {"*;q=0.5, zstd;q=0", ENCODING_BROTLI},
        {"identity", ENCODING_IDENTITY},
        {"identity;q=0.5, gzip;q=0.4", ENCODING_IDENTITY},
        {"identity;q=0, gzip;q=0.1", ENCODING_GZIP},
        {"*;q=0, gzip", ENCODING_GZIP},
        {"*;q=0", ENCODING_IDENTITY}, /* nothing is acceptable: something must be sent */
        {"deflate, compress", ENCODING_IDENTITY},
        {"gzip ; q=0.5 , br ; q=0.4", ENCODING_GZIP},
        {"gzip;Q=0.5", ENCODING_GZIP},
        {"gzip;q=2", ENCODING_IDENTITY},
        {"gzip;q=1.001", ENCODING_IDENTITY},
        {"gzip;q=0.1234", ENCODING_IDENTITY},
        {"gzip;q=", ENCODING_IDENTITY},
        {"gzip;level=9", ENCODING_IDENTITY},
        {"gzipped", ENCODING_IDENTITY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        HttpHeader header = {S("Accept-Encoding"), str_from(cases[i].accept)};
        HttpRequest request = {.headers = &header, .header_count = cases[i].accept != NULL};
        EncodingWeights weights = encoding_weights(&request);
        int chosen = encoding_choose(&weights, candidates, ENCODING_COUNT);
        if (chosen != cases[i].chosen) fail_msg("%s: %d", cases[i].accept, chosen);
    }
}

static void test_compressible_types(void **state)
{
    (void)state;
    static const char *const yes[] = {"text/html; charset=utf-8",
                                      "application/json",
                                      "application/problem+json",
                                      "image/svg+xml",
                                      "TEXT/CSS",
                                      "application/json ; a=b",
                                      "application/wasm"};
    static const char *const no[] = {"image/png",
                                     "application/zip",
                                     "text/event-stream",
                                     "video/mp4",
                                     "",
                                     "application/jsonx",
                                     "font/woff2",
                                     "text",
                                     "multipart/form-data"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(content_is_compressible(str_from(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(content_is_compressible(str_from(no[i])));
}

/* ---- the encoders ---- */

static Str gunzip(Arena *arena, Str bytes, size_t room)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.p, .avail_in = (uInt)bytes.n};
    char *out = arena_alloc(arena, room, 1);
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
    return (Str){out, room - z.avail_out};
}

static Str decoded(Arena *arena, int encoding, Str bytes, size_t room)
{
    if (encoding == ENCODING_GZIP) return gunzip(arena, bytes, room);
    char *out = arena_alloc(arena, room, 1);
    size_t n = room;
    if (encoding == ENCODING_BROTLI)
        assert_int_equal(
            BrotliDecoderDecompress(bytes.n, (const uint8_t *)bytes.p, &n, (uint8_t *)out),
            BROTLI_DECODER_RESULT_SUCCESS);
    else
        n = ZSTD_decompress(out, room, bytes.p, bytes.n);
    return (Str){out, n};
}

static void test_encoders(void **state)
{
    (void)state;
    static const size_t sizes[] = {100, 1024, 20000, 300000};
    Compressors pool;
    compressors_init(&pool);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Arena *arena = arena_new(4096);
        char *text = arena_alloc(arena, sizes[i], 1);
        for (size_t j = 0; j < sizes[i]; j++) text[j] = (char)('a' + j % 17 + j / 1000 % 7);
        Str bytes = {text, sizes[i]}, out;
        for (int encoding = ENCODING_GZIP; encoding < ENCODING_COUNT; encoding++) {
            for (int effort = ENCODE_FAST; effort <= ENCODE_SMALL; effort++) {
                assert_true(encode(&pool, encoding, (EncodingEffort)effort, bytes, arena, &out));
                assert_true(out.n < bytes.n);
                Str back = decoded(arena, encoding, out, sizes[i]);
                assert_int_equal(back.n, bytes.n);
                assert_memory_equal(back.p, bytes.p, bytes.n);
            }
        }
        arena_free(arena);
    }
    compressors_free(&pool);
}

static void test_what_does_not_shrink(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    unsigned char noise[500];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
    Str bytes = {(const char *)noise, sizeof noise}, out = S("untouched");
    for (int encoding = ENCODING_GZIP; encoding < ENCODING_COUNT; encoding++) {
        size_t before = arena_used(arena);
        assert_false(encode(NULL, encoding, ENCODE_SMALL, bytes, arena, &out));
        assert_false(encode(NULL, encoding, ENCODE_FAST, S(""), arena, &out));
        assert_true(str_eq(out, S("untouched")));
        assert_int_equal(arena_used(arena), before);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_etag_lists),  cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_negotiation), cmocka_unit_test(test_compressible_types),
        cmocka_unit_test(test_encoders),    cmocka_unit_test(test_what_does_not_shrink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
