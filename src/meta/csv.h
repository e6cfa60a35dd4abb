/* CSV: RFC 4180, in UTF-8.
 *
 * Reading is a stream: the caller pushes pieces of any size and takes records until there are none.
 *
 *     CsvReader reader = csv_reader(arena);
 *     for (Str piece; (piece = …).n;) {
 *         csv_push(&reader, piece);
 *         while (csv_next(&reader, &record)) …
 *     }
 *     csv_end(&reader);
 *     while (csv_next(&reader, &record)) …
 *     if (reader.error.n) …"line 12: …"
 *
 * After an error, csv_skip goes on behind the record, if it is known where that ends; if not, who has
 * the bytes can search for a line where it begins to make sense again, and read from there with
 * csv_reader_at. csv_begun tells how far the broken record was understood.
 *
 * Accepted beyond the RFC: LF alone as the end of a line, a byte order mark at the start, and empty
 * lines, which are skipped. Refused: a quote inside a field that does not begin with one, anything
 * between a closing quote and the separator, a CR alone, NUL, what is no UTF-8, and a record with
 * more or fewer fields than the first.
 *
 * Writing guards against formulas: spreadsheets execute a cell that begins with = + - @, TAB or CR,
 * so such a text is written with an apostrophe before it (numbers are not: -5 is a number). A text
 * that has the apostrophes already gets one more, so that csv_unguard gives back exactly what was.
 */
#ifndef META_CSV_H
#define META_CSV_H

#include "base/buf.h"
#include "meta/limits.h"
#include "meta/type.h"

typedef struct CsvRecord {
    Str *fields; /* until the next call of csv_next */
    size_t n;
    int64_t line; /* where it begins, from 1 */
} CsvRecord;

typedef enum CsvState {
    CSV_FIELD_START,
    CSV_PLAIN,  /* in a field without quotes */
    CSV_QUOTED, /* between quotes */
    CSV_QUOTE,  /* behind a quote within quotes: the end, or the first of two */
    CSV_CR,     /* behind a CR outside of quotes */
} CsvState;

typedef struct CsvReader {
    Str error; /* empty: fine so far; else "line 12: …", and nothing more is read; until the next one */
    bool whole; /* of an error: the record was read to its end */
    int64_t line;

    CsvState state;
    Str input;      /* what was pushed and not yet read */
    Buf text;       /* of the record under way */
    size_t *starts; /* of its fields, in `text` */
    Str *fields;
    size_t n, capacity;
    size_t columns; /* of the first record; 0 before it */
    int64_t began;  /* line on which the record began */
    char *message;  /* of `error` */
    size_t mark;    /* how much of a byte order mark was seen, 3 when there can be none any more */
    bool ended, delivered;
} CsvReader;

/* `arena` holds one record at a time. */
CsvReader csv_reader(Arena *arena);

/* The same for a part of a file that begins on that line, with a record of so many fields. */
CsvReader csv_reader_at(Arena *arena, int64_t line, size_t columns);

/* Gives the reader more; `bytes` must live until csv_next has returned false. */
void csv_push(CsvReader *reader, Str bytes);

/* There is no more: a last line without an end is a record too. */
void csv_end(CsvReader *reader);

/* The next record; false when more must be pushed, at the end, and after an error. */
bool csv_next(CsvReader *reader, CsvRecord *out);

/* After an error: goes on behind the record that was wrong. False when nobody knows where it ends. */
bool csv_skip(CsvReader *reader);

/* After an error: the fields of the record that were complete, perhaps none. */
CsvRecord csv_begun(CsvReader *reader);

/* ---- Writing ---- */

/* The names of the type's fields, and an object's fields as in text.h; absent ones are empty.
 * Write-only fields are left out. Lines end in CRLF. `arena` is scratch. */
void csv_write_header(Buf *buf, const Type *type);
void csv_write_row(Buf *buf, Arena *arena, const Type *type, const void *object);

/* One field as it is, quoted when it must be; separators and line ends are the caller's. */
void csv_write_field(Buf *buf, Str text);

/* The guard against formulas, and its reverse. */
Str csv_guard(Arena *arena, Str text);
Str csv_unguard(Str text);

#endif
