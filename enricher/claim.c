#include "enricher/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct claim {
        int fd;
};

int claim_open(const char *path, struct claim **ret)
{
        _cleanup_(claim_closep) struct claim *claim = calloc(1, sizeof(*claim));

        if (!claim)
                return -ENOMEM;
        claim->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (claim->fd < 0)
                return -errno;
        *ret = claim;
        claim = NULL;
        return 0;
}

void claim_close(struct claim *claim)
{
        if (!claim)
                return;
        if (claim->fd >= 0)
                close(claim->fd);
        free(claim);
}

/* Locks of the open file, not of the process: threads exclude each other too. */
static int set_lock(struct claim *claim, short type, off_t start, off_t len)
{
        struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};

        return fcntl(claim->fd, F_OFD_SETLK, &lock) < 0 ? -errno : 0;
}

int claim_take(struct claim *claim, uint64_t indicator)
{
        off_t at = (off_t)(indicator % INT64_MAX);
        int r = set_lock(claim, F_WRLCK, at, 1);

        return r == -EAGAIN || r == -EACCES ? CLAIM_E_TAKEN : r;
}

void claim_drop(struct claim *claim)
{
        set_lock(claim, F_UNLCK, 0, 0);
}
