/*
 * A look at one broker: does it answer, how fast, is TLS agreed on, until when are the certificates
 * valid; and when not, why. One connection, closed again; no MQTT.
 */
#ifndef TQ_PUBLISHER_DXL_PROBE_H
#define TQ_PUBLISHER_DXL_PROBE_H

#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/expiry.h"
#include "publisher/dxl/order.h"
#include "publisher/dxl/patience.h"
#include "publisher/dxl/reach.h"
#include "publisher/dxl/tls.h"

struct dxl_probe {
        int rc; /* 0: TLS is agreed on; else -errno, and error says why not */
        struct dxl_rank rank;
        struct dxl_expiries expiries; /* of broker and CA, when TLS is agreed on; of the client */
        char address[DXL_REACH_ADDRESS_MAX]; /* that the host answers at; "": as its name says */
        char error[DXL_TLS_ERROR_MAX];
};

/* Looks at host (name or address of a broker), through the proxy of config if it has one. Fills
 * *ret; ret->expiries.client_s is taken as given. */
void dxl_probe(SSL_CTX *ctx, const struct dxl_config *config, const char *host, uint16_t port,
               const struct dxl_patience *patience, struct dxl_probe *ret);
/* The same, and then waits for what the broker says: with TLS 1.3 it refuses a client's certificate
 * only after the handshake. rc is then never 0: when it says nothing, that it cut the connection.
 * For after a connection that failed without a reason. */
void dxl_probe_refusal(SSL_CTX *ctx, const struct dxl_config *config, const char *host,
                       uint16_t port, const struct dxl_patience *patience, struct dxl_probe *ret);

#endif
