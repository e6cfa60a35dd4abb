/* Files as imports read them: a stream of bytes, as records of CSV or as lines, that goes on behind
 * what is broken where that can be told. */
#ifndef MODULES_CATALOG_TRANSFER_INPUT_H
#define MODULES_CATALOG_TRANSFER_INPUT_H

#include "meta/csv.h"

#include <sys/types.h>

/* Where the bytes come from: their number, 0 at the end, -1 with errno. */
typedef struct ByteSource {
    ssize_t (*read)(void *state, void *out, size_t size);
    void *state;
} ByteSource;

/* What was read and is not yet done with. */
typedef struct Window {
    ByteSource source;
    Arena *arena;
    char *bytes;
    size_t begin; /* of what is not done with */
    size_t n, capacity;
    int64_t total; /* read so far, of the whole file */
    bool ended;
    int error; /* errno of the read that failed; 0: none */
} Window;

Window window_open(Arena *arena, ByteSource source);

/* Reads more behind what is there; false at the end of the file, and when reading fails. */
bool window_fill(Window *window);

/* What is there. */
Str window_text(const Window *window);

/* Why the text that a file begins with cannot be UTF-8, as a sentence with what to do about it; empty
 * when it can. `all`: it is the whole file. In `arena`. */
Str encoding_problem(Arena *arena, Str text, bool all);

/* ---- Records of CSV -------------------------------------------------------------------------- */

typedef enum InputStep {
    INPUT_READ,    /* here is the next one */
    INPUT_BROKEN,  /* something could not be read, and what follows can be */
    INPUT_STOPPED, /* something could not be read, nor anything behind it */
    INPUT_END,
} InputStep;

/* What could not be read. */
typedef struct InputProblem {
    int64_t line, last_line; /* the lines that are lost; last_line 0: all to the end */
    bool quotes;             /* a quote stands where none can, or is missing */
    Str message;
} InputProblem;

typedef struct CsvInput {
    Window window;
    CsvReader reader;
    size_t fed;             /* how much of the window the reader has */
    int64_t begin_line;     /* on which the window begins */
    Arena *arena, *trouble; /* of the reader, and of what is said of the last problem */
    InputProblem problem;   /* of INPUT_BROKEN and INPUT_STOPPED */
    CsvRecord record;       /* of INPUT_READ; of INPUT_BROKEN the fields that were complete */
    CsvRecord kept;         /* the record at which reading went on, to be delivered next */
    bool has_kept;
    /* Does what was found behind something broken look like a record? Its number of fields is right.
     * NULL: it does. */
    bool (*plausible)(void *state, const CsvRecord *record);
    void *state;
} CsvInput;

/* Takes the window over, with what was read already. The first record decides the number of fields. */
CsvInput csv_input(Window window);
void csv_input_close(CsvInput *input);

/* The next record, until the next call. */
InputStep csv_input_next(CsvInput *input);

/* ---- Lines ----------------------------------------------------------------------------------- */

typedef struct LineInput {
    Window window;
    int64_t number; /* of the line that was read */
    Str line;       /* without its end */
    InputProblem problem;
} LineInput;

LineInput line_input(Window window);

/* The next line that is not blank, until the next call. One that is too long is INPUT_BROKEN. */
InputStep line_input_next(LineInput *input);

#endif
