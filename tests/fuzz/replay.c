/* Runs a fuzz target over files instead of random input: the main of the replay programs.
 *
 * usage: replay_NAME FOLDER…
 *
 * Each file of each folder is one input. A folder may be missing (no crash yet), but no input at
 * all is a failure, for then nothing was tested. Each input lies in memory of exactly its size, so
 * that sanitizers see one byte too many. The last name printed is the culprit when the target
 * crashes. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(1);
}

static void replay_file(const char *path, size_t size)
{
    uint8_t *data = malloc(size ? size : 1);
    FILE *file = fopen(path, "rb");
    if (!data || !file || fread(data, 1, size, file) != size) fail(path);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir && errno == ENOENT) return 0;
    if (!dir) fail(folder);
    int inputs = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char path[4096];
        struct stat st;
        int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (n < 0 || (size_t)n >= sizeof path || stat(path, &st) != 0) fail(folder);
        if (!S_ISREG(st.st_mode)) continue;
        replay_file(path, (size_t)st.st_size);
        inputs++;
    }
    closedir(dir);
    return inputs;
}

int main(int argc, char **argv)
{
    int inputs = 0;
    for (int i = 1; i < argc; i++) inputs += replay_folder(argv[i]);
    if (inputs == 0) fprintf(stderr, "%s: no inputs\n", argv[0]);
    return inputs > 0 ? 0 : 1;
}
