/*
 * Whether a TCP port answers, and why not: paho does not tell.
 */
#ifndef TQ_PUBLISHER_DXL_REACH_H
#define TQ_PUBLISHER_DXL_REACH_H

#include <stddef.h>
#include <stdint.h>

/* Connects and closes again, waiting at most timeout_ms for each of the name's addresses. 0, or
 * -errno with the reason in why: "Connection refused", "Name or service not known" …. */
int dxl_reach(const char *host, uint16_t port, int timeout_ms, char *why, size_t why_size);

#endif
