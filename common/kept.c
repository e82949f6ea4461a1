#include "common/kept.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 256 };

static bool is_of(const char *file, const char *name)
{
        size_t len = strlen(name);

        return strncmp(file, name, len) == 0 && file[len] == '@';
}

/* Their names sort by time. */
static unsigned find_oldest(int folder, const char *name, char oldest[NAME_MAX_LEN])
{
        int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);
        struct dirent *entry;
        unsigned count = 0;

        oldest[0] = '\0';
        if (!dir) {
                closep(&copy);
                return 0;
        }
        while ((entry = readdir(dir)) != NULL) {
                if (!is_of(entry->d_name, name))
                        continue;
                count++;
                if (!oldest[0] || strcmp(entry->d_name, oldest) < 0)
                        snprintf(oldest, NAME_MAX_LEN, "%s", entry->d_name);
        }
        closedir(dir);
        return count;
}

static void make_room(int folder, const char *name)
{
        char oldest[NAME_MAX_LEN];

        while (find_oldest(folder, name, oldest) >= KEPT_MAX) {
                if (unlinkat(folder, oldest, 0) < 0)
                        return;
        }
}

void kept_put(const char *state_dir, const char *name, const char *suffix, const void *data,
              size_t len)
{
        _cleanup_(closep) int folder = -1;
        _cleanup_(closep) int fd = -1;
        _cleanup_(freep) char *path = NULL;
        char file[NAME_MAX_LEN], when[32];
        time_t now = (time_t)clock_wall_s();
        struct tm tm;

        if (asprintf(&path, "%s/kept", state_dir) < 0)
                path = NULL;
        if (!path || !gmtime_r(&now, &tm))
                return;
        mkdir(path, 0700);
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (folder < 0)
                return;
        strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
        snprintf(file, sizeof(file), "%s@%s%s", name, when, suffix);
        if (faccessat(folder, file, F_OK, 0) == 0) /* one a second */
                return;
        make_room(folder, name);
        fd = openat(folder, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 && write(fd, data, len < KEPT_BYTES ? len : KEPT_BYTES) < 0)
                unlinkat(folder, file, 0);
}
