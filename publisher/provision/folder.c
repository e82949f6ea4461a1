#include "publisher/provision/folder.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Cuts the last component off; false when none is left. */
static bool cut(char *path)
{
        char *slash;
        size_t len = strlen(path);

        while (len > 1 && path[len - 1] == '/')
                path[--len] = '\0';
        slash = strrchr(path, '/');
        if (len == 0 || strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
                return false;
        if (!slash)
                path[0] = '.', path[1] = '\0';
        else if (slash == path)
                path[1] = '\0';
        else
                *slash = '\0';
        return true;
}

int folder_check(const char *folder, struct failure *why)
{
        _cleanup_(freep) char *path = strdup(folder);
        struct stat st;
        int r = 0;

        if (!path)
                return failure_memory(why);
        while (stat(path, &st) < 0) {
                if (errno != ENOENT || !cut(path))
                        return failure_set(why, -errno, "cannot use the folder %s: %s", path,
                                           strerror(errno));
        }
        if (!S_ISDIR(st.st_mode))
                r = failure_set(why, -ENOTDIR, "%s is no folder: move it away or name another",
                                path);
        else if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
                r = failure_set(why, -errno,
                                "cannot write in %s: %s: run as the user whose folder it is, or "
                                "choose another with --dxl-config-dir",
                                path, strerror(errno));
        return r;
}

static int make_above(char *path)
{
        _cleanup_(freep) char *above = strdup(path);

        if (!above)
                return -ENOMEM;
        if (!cut(above) || access(above, F_OK) == 0)
                return 0;
        int r = make_above(above);

        return r < 0 || mkdir(above, 0755) == 0 || errno == EEXIST ? r : -errno;
}

/* For root a folder belongs to the owner of the one above. */
static int give(const char *folder)
{
        _cleanup_(freep) char *above = strdup(folder);
        struct stat st;

        if (geteuid() != 0)
                return 0;
        if (!above)
                return -ENOMEM;
        return !cut(above) || stat(above, &st) < 0 || lchown(folder, st.st_uid, st.st_gid) < 0
                   ? -errno
                   : 0;
}

int folder_make(const char *folder, bool *made, struct failure *why)
{
        _cleanup_(freep) char *path = strdup(folder);
        int r = path ? make_above(path) : -ENOMEM;

        *made = r == 0 && mkdir(folder, 0700) == 0;
        if (r == 0 && !*made && errno != EEXIST)
                r = -errno;
        if (*made)
                r = give(folder);
        return r < 0 ? failure_set(why, r, "cannot make the folder %s: %s", folder, strerror(-r))
                     : 0;
}

int folder_lock(int fd, const char *folder, struct failure *why)
{
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
                return 0;
        if (errno == EWOULDBLOCK)
                return failure_set(why, -EBUSY,
                                   "another tq-trellix-tie-prov is writing to %s: wait for it",
                                   folder);
        return failure_set(why, -errno, "cannot lock the folder %s: %s", folder, strerror(errno));
}

static bool is_link_to(int fd, const char *name, const char *stage)
{
        char wanted[PATH_MAX], target[PATH_MAX];
        int len = snprintf(wanted, sizeof(wanted), "%s/now/%s", stage, name);

        return readlinkat(fd, name, target, sizeof(target)) == len &&
               memcmp(target, wanted, (size_t)len) == 0;
}

bool folder_is_ours(const char *folder, const char *name, const char *stage)
{
        _cleanup_(closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd >= 0 && is_link_to(fd, name, stage);
}

/* The file takes the place of the link that led to it, at one moment. */
static int settle_one(int fd, const char *name, const char *stage)
{
        char path[PATH_MAX];

        if (!is_link_to(fd, name, stage))
                return 0;
        snprintf(path, sizeof(path), "%s/now/%s", stage, name);
        if (renameat(fd, path, fd, name) == 0)
                return 0;
        return errno == ENOENT && unlinkat(fd, name, 0) == 0 ? 0 : -errno;
}

static int remove_file(int fd, const char *name, const char *stage)
{
        (void)stage;
        return unlinkat(fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* `one` with every name in the folder, . and .. aside. A folder that is missing has none. */
static int each(int fd, const char *folder, const char *stage,
                int (*one)(int fd, const char *name, const char *stage))
{
        int at = openat(fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        DIR *dir = at >= 0 ? fdopendir(at) : NULL;
        const struct dirent *entry;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while (r == 0 && (entry = readdir(dir)) != NULL) {
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        r = one(at, entry->d_name, stage);
        }
        closedir(dir);
        return r;
}

static int remove_folder(int fd, const char *folder)
{
        int r = each(fd, folder, NULL, remove_file);

        return r == 0 && unlinkat(fd, folder, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : r;
}

int folder_settle(int fd, const char *stage)
{
        static const char *const inner[] = {"old", "new"};
        char path[PATH_MAX];
        struct stat st;
        int r;

        if (fstatat(fd, stage, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        r = each(fd, ".", stage, settle_one);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        for (size_t i = 0; r == 0 && i < 2; i++) {
                snprintf(path, sizeof(path), "%s/%s", stage, inner[i]);
                r = remove_folder(fd, path);
        }
        if (r == 0)
                r = remove_folder(fd, stage);
        return r == 0 && fsync(fd) < 0 ? -errno : r;
}
