#include "publisher/dxl/reach.h"

#include "common/cleanup.h"
#include "publisher/dxl/lookup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static int connect_within(const struct dxl_address *to, const struct dxl_patience *patience,
                          int *ret_fd)
{
        union {
                const struct sockaddr_storage *storage;
                const struct sockaddr *any;
        } addr = {&to->addr};
        _cleanup_(closep) int fd =
            socket(to->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, addr.any, to->len) < 0) {
                if (errno != EINPROGRESS)
                        return -errno;
                int rc = dxl_patience_wait(patience, fd, POLLOUT);
                if (rc < 0)
                        return rc;
                int error = 0;
                socklen_t len = sizeof(error);
                if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
                        return -errno;
                if (error != 0)
                        return -error;
        }
        *ret_fd = fd;
        fd = -1;
        return 0;
}

int dxl_reach(const char *host, uint16_t port, const struct dxl_patience *patience, int *ret_fd,
              char *why, size_t why_size)
{
        struct dxl_address address;
        int rc = dxl_lookup(host, port, patience, &address, why, why_size);
        if (rc < 0)
                return rc;
        rc = connect_within(&address, patience, ret_fd);
        if (rc < 0)
                snprintf(why, why_size, "%s", strerror(-rc));
        return rc;
}
