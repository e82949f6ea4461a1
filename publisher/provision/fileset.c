#include "publisher/provision/fileset.h"

#include "common/cleanup.h"
#include "publisher/provision/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STAGE ".provisioning"

enum { NAME_SIZE = 300 };

struct set {
        const char *folder;
        int fd;
        struct stat st; /* of the folder */
        const struct fileset_file *files;
        size_t count;
        struct failure *why;
};

static int failed(const struct set *set, const char *what, const char *name)
{
        int error = errno;

        return failure_set(set->why, -error, "cannot %s %s/%s: %s: nothing was changed", what,
                           set->folder, name, strerror(error));
}

static void path_of(char out[NAME_SIZE], const char *folder, const char *name)
{
        snprintf(out, NAME_SIZE, STAGE "/%s/%s", folder, name);
}

static int write_all(int fd, const char *content)
{
        size_t left = strlen(content);

        while (left > 0) {
                ssize_t n = write(fd, content, left);

                if (n < 0 && errno != EINTR)
                        return -1;
                if (n > 0) {
                        content += n;
                        left -= (size_t)n;
                }
        }
        return 0;
}

static int write_new(const struct set *set, const struct fileset_file *file)
{
        _cleanup_(closep) int fd = -1;
        char path[NAME_SIZE];

        path_of(path, "new", file->name);
        fd = openat(set->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || (geteuid() == 0 && fchown(fd, set->st.st_uid, set->st.st_gid) < 0) ||
            fchmod(fd, file->mode) < 0 || write_all(fd, file->content) < 0 || fsync(fd) < 0)
                return failed(set, "write", path);
        return 0;
}

static int link_old(const struct set *set, const struct fileset_file *file)
{
        char path[NAME_SIZE];

        path_of(path, "old", file->name);
        if (linkat(set->fd, file->name, set->fd, path, 0) < 0 && errno != ENOENT)
                return failed(set, "keep the old file aside:", file->name);
        return 0;
}

static int sync_folder(const struct set *set, const char *name)
{
        _cleanup_(closep) int fd = openat(set->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? failed(set, "write", name) : 0;
}

/* Old and new, whole and durable, beside each other; nothing points to them yet. */
static int stage(const struct set *set)
{
        static const char *const folders[] = {STAGE, STAGE "/old", STAGE "/new"};
        int r = 0;

        for (size_t i = 0; i < 3; i++) {
                if (mkdirat(set->fd, folders[i], 0700) < 0)
                        return failed(set, "make", folders[i]);
        }
        /* For root the owner of the folder must reach through the links, too. */
        for (size_t i = 0; geteuid() == 0 && i < 3; i++) {
                if (fchownat(set->fd, folders[i], set->st.st_uid, set->st.st_gid, 0) < 0)
                        return failed(set, "make", folders[i]);
        }
        for (size_t i = 0; r == 0 && i < set->count; i++) {
                r = write_new(set, &set->files[i]);
                if (r == 0)
                        r = link_old(set, &set->files[i]);
        }
        if (r == 0 && symlinkat("old", set->fd, STAGE "/now") < 0)
                r = failed(set, "make", STAGE "/now");
        for (size_t i = 3; r == 0 && i-- > 0;)
                r = sync_folder(set, folders[i]);
        return r == 0 ? sync_folder(set, ".") : r;
}

/* Replaces what is called `name` by a symbolic link, at one moment. */
static int point(const struct set *set, const char *target, const char *name)
{
        if (symlinkat(target, set->fd, STAGE "/link") < 0 ||
            renameat(set->fd, STAGE "/link", set->fd, name) < 0)
                return failed(set, "replace", name);
        return 0;
}

static int swap(const struct set *set)
{
        char target[NAME_SIZE];
        int r = 0;

        for (size_t i = 0; r == 0 && i < set->count; i++) {
                path_of(target, "now", set->files[i].name);
                r = point(set, target, set->files[i].name);
        }
        if (r == 0)
                r = sync_folder(set, ".");
        if (r == 0)
                r = point(set, "new", STAGE "/now");
        return r;
}

static int open_set(struct set *set)
{
        set->fd = open(set->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (set->fd < 0 || fstat(set->fd, &set->st) < 0)
                return failure_set(set->why, -errno, "cannot open the folder %s: %s", set->folder,
                                   strerror(errno));
        return folder_lock(set->fd, set->folder, set->why);
}

static int replace(struct set *set)
{
        int r = open_set(set), settled;

        if (r < 0)
                return r;
        settled = folder_settle(set->fd, STAGE);
        if (settled < 0)
                return failure_set(set->why, settled,
                                   "cannot put in order what an earlier run left in %s/" STAGE
                                   ": %s",
                                   set->folder, strerror(-settled));
        r = stage(set);
        if (r == 0)
                r = swap(set);
        settled = folder_settle(set->fd, STAGE);
        if (r == 0 && settled < 0)
                return failure_set(set->why, settled,
                                   "the new files are in use, but %s/" STAGE " cannot be put away: "
                                   "%s: mend that and run it again",
                                   set->folder, strerror(-settled));
        return r;
}

int fileset_replace(const char *folder, const struct fileset_file *files, size_t count,
                    struct failure *why)
{
        struct set set = {.folder = folder, .fd = -1, .files = files, .count = count, .why = why};
        bool made = false;
        int r = folder_make(folder, &made, why);

        if (r < 0)
                return r;
        r = replace(&set);
        if (set.fd >= 0)
                close(set.fd);
        if (r < 0 && made)
                rmdir(folder);
        return r;
}

int fileset_check(const char *folder, const struct fileset_file *files, size_t count,
                  struct failure *why)
{
        int r = folder_check(folder, why);

        for (size_t i = 0; r == 0 && i < count; i++) {
                _cleanup_(freep) char *path = NULL;
                struct stat st;

                if (asprintf(&path, "%s/%s", folder, files[i].name) < 0) {
                        path = NULL;
                        return failure_memory(why);
                }
                /* A link of an earlier run that was killed is one of ours. */
                if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
                    !folder_is_ours(folder, files[i].name, STAGE))
                        r = failure_set(why, -EEXIST,
                                        "%s is no plain file: move it away, or name the folder "
                                        "where the files themselves are",
                                        path);
        }
        return r;
}
