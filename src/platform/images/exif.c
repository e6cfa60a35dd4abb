#include "platform/images/formats.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_BYTES = 12 };

/* A TIFF file: byte order, 42, where the first directory is; a directory: how many entries, and
 * each of them tag, type, count, value. */
int exif_orientation(Scanner s)
{
    const unsigned char *begin = s.at;
    bool little = scan_word(&s, S("II"));
    if (!little && !scan_word(&s, S("MM"))) return 1;
    if (scan_number(&s, 2, little) != 42) return 1;
    size_t offset = scan_number(&s, 4, little);
    if (s.over || offset > (size_t)(s.end - begin)) return 1;
    s.at = begin + offset;
    uint32_t entries = scan_number(&s, 2, little);
    for (uint32_t i = 0; i < entries; i++) {
        Scanner entry = scan_piece(&s, ENTRY_BYTES);
        if (entry.over) return 1;
        if (scan_number(&entry, 2, little) != TAG_ORIENTATION) continue;
        bool one_short =
            scan_number(&entry, 2, little) == TYPE_SHORT && scan_number(&entry, 4, little) == 1;
        uint32_t value = scan_number(&entry, 2, little);
        return one_short && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
