/*
 * The addresses of a host name, within a bound: getaddrinfo knows none. A name server that is
 * silent holds a thread of its own, which ends when the resolver gives up.
 */
#ifndef TQ_PUBLISHER_DXL_LOOKUP_H
#define TQ_PUBLISHER_DXL_LOOKUP_H

#include "publisher/dxl/patience.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { DXL_LOOKUP_MAX = 4 /* addresses; more are left out */ };

struct dxl_address {
        struct sockaddr_storage addr;
        socklen_t len;
};

struct dxl_addresses {
        struct dxl_address all[DXL_LOOKUP_MAX];
        size_t count; /* at least 1 */
};

/* The first one is the one that paho takes of several, and the only one that it tries: the first of
 * IPv4, else the last. 0, -ETIMEDOUT, -ECANCELED, -EHOSTUNREACH (no such name …) or another -errno,
 * with the reason in why. */
int dxl_lookup(const char *host, uint16_t port, const struct dxl_patience *patience,
               struct dxl_addresses *ret, char *why, size_t why_size);

#endif
