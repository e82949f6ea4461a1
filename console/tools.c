#include "console/tools.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const names[TOOL_COUNT] = {
    [TOOL_FETCHER] = "fetcher",
    [TOOL_MAPPER] = "mapper",
    [TOOL_PUBLISHER] = "publisher",
    [TOOL_ENRICHER] = "enricher",
};

const char *tool_name(enum tool tool)
{
        return names[tool];
}

static int own_path(char out[PATH_MAX])
{
        ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

        if (n < 0)
                return -errno;
        out[n] = '\0';
        return 0;
}

static int own_folder(const char *path, char out[PATH_MAX])
{
        char *slash;

        snprintf(out, PATH_MAX, "%s", path);
        slash = strrchr(out, '/');
        if (!slash)
                return -ENOENT;
        *slash = '\0';
        return 0;
}

static int find_one(const char *folder, const char *name, char out[PATH_MAX])
{
        int n = snprintf(out, PATH_MAX, "%s/tie-%s", folder, name);

        if (n > 0 && n < PATH_MAX && access(out, X_OK) == 0)
                return 0;
        n = snprintf(out, PATH_MAX, "%s/../%s/tie-%s", folder, name, name);
        return n > 0 && n < PATH_MAX && access(out, X_OK) == 0 ? 0 : -ENOENT;
}

int tools_find(const char *folder, struct tools *ret, enum tool *missing)
{
        char own[PATH_MAX];
        int r = own_path(ret->console);

        if (r < 0)
                return r;
        if (!folder) {
                r = own_folder(ret->console, own);
                if (r < 0)
                        return r;
                folder = own;
        }
        for (unsigned i = 0; i < TOOL_COUNT; i++) {
                r = find_one(folder, names[i], ret->path[i]);
                if (r < 0) {
                        *missing = (enum tool)i;
                        return r;
                }
        }
        return 0;
}

static void add(char *argv[TOOLS_ARGS_MAX], size_t *n, const char *word)
{
        /* execv takes char *const[] for history's sake and changes nothing. */
        union {
                const char *in;
                char *out;
        } u = {.in = word};

        argv[(*n)++] = u.out;
}

void tools_command(const struct tools *tools, const struct tool_call *call,
                   char *argv[TOOLS_ARGS_MAX])
{
        static const char *const verbosity[] = {"-v1", "-v2", "-v3"};
        size_t n = 0;

        add(argv, &n, tools->path[call->tool]);
        add(argv, &n, "-c");
        add(argv, &n, call->config);
        if (call->tool == TOOL_PUBLISHER) {
                add(argv, &n, "--fabric");
                add(argv, &n, call->fabric);
        }
        if (call->stdio) {
                add(argv, &n, "--stdio");
        } else if (call->report) {
                add(argv, &n, "--report");
        } else if (call->check) {
                add(argv, &n, "--check");
        } else if (call->quota_reset) {
                add(argv, &n, "--quota-reset");
        } else if (!call->errand) {
                if (call->tool == TOOL_FETCHER && !call->service)
                        add(argv, &n, "--on-request");
                if (call->tool == TOOL_PUBLISHER && !call->again && !call->service)
                        add(argv, &n, "--await-sweep");
                if (call->tool == TOOL_PUBLISHER && call->cache) {
                        add(argv, &n, "--cache");
                        add(argv, &n, call->cache);
                }
                if (call->log_dir) {
                        add(argv, &n, "-ll");
                        add(argv, &n, call->log_dir);
                }
                add(argv, &n, verbosity[call->verbosity - 1]);
        }
        for (size_t i = 0; i < TOOLS_MORE_MAX && call->more[i]; i++)
                add(argv, &n, call->more[i]);
        argv[n] = NULL;
}

void tools_serve_command(const struct tools *tools, const char *config, const char *listen,
                         const char *token_file, char *argv[TOOLS_ARGS_MAX])
{
        size_t n = 0;

        add(argv, &n, tools->console);
        add(argv, &n, "serve");
        add(argv, &n, "-c");
        add(argv, &n, config);
        if (listen) {
                add(argv, &n, "--listen");
                add(argv, &n, listen);
        }
        if (token_file) {
                add(argv, &n, "--token-file");
                add(argv, &n, token_file);
        }
        argv[n] = NULL;
}
