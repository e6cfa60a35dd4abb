/* Steps of a fuzzer that know what JSON is made of: linked to the targets that name "json" in
 * fuzz_targets, where libFuzzer finds the two functions by their names. */
#ifndef TESTS_FUZZ_JSON_MUTATOR_H
#define TESTS_FUZZ_JSON_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* One step from data[0 … size) in place; the new size, at most `max_size`. The same seed makes the
 * same step. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* A piece of the second text in the first one, into `out`; the size, or 0 when there is none that
 * fits. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned seed);

/* libFuzzer's own step, which knows bytes and the target's dictionary. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
