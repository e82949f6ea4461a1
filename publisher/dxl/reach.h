/*
 * A TCP connection within a bound, and why there is none: paho does not tell.
 */
#ifndef TQ_PUBLISHER_DXL_REACH_H
#define TQ_PUBLISHER_DXL_REACH_H

#include "publisher/dxl/patience.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DXL_REACH_ADDRESS_MAX = INET6_ADDRSTRLEN };

struct dxl_way {
        int fd; /* not blocking; the caller closes it */
        /* The address that answered in the place of the one that paho takes of this name; "": that
         * one did. */
        char address[DXL_REACH_ADDRESS_MAX];
};

/* Connects to the address of host that paho takes; when that does not answer and `all` is set, to
 * the others of the name, too, in what is left of the time. 0; -ETIMEDOUT when one of them was too
 * slow; or another -errno, of the first; with the reason in why: "Connection refused", "Name or
 * service not known" …. */
int dxl_reach(const char *host, uint16_t port, bool all, const struct dxl_patience *patience,
              struct dxl_way *ret, char *why, size_t why_size);

#endif
