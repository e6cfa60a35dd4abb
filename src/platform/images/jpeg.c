/* JPEG (ITU T.81): segments behind markers, and between them the packed pixels of scans.
 *
 * What is asked here is what makes decoding safe and bounded, whichever version of the decoder was
 * packaged: tables of codes that fit where they are unpacked to, and are there before a scan uses
 * them (some versions have written behind an array, or read what was never written); one frame; no
 * more scans than an encoder has use for, since each walks all of the picture, however little it
 * says. And a picture must have its end, or the upload broke off. */
#include "platform/images/formats.h"

enum {
    MARKER_SOF0 = 0xC0,
    MARKER_SOF2 = 0xC2,
    MARKER_DHT = 0xC4,
    MARKER_SOF15 = 0xCF,
    MARKER_JPG = 0xC8,
    MARKER_RST0 = 0xD0,
    MARKER_RST7 = 0xD7,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_DQT = 0xDB,
    MARKER_DNL = 0xDC,
    MARKER_DRI = 0xDD,
    MARKER_APP0 = 0xE0,
    MARKER_APP1 = 0xE1,
    MARKER_APP2 = 0xE2,
    MARKER_APP15 = 0xEF,
    MARKER_COM = 0xFE,

    TABLES = 4,         /* of a kind */
    COMPONENTS_MAX = 4, /* of a picture: grey, three colours, or four inks */
    CODES_MAX = 256,
    /* Encoders write 1 for all, or about 10 that refine each other; the standard's own limits allow
     * a few hundred, of which nobody would see the use. */
    SCANS_MAX = 64,
};

typedef struct Component {
    uint32_t id, quantizer;
    bool scanned;
} Component;

typedef struct Jpeg {
    ImageInfo *info;
    const char **why;
    bool progressive;
    uint32_t components; /* 0: no frame yet */
    Component component[COMPONENTS_MAX];
    bool codes[2][TABLES], quantizers[TABLES];
    int scans;
    int profiles; /* segments of ICC profiles */
} Jpeg;

static ImageFault damaged(Jpeg *j, const char *what)
{
    *j->why = what;
    return IMAGE_DAMAGED;
}

static ImageFault unsupported(Jpeg *j, const char *what)
{
    *j->why = what;
    return IMAGE_UNSUPPORTED;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* §B.2.4.2 and annex C: how many codes of 1 to 16 bits there are, then what they stand for. */
static ImageFault read_codes(Jpeg *j, Scanner *s)
{
    while (scanner_left(s)) {
        uint32_t kind = scan_8(s), total = 0, code = 0;
        if (kind >> 4 > 1 || (kind & 15) >= TABLES) return damaged(j, "has codes for nothing");
        for (uint32_t bits = 1; bits <= 16; bits++) {
            uint32_t count = scan_8(s);
            total += count;
            code += count;
            if (code > UINT32_C(1) << bits) return damaged(j, "has more codes than there can be");
            code <<= 1;
        }
        scan_piece(s, total);
        if (s->over || total > CODES_MAX) return damaged(j, "has codes that do not fit");
        j->codes[kind >> 4][kind & 15] = true;
    }
    return IMAGE_FINE;
}

/* §B.2.4.1: 64 numbers of 8 or 16 bits. */
static ImageFault read_quantizers(Jpeg *j, Scanner *s)
{
    while (scanner_left(s)) {
        uint32_t kind = scan_8(s);
        if (kind >> 4 > 1 || (kind & 15) >= TABLES) return damaged(j, "has weights for nothing");
        scan_piece(s, kind >> 4 ? 128 : 64);
        if (s->over) return damaged(j, "has weights that do not fit");
        j->quantizers[kind & 15] = true;
    }
    return IMAGE_FINE;
}

/* ---- Frame and scans ------------------------------------------------------------------------- */

/* §B.2.2. */
static ImageFault read_frame(Jpeg *j, Scanner *s, uint32_t marker)
{
    if (marker > MARKER_SOF2)
        return unsupported(j, "is a JPEG without loss, or one that is coded arithmetically");
    if (j->components) return damaged(j, "begins twice");
    uint32_t precision = scan_8(s);
    j->info->height = (int)scan_big_16(s);
    j->info->width = (int)scan_big_16(s);
    uint32_t count = scan_8(s);
    if (precision != 8) return unsupported(j, "is a JPEG with more than 8 bits a colour");
    if (!j->info->height || !j->info->width) return damaged(j, "has no pixels");
    if (count != 1 && count != 3 && count != 4) return damaged(j, "has an odd number of colours");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = scan_8(s), sampling = scan_8(s), quantizer = scan_8(s);
        uint32_t across = sampling >> 4, down = sampling & 15;
        if (across < 1 || across > 4 || down < 1 || down > 4 || quantizer >= TABLES)
            return damaged(j, "has colours that say what cannot be");
        j->component[i] = (Component){.id = id, .quantizer = quantizer};
    }
    if (s->over || scanner_left(s)) return damaged(j, "has a frame of the wrong length");
    j->components = count;
    j->progressive = marker == MARKER_SOF2;
    return IMAGE_FINE;
}

static Component *find_component(Jpeg *j, uint32_t id)
{
    for (uint32_t i = 0; i < j->components; i++)
        if (j->component[i].id == id) return &j->component[i];
    return NULL;
}

/* Are the tables there that a scan of this component unpacks with? */
static bool has_tables(const Jpeg *j, const Component *component, uint32_t tables, bool first)
{
    uint32_t dc = tables >> 4, ac = tables & 15;
    if (dc >= TABLES || ac >= TABLES || !j->quantizers[component->quantizer]) return false;
    bool needs_dc = !j->progressive || first, needs_ac = !j->progressive || !first;
    return (!needs_dc || j->codes[0][dc]) && (!needs_ac || j->codes[1][ac]);
}

/* §B.2.3. In a sequential picture each component is in one scan; in a progressive one the first
 * coefficients (DC) are in scans of their own (§G.1.1.1). */
static ImageFault read_scan(Jpeg *j, Scanner *s)
{
    if (!j->components) return damaged(j, "has pixels before its size");
    if (++j->scans > SCANS_MAX)
        return unsupported(j, "is a JPEG of more scans than there is use for");
    uint32_t count = scan_8(s);
    Scanner named = scan_piece(s, count * 2);
    bool first = scan_8(s) == 0;
    scan_piece(s, 2);
    if (s->over || scanner_left(s) || count < 1 || count > j->components)
        return damaged(j, "has a scan of the wrong length");
    while (scanner_left(&named)) {
        Component *component = find_component(j, scan_8(&named));
        if (!component) return damaged(j, "has a scan of a colour that it does not have");
        if (!has_tables(j, component, scan_8(&named), first))
            return damaged(j, "has a scan without its tables");
        if (component->scanned && !j->progressive) return damaged(j, "has the same pixels twice");
        component->scanned = true;
    }
    return IMAGE_FINE;
}

/* The packed pixels end at a marker that is no restart; a zero behind 0xFF means the byte itself. */
static void skip_pixels(Scanner *s)
{
    while (scanner_left(s) >= 2) {
        const unsigned char *mark = memchr(s->at, 0xFF, scanner_left(s) - 1);
        if (!mark) break;
        s->at = mark;
        unsigned char next = mark[1];
        if (next != 0 && next != 0xFF && (next < MARKER_RST0 || next > MARKER_RST7)) return;
        s->at += next == 0xFF ? 1 : 2;
    }
    s->at = s->end;
}

/* ---- Notes ----------------------------------------------------------------------------------- */

/* ICC.1:2022 annex B.4: number of this segment, how many there are, and the profile, which names its
 * colours at byte 16. What comes in several segments is larger than what cameras and screens have. */
static void read_profile(Jpeg *j, Scanner *s)
{
    Str whole = {(const char *)s->at, scanner_left(s)};
    if (!scan_word(s, S("ICC_PROFILE\0"))) return;
    uint32_t number = scan_8(s), count = scan_8(s);
    Scanner profile = *s;
    scan_piece(&profile, 16);
    bool rgb = scan_word(&profile, S("RGB ")) && !profile.over;
    j->profiles++;
    j->info->profile = j->profiles == 1 && number == 1 && count == 1 && rgb ? whole : (Str){0};
}

static void read_exif(Jpeg *j, Scanner *s)
{
    if (scan_word(s, S("Exif\0\0"))) j->info->orientation = exif_orientation(*s);
}

/* ---- Segments -------------------------------------------------------------------------------- */

static ImageFault read_segment(Jpeg *j, Scanner *s, uint32_t marker)
{
    if (marker == MARKER_DHT) return read_codes(j, s);
    if (marker == MARKER_DQT) return read_quantizers(j, s);
    if (marker == MARKER_SOS) return read_scan(j, s);
    if (marker >= MARKER_SOF0 && marker <= MARKER_SOF15 && marker != MARKER_JPG)
        return read_frame(j, s, marker);
    if (marker == MARKER_APP1) read_exif(j, s);
    if (marker == MARKER_APP2) read_profile(j, s);
    bool known = (marker >= MARKER_APP0 && marker <= MARKER_APP15) || marker == MARKER_COM ||
                 marker == MARKER_DRI || marker == MARKER_DNL;
    return known ? IMAGE_FINE : damaged(j, "has a segment of an unknown kind");
}

/* A marker, before which any number of 0xFF may stand; 0 when there is none. */
static uint32_t next_marker(Scanner *s)
{
    if (scan_8(s) != 0xFF) return 0;
    uint32_t marker;
    do marker = scan_8(s);
    while (marker == 0xFF);
    return marker;
}

ImageFault jpeg_inspect(Scanner *s, ImageInfo *out, const char **why)
{
    Jpeg j = {.info = out, .why = why};
    s->at--; /* the signature ends with the first byte of a marker */
    for (;;) {
        uint32_t marker = next_marker(s);
        if (s->over) return damaged(&j, "ends before it is complete");
        if (marker == MARKER_EOI) break;
        if (!marker) return damaged(&j, "has something between its segments");
        uint32_t length = scan_big_16(s);
        Scanner segment = scan_piece(s, length < 2 ? 0 : length - 2);
        if (s->over) return damaged(&j, "ends before it is complete");
        if (length < 2) return damaged(&j, "has a segment of no length");
        ImageFault fault = read_segment(&j, &segment, marker);
        if (fault) return fault;
        if (marker == MARKER_SOS) skip_pixels(s);
    }
    for (uint32_t i = 0; i < j.components; i++)
        if (!j.component[i].scanned) return damaged(&j, "lacks a colour");
    return j.components ? IMAGE_FINE : damaged(&j, "has no pixels in it");
}
