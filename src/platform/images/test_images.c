/* The samples are the seeds of the fuzz target: one picture of each kind. Most of them show four
 * quarters: red, green, blue and nearly white. */
#include "base/buf.h"
#include "platform/images/stb.h"

#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <zlib.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static Str sample(const char *name)
{
    FILE *file = fopen(str_z(arena, str_format(arena, SAMPLES "/%s", name)), "rb");
    if (!file) fail_msg("%s is missing", name);
    Buf out = buf_new(arena, 1 << 20);
    for (int c; (c = getc(file)) != EOF;) buf_char(&out, (char)c);
    fclose(file);
    return (Str){arena_copy(arena, out.p, out.n), out.n}; /* so that a sanitizer sees its end */
}

static ImageInfo inspect(Str bytes)
{
    ImageInfo info = {.width = 0};
    const char *why = "";
    if (image_inspect(bytes, &image_limits, &info, &why)) fail_msg("The picture %s.", why);
    return info;
}

static const char *why_not(Str bytes, ImageFault expected)
{
    ImageInfo info = {.width = -1};
    const char *why = "is fine";
    assert_int_equal(image_inspect(bytes, &image_limits, &info, &why), expected);
    assert_int_equal(info.width, -1);
    return why;
}

static RenditionList render(Str bytes, const int *widths, size_t count)
{
    ImageInfo info = inspect(bytes);
    RenditionList list;
    const char *why = "";
    if (image_render(arena, bytes, &info, &image_limits, widths, count, &list, &why))
        fail_msg("The picture %s.", why);
    return list;
}

static Rendition render_one(Str bytes, int width)
{
    RenditionList list = render(bytes, &width, 1);
    assert_int_equal(list.n, 1);
    return list.items[0];
}

/* ---- Looking at pixels ----------------------------------------------------------------------- */

typedef struct Look {
    Str bytes;
    char quarters[5];
} Look;

/* "R", "G", "B", "W", or "." for what shines through. */
static char colour_of(const unsigned char *pixel, int channels)
{
    if (channels == 4 && pixel[3] < 128) return '.';
    bool red = pixel[0] > 128, green = pixel[1] > 128, blue = pixel[2] > 128;
    return red && green && blue ? 'W' : red ? 'R' : green ? 'G' : blue ? 'B' : '?';
}

static void look(void *arg)
{
    Look *l = arg;
    int channels = l->bytes.p[0] == '\x89' ? 4 : 3;
    Pixels pixels = stb_decode(l->bytes, channels);
    for (int i = 0; i < 4; i++) {
        int x = pixels.width * (1 + i % 2 * 2) / 4, y = pixels.height * (1 + i / 2 * 2) / 4;
        l->quarters[i] = colour_of(pixels.p + (y * pixels.width + x) * channels, channels);
    }
}

/* The middle of each quarter: upper left, upper right, lower left, lower right. */
static const char *quarters(Str bytes)
{
    Look *l = NEW(arena, Look);
    l->bytes = bytes;
    assert_int_equal(stb_work(1 << 26, look, l), IMAGE_FINE);
    return l->quarters;
}

/* ---- What they are --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    ImageFormat format;
    int width, height;
    ImageFormat rendition;
    const char *quarters;
} samples[] = {
    {"baseline.jpg", IMAGE_JPEG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"progressive.jpg", IMAGE_JPEG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"restarts.jpg", IMAGE_JPEG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"inks.jpg", IMAGE_JPEG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"grey.jpg", IMAGE_JPEG, 64, 48, IMAGE_JPEG, "???W"},
    {"turned.jpg", IMAGE_JPEG, 48, 64, IMAGE_JPEG, "BRWG"},
    {"mirrored.jpg", IMAGE_JPEG, 48, 64, IMAGE_JPEG, "RBGW"},
    {"profile.jpg", IMAGE_JPEG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"colours.png", IMAGE_PNG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"interlaced.png", IMAGE_PNG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"palette.png", IMAGE_PNG, 64, 48, IMAGE_JPEG, "RGBW"},
    {"seen_through.png", IMAGE_PNG, 64, 48, IMAGE_PNG, "RR.."},
    {"deep.png", IMAGE_PNG, 16, 16, IMAGE_JPEG, "??WW"},
    {"grey.png", IMAGE_PNG, 20, 10, IMAGE_JPEG, "????"},
    {"still.gif", IMAGE_GIF, 64, 48, IMAGE_JPEG, "RGBW"},
    {"animated.gif", IMAGE_GIF, 20, 20, IMAGE_JPEG, "RRRR"},
    {"seen_through.gif", IMAGE_GIF, 20, 20, IMAGE_PNG, "R..."},
};
enum { SAMPLE_COUNT = sizeof samples / sizeof *samples };

static void each_kind_is_known_and_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        Str bytes = sample(samples[i].name);
        ImageInfo info = inspect(bytes);
        assert_int_equal(info.format, samples[i].format);
        assert_int_equal(image_shown_width(&info), samples[i].width);
        assert_int_equal(image_shown_height(&info), samples[i].height);
        Rendition whole = render_one(bytes, samples[i].width);
        assert_int_equal(whole.format, samples[i].rendition);
        if (strcmp(quarters(whole.bytes), samples[i].quarters) != 0)
            fail_msg("%s: %s", samples[i].name, quarters(whole.bytes));
    }
}

/* The eight orientations, as Exif 2.32 draws them. */
static void orientations_are_undone(void **state)
{
    (void)state;
    static const char *const shown[] = {"RGBW", "GRWB", "WBGR", "BWRG",
                                        "RBGW", "BRWG", "WGBR", "GWRB"};
    for (int orientation = 1; orientation <= 8; orientation++) {
        Str turned = sample("turned.jpg");
        char *bytes = arena_copy(arena, turned.p, turned.n);
        size_t tag = str_find(turned, S("\x12\x01\x03\0\x01\0\0\0"));
        assert_int_equal(bytes[tag + 8], 6);
        bytes[tag + 8] = (char)orientation;
        Rendition small = render_one((Str){bytes, turned.n}, 24);
        assert_int_equal(small.height, orientation < 5 ? 18 : 32);
        assert_string_equal(quarters(small.bytes), shown[orientation - 1]);
        ImageInfo info = inspect(small.bytes);
        assert_int_equal(info.orientation, 1);
        assert_int_equal(str_find(small.bytes, S("Exif")), small.bytes.n);
    }
}

static void malformed_notes_are_passed_over(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* behind the byte order */
        char byte;
    } damages[] = {{0, 'X'}, {2, 41}, {4, '\xFF'}, {7, '\x7F'}, {8, 0}, {24, 4}, {26, 2}, {30, 9}};
    Str turned = sample("turned.jpg");
    size_t tiff = str_find(turned, S("II*"));
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        char *bytes = arena_copy(arena, turned.p, turned.n);
        bytes[tiff + damages[i].at] = damages[i].byte;
        assert_int_equal(inspect((Str){bytes, turned.n}).orientation, 1);
    }
}

static void a_colour_profile_is_kept(void **state)
{
    (void)state;
    Str profile = inspect(sample("profile.jpg")).profile;
    assert_true(str_starts(profile, S("ICC_PROFILE")));
    Rendition small = render_one(sample("profile.jpg"), 32);
    assert_true(str_eq(inspect(small.bytes).profile, profile));
    assert_int_equal(inspect(sample("baseline.jpg")).profile.n, 0);
}

static void no_rendition_is_larger_than_the_picture(void **state)
{
    (void)state;
    static const int widths[] = {1, 16, 33, 64, 65, 1600};
    RenditionList list = render(sample("baseline.jpg"), widths, 6);
    static const int heights[] = {1, 12, 25, 48};
    assert_int_equal(list.n, 4);
    for (size_t i = 0; i < list.n; i++) {
        ImageInfo info = inspect(list.items[i].bytes);
        assert_int_equal(list.items[i].width, widths[i]);
        assert_int_equal(list.items[i].height, heights[i]);
        assert_int_equal(info.width, widths[i]);
        assert_int_equal(info.height, heights[i]);
    }
    assert_string_equal(quarters(list.items[1].bytes), "RGBW");
    assert_int_equal(render(sample("baseline.jpg"), &widths[4], 2).n, 0);
    assert_int_equal(render(sample("baseline.jpg"), NULL, 0).n, 0);
}

/* ---- What is refused ------------------------------------------------------------------------- */

static void other_formats_are_unknown(void **state)
{
    (void)state;
    static const Str others[] = {
        S_INIT(""),
        S_INIT("\xFF\xD8"),
        S_INIT("hello"),
        S_INIT("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        S_INIT("RIFF\x24\0\0\0WEBPVP8 "),
        S_INIT("\0\0\0\x1c"
               "ftypavif"),
        S_INIT("%PDF-1.7\n"),
        S_INIT("BM\x46\0\0\0"),
        S_INIT("GIF88a"),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) why_not(others[i], IMAGE_UNKNOWN);
}

/* Wherever an upload breaks off. */
static void a_truncated_picture_is_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        Str bytes = sample(samples[i].name);
        for (size_t n = 8; n < bytes.n; n++) {
            ImageInfo info;
            const char *why = "is fine";
            Str cut = {arena_copy(arena, bytes.p, n), n};
            if (image_inspect(cut, &image_limits, &info, &why) != IMAGE_DAMAGED)
                fail_msg("%s cut at %zu: %s", samples[i].name, n, why);
        }
    }
}

/* A chunk as PNG writes it. */
static void put_chunk(Buf *out, Str name, Str data)
{
    Str named = str_format(arena, "%.*s%.*s", STR_ARG(name), 0, "");
    unsigned long sum =
        crc32(crc32(0, (const Bytef *)named.p, 4), (const Bytef *)data.p, (uInt)data.n);
    for (int i = 3; i >= 0; i--) buf_char(out, (char)(data.n >> 8 * i));
    buf_put(out, name);
    buf_put(out, data);
    for (int i = 3; i >= 0; i--) buf_char(out, (char)(sum >> 8 * i));
}

/* Grey, eight bits, of what `data` unpacks to. */
static Str make_png(uint32_t width, uint32_t height, Str packed)
{
    Buf out = buf_new(arena, packed.n + 1024), header = buf_new(arena, 64);
    buf_lit(&out, "\x89PNG\r\n\x1A\n");
    for (int i = 3; i >= 0; i--) buf_char(&header, (char)(width >> 8 * i));
    for (int i = 3; i >= 0; i--) buf_char(&header, (char)(height >> 8 * i));
    buf_lit(&header, "\x08\0\0\0\0");
    put_chunk(&out, S("IHDR"), buf_str(&header));
    put_chunk(&out, S("IDAT"), packed);
    put_chunk(&out, S("IEND"), S(""));
    return buf_str(&out);
}

static Str pack_zeros(size_t n)
{
    uLongf size = compressBound(n);
    unsigned char *zeros = calloc(1, n), *packed = arena_alloc(arena, size, 1);
    assert_int_equal(compress2(packed, &size, zeros, n, 9), Z_OK);
    free(zeros);
    return (Str){(char *)packed, size};
}

static void what_is_too_large_is_told_before_decoding(void **state)
{
    (void)state;
    Str packed = pack_zeros(100);
    assert_string_equal(why_not(make_png(60000, 60000, packed), IMAGE_TOO_LARGE),
                        "has too many pixels");
    why_not(make_png(5001, 5000, packed), IMAGE_TOO_LARGE);
    why_not(make_png(16385, 1, packed), IMAGE_TOO_LARGE);
    why_not(make_png(1, 16385, packed), IMAGE_TOO_LARGE);
    assert_int_equal(inspect(make_png(5000, 5000, packed)).width, 5000);
    assert_int_equal(inspect(make_png(16384, 1, packed)).width, 16384);
    why_not(make_png(0, 1, packed), IMAGE_DAMAGED);
    why_not(make_png(1, 0x80000000, packed), IMAGE_DAMAGED);
    Str gif = sample("still.gif"), jpeg = sample("baseline.jpg");
    char *large = arena_copy(arena, gif.p, gif.n);
    memcpy(large + 6, "\xFF\xFF\xFF\xFF", 4);
    why_not((Str){large, gif.n}, IMAGE_TOO_LARGE);
    large = arena_copy(arena, jpeg.p, jpeg.n);
    memcpy(large + str_find(jpeg, S("\xFF\xC0\0\x11\x08")) + 5, "\xFF\xFF\xFF\xFF", 4);
    why_not((Str){large, jpeg.n}, IMAGE_TOO_LARGE);
}

/* A small picture that unpacks to more than all pixels that are allowed. */
static void what_unpacks_to_too_much_is_given_up(void **state)
{
    (void)state;
    static const ImageLimits little = {.pixels_max = 10000, .side_max = 100, .memory_max = 1 << 20};
    Str bomb = make_png(10, 10, pack_zeros(1 << 24));
    assert_true(bomb.n < 20000);
    ImageInfo info;
    RenditionList list = {.n = 77};
    const char *why = "";
    int width = 5;
    assert_int_equal(image_inspect(bomb, &little, &info, &why), IMAGE_FINE);
    assert_int_equal(image_render(arena, bomb, &info, &little, &width, 1, &list, &why),
                     IMAGE_TOO_LARGE);
    assert_string_equal(why, "takes too much memory to decode");
    assert_int_equal(list.n, 77);
}

static void what_cannot_be_decoded_is_damaged(void **state)
{
    (void)state;
    ImageInfo info;
    RenditionList list;
    const char *why = "";
    Str png = make_png(10, 10, S("these are no packed pixels"));
    assert_int_equal(image_inspect(png, &image_limits, &info, &why), IMAGE_FINE);
    assert_int_equal(image_render(arena, png, &info, &image_limits, NULL, 0, &list, &why),
                     IMAGE_DAMAGED);
    assert_string_equal(why, "cannot be decoded");
    Str thin = make_png(10000, 1, pack_zeros(10001)); /* too thin for its proportions */
    assert_int_equal(render_one(thin, 160).height, 1);
}

static void sums_of_a_png_are_checked(void **state)
{
    (void)state;
    Str png = sample("colours.png");
    for (size_t at = 8; at < png.n; at++) {
        ImageInfo info;
        const char *why;
        char *bytes = arena_copy(arena, png.p, png.n);
        bytes[at] = (char)(bytes[at] ^ 1);
        assert_int_not_equal(image_inspect((Str){bytes, png.n}, &image_limits, &info, &why),
                             IMAGE_FINE);
    }
    Buf own = buf_new(arena, png.n + 100);
    buf_put(&own, str_slice(png, 0, 33));
    put_chunk(&own, S("ABCD"), S("?"));
    buf_put(&own, str_slice(png, 33, png.n));
    why_not(buf_str(&own), IMAGE_UNSUPPORTED);
    own.n = 33;
    put_chunk(&own, S("aBCD"), S("?"));
    buf_put(&own, str_slice(png, 33, png.n));
    inspect(buf_str(&own));
}

/* `bytes` with what stands from one place to another said `times` times. */
static Str repeat(Str bytes, size_t from, size_t to, size_t times)
{
    Buf out = buf_new(arena, bytes.n + times * (to - from));
    buf_put(&out, str_slice(bytes, 0, from));
    for (size_t i = 0; i < times; i++) buf_put(&out, str_slice(bytes, from, to));
    buf_put(&out, str_slice(bytes, to, bytes.n));
    return buf_str(&out);
}

static size_t find_last(Str bytes, Str part)
{
    size_t at = bytes.n - part.n;
    while (!str_starts(str_slice(bytes, at, bytes.n), part)) at--;
    return at;
}

static void jpegs_that_would_harm_are_refused(void **state)
{
    (void)state;
    Str jpeg = sample("baseline.jpg"), progressive = sample("progressive.jpg");
    size_t scan = find_last(jpeg, S("\xFF\xDA")), codes = str_find(jpeg, S("\xFF\xC4"));
    size_t frame = str_find(jpeg, S("\xFF\xC0")), end = jpeg.n - 2;
    static const struct {
        const char *why;
        ImageFault fault;
    } expected[] = {
        {"has the same pixels twice", IMAGE_DAMAGED},
        {"has a scan without its tables", IMAGE_DAMAGED},
        {"has pixels before its size", IMAGE_DAMAGED},
        {"begins twice", IMAGE_DAMAGED},
        {"lacks a colour", IMAGE_DAMAGED},
        {"is a JPEG of more scans than there is use for", IMAGE_UNSUPPORTED},
        {"has codes that do not fit", IMAGE_DAMAGED},
        {"is a JPEG without loss, or one that is coded arithmetically", IMAGE_UNSUPPORTED}};
    char *lossless = arena_copy(arena, jpeg.p, jpeg.n);
    lossless[frame + 1] = '\xC3';
    char counts[2 + 2 + 1 + 16 + 300] = "\xFF\xC4\x01\x3F";
    counts[4 + 15] = (char)45;  /* of 15 bits */
    counts[4 + 16] = (char)255; /* of 16 bits: 300 in all, which as bits would fit */
    Buf large = buf_new(arena, 2000);
    buf_put(&large, str_slice(jpeg, 0, codes));
    buf_bytes(&large, counts, sizeof counts);
    buf_put(&large, str_slice(jpeg, codes, jpeg.n));
    size_t last = find_last(progressive, S("\xFF\xDA"));
    const Str cases[] = {
        repeat(jpeg, scan, end, 2),
        repeat(jpeg, codes, scan, 0),
        repeat(jpeg, frame, frame + 19, 0),
        repeat(jpeg, frame, frame + 19, 2),
        repeat(jpeg, scan, end, 0),
        repeat(progressive, last, progressive.n - 2, 70),
        buf_str(&large),
        {lossless, jpeg.n},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(why_not(cases[i], expected[i].fault), expected[i].why);
    inspect(repeat(progressive, last, progressive.n - 2, 50)); /* as long as it is no abuse */
}

/* ---- The memory of the work ------------------------------------------------------------------ */

static void use_memory(void *arg)
{
    size_t *reached = arg;
    char *a = stb_alloc(400), *b = stb_alloc(400);
    memset(a, 'a', 400);
    stb_free(b);
    a = stb_grow(a, 900);
    assert_int_equal(a[399], 'a');
    *reached = 1;
    stb_grow(NULL, 100);
    *reached = 2;
    stb_alloc(1);
    *reached = 3;
}

/* Across the size from which on memory is the kernel's. */
static void use_large_memory(void *arg)
{
    (void)arg;
    enum { MEGABYTE = 1 << 20 };
    char *a = stb_alloc(10), *b = stb_alloc(MEGABYTE);
    memset(a, 'a', 10);
    memset(b, 'b', MEGABYTE);
    a = stb_grow(a, 3 * MEGABYTE);
    a = stb_grow(a, 5 * MEGABYTE);
    b = stb_grow(b, 2 * MEGABYTE);
    assert_memory_equal(a, "aaaaaaaaaa", 10);
    assert_int_equal(b[MEGABYTE - 1], 'b');
    a = stb_grow(a, 2 * MEGABYTE);
    a = stb_grow(a, 10);
    assert_memory_equal(a, "aaaaaaaaaa", 10);
    stb_free(b);
}

static void fail_in_work(void *arg)
{
    stb_alloc(10);
    stb_give_up(*(ImageFault *)arg);
}

/* What is held when it is given up is freed: a sanitizer would tell. */
static void work_has_a_limit(void **state)
{
    (void)state;
    size_t reached = 0;
    ImageFault fault = IMAGE_UNSUPPORTED;
    assert_int_equal(stb_work(1000, use_memory, &reached), IMAGE_TOO_LARGE);
    assert_int_equal(reached, 2);
    assert_int_equal(stb_work(1001, use_memory, &reached), IMAGE_FINE);
    assert_int_equal(stb_work(1000, fail_in_work, &fault), IMAGE_UNSUPPORTED);
    assert_int_equal(stb_work(8 << 20, use_large_memory, NULL), IMAGE_FINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_known_and_decoded),
        cmocka_unit_test(orientations_are_undone),
        cmocka_unit_test(malformed_notes_are_passed_over),
        cmocka_unit_test(a_colour_profile_is_kept),
        cmocka_unit_test(no_rendition_is_larger_than_the_picture),
        cmocka_unit_test(other_formats_are_unknown),
        cmocka_unit_test(a_truncated_picture_is_damaged),
        cmocka_unit_test(what_is_too_large_is_told_before_decoding),
        cmocka_unit_test(what_unpacks_to_too_much_is_given_up),
        cmocka_unit_test(what_cannot_be_decoded_is_damaged),
        cmocka_unit_test(sums_of_a_png_are_checked),
        cmocka_unit_test(jpegs_that_would_harm_are_refused),
        cmocka_unit_test(work_has_a_limit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
