#include "publisher/dxl/reach.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "publisher/dxl/lookup.h"

#include <errno.h>
#include <netdb.h>
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

/* Each of the addresses that are still to be tried has the same part of the time that is left. */
static int try_one(const struct dxl_addresses *addresses, size_t i,
                   const struct dxl_patience *patience, int *ret_fd)
{
        int64_t now = clock_boot_ms(), left = patience->until_ms - now;
        struct dxl_patience part = *patience;

        part.until_ms = now + left / (int64_t)(addresses->count - i);
        return connect_within(&addresses->all[i], &part, ret_fd);
}

static void print_address(const struct dxl_address *address, char out[DXL_REACH_ADDRESS_MAX])
{
        union {
                const struct sockaddr_storage *storage;
                const struct sockaddr *any;
        } addr = {&address->addr};

        if (getnameinfo(addr.any, address->len, out, DXL_REACH_ADDRESS_MAX, NULL, 0,
                        NI_NUMERICHOST) != 0)
                out[0] = '\0';
}

/* -ETIMEDOUT before all else, for that one may answer when there is more time. */
static int try_all(const struct dxl_addresses *addresses, const struct dxl_patience *patience,
                   struct dxl_way *way)
{
        int why = try_one(addresses, 0, patience, &way->fd), rc = why;

        for (size_t i = 1; rc < 0 && rc != -ECANCELED && i < addresses->count; i++) {
                rc = try_one(addresses, i, patience, &way->fd);
                if (rc == 0)
                        print_address(&addresses->all[i], way->address);
                if (rc == -ETIMEDOUT)
                        why = rc;
        }
        return rc == 0 || rc == -ECANCELED ? rc : why;
}

int dxl_reach(const char *host, uint16_t port, bool all, const struct dxl_patience *patience,
              struct dxl_way *ret, char *why, size_t why_size)
{
        struct dxl_addresses addresses;
        struct dxl_way way = {.fd = -1};
        int rc = dxl_lookup(host, port, patience, &addresses, why, why_size);

        if (rc < 0)
                return rc;
        if (!all)
                addresses.count = 1;
        rc = try_all(&addresses, patience, &way);
        if (rc < 0)
                snprintf(why, why_size, "%s", strerror(-rc));
        else
                *ret = way;
        return rc;
}
