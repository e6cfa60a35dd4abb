/* embed OUT.c NAME=FILE…: writes a C source with each file as `const char NAME[]` (NUL-terminated)
 * and `const size_t NAME_size` (without the NUL). Migrations and pages become part of the program
 * this way. */
#include "literal.h"

#include <string.h>

static int embed(FILE *out, const char *name, size_t name_length, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        perror(path);
        return 1;
    }
    fprintf(out, "const char %.*s[] =\n\"", (int)name_length, name);
    Literal literal = {.out = out};
    size_t size = 0;
    for (int c; (c = getc(in)) != EOF; size++) literal_put(&literal, c);
    fprintf(out, "\";\nconst size_t %.*s_size = %zu;\n", (int)name_length, name, size);
    int failed = ferror(in);
    fclose(in);
    return failed;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "usage: embed OUT.c NAME=FILE...\n");
        return 2;
    }
    fputs("#include <stddef.h>\n", out);
    for (int i = 2; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        if (!equals || embed(out, argv[i], (size_t)(equals - argv[i]), equals + 1) != 0) return 1;
    }
    return fclose(out) == 0 ? 0 : 1;
}
