/*
 * In which order the brokers of a fabric are tried. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_ORDER_H
#define TQ_PUBLISHER_DXL_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* How far a measurement got, best first. */
enum dxl_reached {
        DXL_REACHED_TLS,     /* a whole handshake */
        DXL_REACHED_REFUSED, /* it answered, and TLS or a proxy said no */
        DXL_REACHED_TCP,     /* it took the connection and then was silent for too long */
        DXL_REACHED_NOTHING,
};

struct dxl_rank {
        enum dxl_reached reached;
        int64_t took_ms; /* until then */
};

/* Fills order with 0 … count - 1, the best first; equals stay as they are in the list. */
void dxl_order(const struct dxl_rank *ranks, size_t count, size_t *order);

#endif
