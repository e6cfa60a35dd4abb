/* The drawings are in web/pictures, in four colours that stand for others: the ground, the thing, its
 * dark parts and its light ones. A scheme says which. */
#include "modules/storefront/pictures.h"

#include "base/buf.h"
#include "platform/module.h"

extern const char *const web_pictures_names[], *const web_pictures_texts[];
extern const size_t web_pictures_sizes[], web_pictures_count;

enum { PICTURE_BYTES_MAX = 16 << 10, COLOURS = 4 };

static const Str drawn[COLOURS] = {S_INIT("#fff"), S_INIT("#f0f"), S_INIT("#00f"), S_INIT("#ff0")};

static const struct {
    Str name;
    Str colours[COLOURS];
} schemes[] = {
    {S_INIT("clay"), {S_INIT("#f4e9df"), S_INIT("#c2653a"), S_INIT("#5b2a18"), S_INIT("#f2c9a1")}},
    {S_INIT("moss"), {S_INIT("#eaeee0"), S_INIT("#6b8045"), S_INIT("#333f21"), S_INIT("#cfdcae")}},
    {S_INIT("sky"), {S_INIT("#e3edf3"), S_INIT("#4a86a8"), S_INIT("#1e3f55"), S_INIT("#b5d8ea")}},
    {S_INIT("plum"), {S_INIT("#f0e6ee"), S_INIT("#8d4f7d"), S_INIT("#43213b"), S_INIT("#e0b9d3")}},
    {S_INIT("sand"), {S_INIT("#f6f0de"), S_INIT("#c79a3b"), S_INIT("#5d4512"), S_INIT("#f5dfa4")}},
    {S_INIT("slate"), {S_INIT("#e8eaee"), S_INIT("#5f6b82"), S_INIT("#262e3c"), S_INIT("#c3cad8")}},
};

/* The drawing of that name, or NULL. */
static const char *drawing(Arena *arena, Str name, size_t *bytes)
{
    if (!str_ends(name, S(".svg"))) return NULL;
    const char *stem = str_z(arena, str_slice(name, 0, name.n - 4));
    for (size_t i = 0; i < web_pictures_count; i++) {
        if (strcmp(web_pictures_names[i], stem) != 0) continue;
        *bytes = web_pictures_sizes[i];
        return web_pictures_texts[i];
    }
    return NULL;
}

static void put_tinted(Buf *out, Str svg, const Str *colours)
{
    for (size_t i = 0; i < svg.n;) {
        Str rest = str_slice(svg, i, svg.n);
        size_t c = 0;
        while (c < COLOURS && !str_starts(rest, drawn[c])) c++;
        if (c < COLOURS) {
            buf_put(out, colours[c]);
            i += drawn[c].n;
        } else {
            buf_char(out, svg.p[i++]);
        }
    }
}

Reply show_picture(Request *rq)
{
    Str svg = {0};
    size_t scheme = 0;
    while (scheme < ROWS(schemes) && !str_eq(schemes[scheme].name, rq->args[0].text)) scheme++;
    svg.p = drawing(rq->cx->arena, rq->args[1].text, &svg.n);
    if (!svg.p || scheme == ROWS(schemes)) return not_found(rq, "picture");
    Buf out = buf_new(rq->cx->arena, PICTURE_BYTES_MAX);
    put_tinted(&out, svg, schemes[scheme].colours);
    Reply reply = ok_bytes(buf_str(&out), S("image/svg+xml"));
    reply.headers = S("Cache-Control: public, max-age=604800\r\n");
    return reply;
}
