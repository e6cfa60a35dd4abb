/* Bytes as a C string literal, for the tools that turn files into sources. */
#ifndef TOOLS_LITERAL_H
#define TOOLS_LITERAL_H

#include <stdio.h>

/* A literal in the making: begin it with `"`, end it with `"`. */
typedef struct Literal {
    FILE *out;
    int column;
} Literal;

static inline void literal_put(Literal *literal, int c)
{
    enum { WIDTH = 4000 }; /* of a line; compilers join the pieces */
    if (c == '\\' || c == '"')
        literal->column += fprintf(literal->out, "\\%c", c);
    else if (c >= ' ' && c < 0x7f && c != '?') /* "??" would begin a trigraph */
        literal->column += fprintf(literal->out, "%c", c);
    else
        literal->column += fprintf(literal->out, "\\%03o", (unsigned)c & 0xff);
    if (literal->column < WIDTH) return;
    fputs("\"\n\"", literal->out);
    literal->column = 0;
}

#endif
