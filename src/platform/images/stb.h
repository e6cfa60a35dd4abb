/* The stb libraries behind functions of ours, and the memory that they work in.
 *
 * stb checks few of its allocations in ways that anybody tests, and ends the process where an
 * assertion of its own fails. So nothing here ever fails in its eyes: what would, leaves it at once,
 * by longjmp, and all that it holds is freed. */
#ifndef PLATFORM_IMAGES_STB_H
#define PLATFORM_IMAGES_STB_H

#include "platform/images/images.h"

#include <stdnoreturn.h>

/* Runs f(arg), in which the functions below may be called, with at most `memory_max` bytes of memory
 * at a time. The fault that it was given up with, or IMAGE_FINE. All memory of it is freed. */
ImageFault stb_work(size_t memory_max, void (*f)(void *arg), void *arg);

/* From inside: ends the work. */
noreturn void stb_give_up(ImageFault fault);

void *stb_alloc(size_t size);
void *stb_grow(void *p, size_t size);
void stb_free(void *p); /* NULL is fine */

/* Eight bits a channel, sRGB, rows without gaps, alpha not multiplied. */
typedef struct Pixels {
    unsigned char *p; /* of stb_alloc */
    int width, height, channels;
} Pixels;

/* Three channels for JPEG, four for the others. */
Pixels stb_decode(Str bytes, int channels);
Pixels stb_resize(const Pixels *pixels, int width, int height);

/* Appended to `out`, of baseline JPEG and of PNG. */
typedef void StbWrite(void *out, void *bytes, int size);
void stb_write_jpeg(StbWrite *write, void *out, const Pixels *pixels, int quality);
void stb_write_png(StbWrite *write, void *out, const Pixels *pixels);

#endif
