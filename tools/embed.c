/* embed OUT.c NAME=FILE… [--list NAME FILE…]: writes a C source with each file as `const char
 * NAME[]` (NUL-terminated) and `const size_t NAME_size` (without the NUL). Migrations and pages
 * become part of the program this way.
 *
 * Of a list, `const char *const NAME_names[]` are the files' names without folder and ending,
 * `NAME_texts[]` and `NAME_sizes[]` what is in them, and `const size_t NAME_count` how many there
 * are. */
#include "literal.h"

#include <string.h>

/* One file as `storage`const char NAME[]. */
static int embed(FILE *out, const char *name, size_t name_length, const char *path,
                 const char *storage)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        perror(path);
        return 1;
    }
    fprintf(out, "%sconst char %.*s[] =\n\"", storage, (int)name_length, name);
    Literal literal = {.out = out};
    for (int c; (c = getc(in)) != EOF;) literal_put(&literal, c);
    fputs("\";\n", out);
    int failed = ferror(in);
    fclose(in);
    return failed;
}

/* "docs/guide/install.md" -> "install" */
static void put_stem(FILE *out, const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    fprintf(out, "    \"%.*s\",\n", (int)strcspn(name, "."), name);
}

static int embed_list(FILE *out, const char *name, char **paths, int count)
{
    char each[200];
    for (int i = 0; i < count; i++) {
        int n = snprintf(each, sizeof each, "%s_%d", name, i);
        if (n < 0 || (size_t)n >= sizeof each) return 1;
        if (embed(out, each, (size_t)n, paths[i], "static ") != 0) return 1;
    }
    fprintf(out, "const char *const %s_names[] = {\n", name);
    for (int i = 0; i < count; i++) put_stem(out, paths[i]);
    fprintf(out, "};\nconst char *const %s_texts[] = {\n", name);
    for (int i = 0; i < count; i++) fprintf(out, "    %s_%d,\n", name, i);
    fprintf(out, "};\nconst size_t %s_sizes[] = {\n", name);
    for (int i = 0; i < count; i++) fprintf(out, "    sizeof %s_%d - 1,\n", name, i);
    fprintf(out, "};\nconst size_t %s_count = %d;\n", name, count);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "usage: embed OUT.c NAME=FILE... [--list NAME FILE...]\n");
        return 2;
    }
    fputs("#include <stddef.h>\n", out);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            if (i + 2 >= argc || embed_list(out, argv[i + 1], argv + i + 2, argc - i - 2) != 0)
                return 1;
            break;
        }
        const char *equals = strchr(argv[i], '=');
        int n = equals ? (int)(equals - argv[i]) : 0;
        if (!equals || embed(out, argv[i], (size_t)n, equals + 1, "") != 0) return 1;
        fprintf(out, "const size_t %.*s_size = sizeof %.*s - 1;\n", n, argv[i], n, argv[i]);
    }
    return fclose(out) == 0 ? 0 : 1;
}
