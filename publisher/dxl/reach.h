/*
 * A TCP connection within a bound, and why there is none: paho does not tell.
 */
#ifndef TQ_PUBLISHER_DXL_REACH_H
#define TQ_PUBLISHER_DXL_REACH_H

#include "publisher/dxl/patience.h"

#include <stddef.h>
#include <stdint.h>

/* Connects a non-blocking socket into *ret_fd, which the caller closes. 0 or -errno with the reason
 * in why: "Connection refused", "Name or service not known" …. */
int dxl_reach(const char *host, uint16_t port, const struct dxl_patience *patience, int *ret_fd,
              char *why, size_t why_size);

#endif
