#include "console/running.h"

#include "common/cleanup.h"
#include "common/proc_options.h"
#include "console/tools.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { FOUND_MAX = 16, COMMAND_LINE_MAX = 4096 };

static void closedirp(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

static ssize_t read_file(int proc, const char *pid, const char *name, char *out, size_t size)
{
        char path[300];
        _cleanup_(closep) int fd = -1;
        ssize_t n;

        snprintf(path, sizeof(path), "%s/%s", pid, name);
        fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -1;
        n = read(fd, out, size - 1);
        if (n >= 0)
                out[n] = '\0';
        return n;
}

/* The argument of -c in a command line of NUL-terminated words; without one the stages' default. */
static const char *config_argument(const char *words, size_t len)
{
        for (const char *p = words; p < words + len; p += strlen(p) + 1) {
                const char *next = p + strlen(p) + 1;

                if (strncmp(p, "--config=", 9) == 0)
                        return p + 9;
                if ((strcmp(p, "-c") == 0 || strcmp(p, "--config") == 0) && next < words + len)
                        return next;
                if (strncmp(p, "-c", 2) == 0 && p[2])
                        return p + 2;
        }
        return PROC_CONFIG_DEFAULT;
}

/* Whether the process was given this configuration: the file or its folder, seen from where it
 * runs. */
static bool serves(int proc, const char *pid, const char *config)
{
        char words[COMMAND_LINE_MAX], path[PATH_MAX + 300], theirs[PATH_MAX], ours[PATH_MAX];
        const char *argument;
        ssize_t n = read_file(proc, pid, "cmdline", words, sizeof(words));
        size_t len;

        if (n <= 0 || !realpath(config, ours))
                return false;
        argument = config_argument(words, (size_t)n);
        if (argument[0] == '/')
                snprintf(path, sizeof(path), "%s", argument);
        else
                snprintf(path, sizeof(path), "/proc/%s/cwd/%s", pid, argument);
        if (!realpath(path, theirs))
                return false;
        len = strlen(theirs);
        return strncmp(ours, theirs, len) == 0 &&
               (ours[len] == '\0' || (ours[len] == '/' && !strchr(ours + len + 1, '/')));
}

static size_t find(enum tool tool, const char *config, int64_t pids[FOUND_MAX])
{
        _cleanup_(closedirp) DIR *dir = opendir("/proc");
        char wanted[32], name[64];
        struct dirent *entry;
        size_t n = 0;

        snprintf(wanted, sizeof(wanted), "tie-%s\n", tool_name(tool));
        while (dir && n < FOUND_MAX && (entry = readdir(dir)) != NULL) {
                if (!isdigit((unsigned char)entry->d_name[0]))
                        continue;
                if (read_file(dirfd(dir), entry->d_name, "comm", name, sizeof(name)) <= 0 ||
                    strcmp(name, wanted) != 0)
                        continue;
                if (serves(dirfd(dir), entry->d_name, config))
                        pids[n++] = strtoll(entry->d_name, NULL, 10);
        }
        return n;
}

static void add(struct summary_stage *ret, size_t *n, enum tool tool, const char *fabric,
                int64_t pid)
{
        ret[(*n)++] = (struct summary_stage){
            .stage = tool_name(tool), .fabric = fabric, .pid = pid, .running = pid != 0};
}

static void add_found(struct summary_stage *ret, size_t *n, enum tool tool, const char *config)
{
        int64_t pids[FOUND_MAX];
        size_t found = find(tool, config, pids);

        if (found == 0)
                add(ret, n, tool, NULL, 0);
        for (size_t i = 0; i < found; i++)
                add(ret, n, tool, NULL, pids[i]);
}

size_t running_describe(const struct report_fetcher *fetcher, const struct summary_fabric *fabrics,
                        size_t fabric_count, const char *config,
                        struct summary_stage ret[RUNNING_MAX])
{
        size_t n = 0;

        add(ret, &n, TOOL_FETCHER, NULL, fetcher ? fetcher->pid : 0);
        add_found(ret, &n, TOOL_MAPPER, config);
        for (size_t i = 0; i < fabric_count; i++)
                add(ret, &n, TOOL_PUBLISHER, fabrics[i].name,
                    fabrics[i].report ? fabrics[i].report->pid : 0);
        add_found(ret, &n, TOOL_ENRICHER, config);
        return n;
}
