/*
 * Switches Nagle's algorithm off for the process's connections to a broker. Requests leave in
 * bursts; with Nagle their tail waits for the acknowledgement of the head, up to 40 ms. paho 1.3
 * neither does it nor gives its socket out, so the sockets are found by the port they are connected
 * to.
 */
#ifndef TQ_PUBLISHER_DXL_NODELAY_H
#define TQ_PUBLISHER_DXL_NODELAY_H

#include <stdint.h>

/* Returns how many sockets it found; a socket that cannot be changed stays as it is. */
unsigned dxl_nodelay(uint16_t peer_port);

#endif
