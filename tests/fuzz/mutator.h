/* Steps of a fuzzer that know what its texts are made of: json_mutator.c, csv_mutator.c. One of them is
 * linked to a target that names it in fuzz_targets, and libFuzzer finds the two functions by their
 * names. */
#ifndef TESTS_FUZZ_MUTATOR_H
#define TESTS_FUZZ_MUTATOR_H

#include "base/random.h"

/* ---- What a mutator defines ------------------------------------------------------------------ */

/* One step from data[0 … size) in place; the new size, at most `max_size`. The same seed makes the
 * same step. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* A piece of the second text in the first one, into `out`; the size, or 0 when there is none that
 * fits. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned seed);

/* ---- What it is made of ---------------------------------------------------------------------- */

/* libFuzzer's own step, which knows bytes and the target's dictionary. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* A text under change, in a buffer of max bytes. */
typedef struct FuzzText {
    uint8_t *p;
    size_t n, max;
    const Random *random;
} FuzzText;

/* Puts the bytes, which lie elsewhere, in the place of others. False, and nothing is changed: there is
 * no room. */
bool fuzz_replace(FuzzText *t, size_t from, size_t to, const uint8_t *bytes, size_t n);

/* Changes the bytes of that place by libFuzzer's own step; false as above. */
bool fuzz_change(FuzzText *t, size_t from, size_t to);

/* text[from … to) behind `before` bytes of room, to be freed. */
uint8_t *fuzz_copy(const uint8_t *text, size_t from, size_t to, size_t before);

#endif
