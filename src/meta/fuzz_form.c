/* Any bytes as a form: the first line is the value of Content-Type, the rest the body. What is read
 * lies in the body and has no boundary in it; written again with another boundary, it reads as the
 * same parts. */
#include "meta/form.h"
#include "meta/limits.h"
#include "meta/multipart.h"
#include "meta/test_types.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Upload {
    Str file, alt;
    StrList tag;
} Upload;

static const Type upload_type =
    TYPE(Upload, "One of each kind.",
         FIELD(Upload, file, "The file.", .required = true, .format = FORMAT_BINARY),
         FIELD(Upload, alt, "What it shows.", .max = 100), FIELD(Upload, tag, "Words.", .max = 3));

static const char other[] = "0123456789 not a boundary that chance would hit 9876543210";

static void check_part(Str body, const Multipart *form, const MultipartPart *part)
{
    assert(part->bytes.p >= body.p && part->bytes.p + part->bytes.n <= body.p + body.n);
    assert(str_find(part->bytes, form->delimiter) == part->bytes.n);
    assert(!str_starts(part->bytes, str_slice(form->delimiter, 2, form->delimiter.n)));
    assert(form->parts <= FORM_PARTS_MAX);
}

/* The parts as one text, and the same form with another boundary. */
static Str read_parts(Arena *arena, Str content_type, Str body, Buf *again)
{
    Buf parts = buf_new(arena, SIZE_MAX / 4);
    Multipart form = multipart_begin(arena, content_type, body);
    MultipartPart part;
    while (multipart_next(&form, &part)) {
        check_part(body, &form, &part);
        buf_format(&parts, "%zu %zu ", part.name.n, part.bytes.n);
        buf_put(&parts, part.name);
        buf_put(&parts, part.bytes);
        again->full |=
            part.name.n > FORM_PART_HEAD_MAX / 2; /* other words around it may be longer */
        buf_format(again, "--%s\r\nContent-Disposition: form-data; name=\"", other);
        buf_put(again, part.name);
        buf_lit(again, "\"\r\n\r\n");
        buf_put(again, part.bytes);
        buf_lit(again, "\r\n");
    }
    buf_format(again, "--%s--", other);
    assert(form.ended);
    return form.error.n ? (Str){0} : buf_str(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str content_type, body;
    str_cut((Str){(const char *)data, size}, '\n', &content_type, &body);
    Buf again = buf_new(arena, SIZE_MAX / 4), ignored = buf_new(arena, SIZE_MAX / 4);
    Str parts = read_parts(arena, content_type, body, &again);
    if (parts.p && !again.full && str_find(body, str_from(other)) == body.n) {
        Str type = str_format(arena, "multipart/form-data; boundary=\"%s\"", other);
        assert(str_eq(read_parts(arena, type, buf_str(&again), &ignored), parts));
    }
    Violations violations = violations_new(arena);
    Upload *upload = form_read(arena, &upload_type, content_type, body, &violations);
    assert((upload == NULL) == (violations.n > 0));
    assert(!upload || (parts.p && str_is_utf8(upload->alt) && upload->tag.n <= 3));
    arena_free(arena);
    return 0;
}
