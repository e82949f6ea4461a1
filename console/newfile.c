#include "console/newfile.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For root a file belongs to whom its folder does. */
static int give(int fd, const char *folder)
{
        struct stat st;

        if (geteuid() != 0)
                return 0;
        return stat(folder, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0 ? -errno : 0;
}

static int fill(int fd, const char *content, mode_t mode)
{
        size_t left = strlen(content);

        while (left > 0) {
                ssize_t n = write(fd, content, left);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0) {
                        content += n;
                        left -= (size_t)n;
                }
        }
        return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int publish(const char *hidden, const char *path, bool replace)
{
        if (replace)
                return rename(hidden, path) < 0 ? -errno : 0;
        return link(hidden, path) < 0 ? -errno : 0;
}

static int sync_folder(const char *folder)
{
        _cleanup_(closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_beside(const char *folder, const char *path, const char *content, mode_t mode,
                        bool replace)
{
        _cleanup_(freep) char *hidden = NULL;
        _cleanup_(closep) int fd = -1;
        int r;

        if (asprintf(&hidden, "%s/.tq-trellix-tie.XXXXXX", folder) < 0) {
                hidden = NULL;
                return -ENOMEM;
        }
        fd = mkostemp(hidden, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = give(fd, folder);
        if (r == 0)
                r = fill(fd, content, mode);
        if (r == 0)
                r = publish(hidden, path, replace);
        if (r < 0 || !replace)
                unlink(hidden);
        return r == 0 ? sync_folder(folder) : r;
}

int newfile_write(const char *path, const char *content, mode_t mode, bool replace)
{
        const char *slash = strrchr(path, '/');
        _cleanup_(freep) char *folder =
            slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
        sigset_t all, before;
        int r;

        if (!folder)
                return -ENOMEM;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, &before);
        r = write_beside(folder, path, content, mode, replace);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return r;
}
