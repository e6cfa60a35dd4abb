/* passwords OUT.c LIST.json MIN: writes the common passwords of a JSON list of texts as a C source:
 * of each that has at least MIN bytes the first five of the 64 bits of its XXH3 hash, big-endian,
 * ascending. modules/accounts/password.c searches them; 18,000 passwords take 90 kB. */
#include "literal.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { KEY_BYTES = 5, LIST_MIN = 10000 /* fewer: that is not the list that we want */ };

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, KEY_BYTES);
}

/* The keys of all that are long enough, without those that come twice; their number. */
static size_t make_keys(const json_t *list, size_t min, unsigned char (*keys)[KEY_BYTES])
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        size_t length = json_string_length(item);
        if (length < min) continue; /* 0 for what is no text */
        uint64_t hash = XXH3_64bits(json_string_value(item), length);
        for (size_t k = 0; k < KEY_BYTES; k++) keys[n][k] = (unsigned char)(hash >> (56 - 8 * k));
        n++;
    }
    qsort(keys, n, KEY_BYTES, by_key);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_key(keys[kept - 1], keys[i]) != 0)
            memmove(keys[kept++], keys[i], KEY_BYTES);
    return kept;
}

int main(int argc, char **argv)
{
    json_error_t error;
    if (argc != 4) {
        fprintf(stderr, "usage: passwords OUT.c LIST.json MIN\n");
        return 2;
    }
    json_t *list = json_load_file(argv[2], 0, &error);
    if (!list) {
        fprintf(stderr, "%s:%d: %s\n", argv[2], error.line, error.text);
        return 1;
    }
    unsigned char(*keys)[KEY_BYTES] = calloc(json_array_size(list) + 1, KEY_BYTES);
    size_t n = keys ? make_keys(list, (size_t)atoi(argv[3]), keys) : 0;
    json_decref(list);
    FILE *out = n >= LIST_MIN ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "passwords: %zu are too few, or %s cannot be written\n", n, argv[1]);
        free(keys);
        return 1;
    }
    fprintf(out, "#include <stddef.h>\nextern const unsigned char common_passwords[];\n"
                 "extern const size_t common_passwords_count;\n"
                 "const unsigned char common_passwords[] =\n\"");
    Literal literal = {.out = out};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < KEY_BYTES; k++) literal_put(&literal, keys[i][k]);
    fprintf(out, "\";\nconst size_t common_passwords_count = %zu;\n", n);
    free(keys);
    return fclose(out) == 0 ? 0 : 1;
}
