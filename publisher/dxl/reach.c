#include "publisher/dxl/reach.h"

#include "common/cleanup.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

DEFINE_CLEANUP(struct addrinfo *, freeaddrinfo);

static int reach_address(const struct addrinfo *a, int timeout_ms)
{
        _cleanup_(closep) int fd =
            socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
                return 0;
        if (errno != EINPROGRESS)
                return -errno;
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int n = poll(&p, 1, timeout_ms);
        if (n <= 0)
                return n < 0 ? -errno : -ETIMEDOUT;
        int error = 0;
        socklen_t len = sizeof(error);
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
                return -errno;
        return -error;
}

int dxl_reach(const char *host, uint16_t port, int timeout_ms, char *why, size_t why_size)
{
        char service[8];
        snprintf(service, sizeof(service), "%u", port);
        _cleanup_(freeaddrinfop) struct addrinfo *all = NULL;
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
        int rc = getaddrinfo(host, service, &hints, &all);
        if (rc != 0) {
                snprintf(why, why_size, "%s", gai_strerror(rc));
                return -EHOSTUNREACH;
        }
        rc = -EHOSTUNREACH;
        for (const struct addrinfo *a = all; a && rc < 0; a = a->ai_next)
                rc = reach_address(a, timeout_ms);
        if (rc < 0)
                snprintf(why, why_size, "%s", strerror(-rc));
        return rc;
}
