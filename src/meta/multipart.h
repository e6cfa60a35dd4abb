/* multipart/form-data (RFC 7578 over RFC 2046 §5.1), part by part, of a body that lies in memory.
 *
 * What browsers, curl and the HTTP libraries send is read. What two readers could cut in two ways is
 * refused: anything before the first boundary or behind the last, a boundary that is the beginning
 * of a longer line, blanks behind it, a bare CR or LF in a header line, folded lines, two names of a
 * part, a transfer encoding other than the bytes themselves. */
#ifndef META_MULTIPART_H
#define META_MULTIPART_H

#include "base/str.h"

typedef struct MultipartPart {
    Str name;  /* of the field, as it stands between the quotes: not decoded */
    Str bytes; /* a view of the body */
} MultipartPart;

typedef struct Multipart {
    Arena *arena;
    Str delimiter; /* CRLF, two hyphens, the boundary */
    Str rest;      /* begins behind a boundary */
    size_t parts;  /* given out */
    bool ended;
    Str error; /* why multipart_next was false; empty at the end of the form */
} Multipart;

/* Begins with the value of Content-Type, whose media type has been looked at, and the whole body.
 * What is wrong already shows at the first multipart_next. */
Multipart multipart_begin(Arena *arena, Str content_type, Str body);

/* The next part; false behind the last one, or when the form is malformed: then `error` says where
 * and why, in the sender's terms. */
bool multipart_next(Multipart *form, MultipartPart *part);

#endif
