/*
 * The process's TCP connections to a broker (or to the proxy before it). paho 1.3 does not give its
 * socket out, so they are found by the port they are connected to.
 */
#ifndef TQ_PUBLISHER_DXL_SOCKETS_H
#define TQ_PUBLISHER_DXL_SOCKETS_H

#include <stdint.h>

/* Switches Nagle's algorithm off: requests leave in bursts, and with Nagle their tail waits for the
 * acknowledgement of the head, up to 40 ms. Returns how many sockets it found; one that cannot be
 * changed stays as it is. */
unsigned dxl_sockets_nodelay(uint16_t peer_port);
/* Ends them, from any thread: whoever waits for one is told at once. Returns how many it found. */
unsigned dxl_sockets_cut(uint16_t peer_port);

#endif
