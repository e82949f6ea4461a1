#include "common/store_room.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_BYTES = 8192 }; /* what LMDB makes it for its 126 readers */

static void path_of(const char *path, const char *name, char out[PATH_MAX])
{
        if (snprintf(out, PATH_MAX, "%s/%s", path, name) >= PATH_MAX)
                out[0] = '\0'; /* then it cannot be opened, and LMDB says so */
}

int store_room_reserve(const char *path)
{
        _cleanup_(closep) int fd = -1;
        char file[PATH_MAX];

        path_of(path, "lock.mdb", file);
        fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        /* a file system that cannot reserve is not the worse for having been asked */
        if (fallocate(fd, 0, 0, LOCK_BYTES) < 0 && (errno == ENOSPC || errno == EDQUOT))
                return -ENOSPC;
        return 0;
}

bool store_room_is_new(const char *path)
{
        char file[PATH_MAX];
        struct stat st;

        path_of(path, "data.mdb", file);
        return stat(file, &st) < 0 ? errno == ENOENT : st.st_size == 0;
}

void store_room_undo(const char *path)
{
        char file[PATH_MAX];

        path_of(path, "data.mdb", file);
        if (truncate(file, 0) < 0)
                unlink(file);
}
