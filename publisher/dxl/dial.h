/*
 * One round of connecting to a fabric: the response times of all its brokers are measured, and they
 * are tried in their order until one takes the connection.
 */
#ifndef TQ_PUBLISHER_DXL_DIAL_H
#define TQ_PUBLISHER_DXL_DIAL_H

#include "common/log.h"
#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/expiry.h"
#include "publisher/dxl/mqtt.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
        DXL_DIAL_MEASURE_MS = 1000, /* for a broker's answer in the first look at all of them */
        /* For those that took longer, when no other took the connection: the whole TLS handshake.
         */
        DXL_DIAL_PATIENT_MS = 10000,
        DXL_DIAL_ERROR_MAX = 512,
};

struct dxl_dial {
        const struct dxl_config *config;
        const char *client_id;
        const char *reply_topic;       /* subscribed to before the connection counts as one */
        struct log *log;               /* may be NULL */
        bool (*go_on)(void *userdata); /* called often; false: give up at once */
        void *userdata;
        /* The port that a connection is being made to, 0 for none: dxl_sockets_cut on it, from
         * another thread, makes that fail at once. */
        atomic_uint port;
};

struct dxl_line {
        struct dxl_mqtt *mqtt;
        const struct dxl_broker *broker; /* of config */
        struct dxl_expiries expiries;
};

/* 0 with a connection in *ret, which is the caller's; or -errno with the reason in error: that of
 * the broker that came nearest to a connection. ret->expiries are then those of the files alone: of
 * the CAs the first in the bundle to end. */
int dxl_dial_round(struct dxl_dial *dial, struct dxl_line *ret, char error[DXL_DIAL_ERROR_MAX]);

#endif
