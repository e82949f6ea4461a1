/*
 * Runs a fuzz target over files, without a fuzzer: every file of the folders named, and a small one
 * also cut at every length.
 */
#include "tests/fuzz/replay.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CUT_MAX = 1024 };

/* A copy of exactly this length, so that a sanitizer sees the first byte read beyond it. */
static void run_one(const uint8_t *data, size_t len)
{
        uint8_t *copy = malloc(len > 0 ? len : 1);

        if (!copy)
                abort();
        memcpy(copy, data, len);
        LLVMFuzzerTestOneInput(copy, len);
        free(copy);
}

static bool run_file(const char *path)
{
        _cleanup_(fclosep) FILE *file = fopen(path, "re");
        _cleanup_(freep) uint8_t *data = NULL;
        struct stat st;
        size_t len;

        if (!file || fstat(fileno(file), &st) < 0 || !S_ISREG(st.st_mode))
                return false;
        len = (size_t)st.st_size;
        data = malloc(len + 1);
        if (!data || fread(data, 1, len, file) != len)
                return false;
        run_one(data, len);
        for (size_t cut = 0; len <= CUT_MAX && cut < len; cut++)
                run_one(data, cut);
        return true;
}

static int is_seed(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static int run_folder(const char *folder)
{
        struct dirent **entries = NULL;
        int n = scandir(folder, &entries, is_seed, alphasort), failed = n <= 0;

        for (int i = 0; i < n; i++) {
                char path[4096];

                snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
                if (!run_file(path)) {
                        printf("cannot read %s\n", path);
                        failed++;
                }
                free(entries[i]);
        }
        free(entries);
        printf("%s: %d passed, %d failed\n", folder, n > 0 ? n - failed : 0, failed);
        return failed;
}

int main(int argc, char **argv)
{
        int failed = argc < 2;

        for (int i = 1; i < argc; i++)
                failed += run_folder(argv[i]);
        return failed ? 1 : 0;
}
