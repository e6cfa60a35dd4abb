/* souk.conf as a list of names and values, before anyone knows what they mean.
 *
 *     # Lines that begin with # or ; are comments, and so is what follows " ;" in a line.
 *     listen = 127.0.0.1:8080
 *     [http]
 *     idle_timeout_ms = 75000
 *
 * libinih does the parsing. Around it stands what it leaves open: it cuts long lines in two, takes
 * an indented line for a continuation, ignores what follows "]", and tells only the first line that
 * it does not understand. Here long lines are refused, blanks before a line mean nothing, and each
 * line that means nothing is reported. */
#ifndef PLATFORM_CONFIG_CONFIG_FILE_H
#define PLATFORM_CONFIG_CONFIG_FILE_H

#include "base/str.h"

typedef struct ConfigLine {
    Str name; /* "http.idle_timeout_ms": section, dot, name */
    Str value;
    int line; /* from 1 */
} ConfigLine;

typedef struct ConfigLineList {
    ConfigLine *items;
    size_t n;
} ConfigLineList;

typedef struct ConfigLineProblem {
    Str text;
    int line; /* 0: the file as a whole */
} ConfigLineProblem;

typedef struct ConfigLineProblems {
    ConfigLineProblem *items;
    size_t n;
} ConfigLineProblems;

enum {
    CONFIG_LINES_MAX = 1000, /* settings in one file; ten times what there are */
};

/* Reads at most CONFIG_FILE_MAX bytes of text. Results and texts are in `arena`; both lists are in
 * the order of the file. At most CONFIG_PROBLEMS_MAX problems are kept. */
void config_file_parse(Arena *arena, Str content, ConfigLineList *lines,
                       ConfigLineProblems *problems);

#endif
