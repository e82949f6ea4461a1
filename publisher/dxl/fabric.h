/*
 * One connection to a DXL fabric, on a thread of its own: MQTT 3.1.1 over TLS with a client
 * certificate, QoS 0. It connects, comes back by itself after a loss, and carries requests to
 * services and their answers back. Requests and completions cross between the caller's thread and
 * the fabric's; nothing here calls back into the caller.
 *
 * Promise: every request handed over is completed exactly once, within request_timeout plus
 * DXL_SEND_MS, or the 10 s of a connection attempt under way. DXL_NOT_SENT means that not one byte
 * of it left; every other result counts as a request made.
 */
#ifndef TQ_PUBLISHER_DXL_FABRIC_H
#define TQ_PUBLISHER_DXL_FABRIC_H

#include "common/cleanup.h"
#include "common/log.h"
#include "publisher/dxl/expiry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dxl_fabric;

enum {
        DXL_E_FULL = 1, /* twice the window of requests are open: take completions first */

        DXL_SEND_MS = 5000,          /* a request that could not leave within this is not sent */
        DXL_PAYLOAD_MAX = 512 << 10, /* bytes of a request's payload */
        DXL_TOPIC_MAX = 255,         /* bytes of a topic */
        DXL_WINDOW_MAX = 4096,
};

enum dxl_result {
        DXL_ANSWERED,     /* a response */
        DXL_ERROR,        /* an error response: error_code, error_text */
        DXL_TIMEOUT,      /* sent, and no answer in request_timeout */
        DXL_DISCONNECTED, /* sent, whole or in part, and the connection broke */
        DXL_NOT_SENT,     /* not connected, or no place in the window within DXL_SEND_MS */
};

struct dxl_options {
        bool dry_run;                    /* a request that sets a reputation is refused */
        const char *config_path;         /* dxlclient.config */
        const char *key_passphrase_file; /* NULL: the private key has no passphrase */
        bool verify_hostname;  /* brokers' certificates must hold the name they are reached by */
        const char *client_id; /* NULL: [General] ClientId of the file, else a new uuid */
        int64_t request_timeout_ms; /* 0: 30 s */
        unsigned window;            /* requests on the wire at a time; 0: 64 */
};

struct dxl_completion {
        uint64_t tag; /* as handed over */
        enum dxl_result result;
        uint32_t error_code;  /* of DXL_ERROR, masked to 32 bits: 0x80000001 … */
        char error_text[128]; /* of DXL_ERROR; cut to fit */
        void *payload;        /* of DXL_ANSWERED; free() it; NULL when it is empty */
        size_t payload_len;
};

struct dxl_state {
        bool connected;
        char broker[320];      /* "{guid} host:port", of this or the last connection; "" before */
        char last_error[512];  /* why the last try or connection failed; "" once connected */
        uint64_t connections;  /* made since the start */
        uint64_t sent;         /* requests */
        uint64_t answered;     /* responses and error responses that found their request */
        uint64_t stray;        /* late, unknown or second answers, dropped */
        uint64_t garbage;      /* messages that are not DXL, dropped */
        int64_t last_answer_s; /* wall clock, of the last answer; 0: none yet */
        struct dxl_expiries expiries; /* as last seen; broker and CA of the last connection */
};

/* Reads the configuration and starts the thread; it is not connected yet. 0 or -errno, then with a
 * text for a person in *error (fault, file, mend), which the caller frees. log may be NULL; it and
 * nothing of options is kept. */
int dxl_fabric_open(const struct dxl_options *options, struct log *log, struct dxl_fabric **ret,
                    char **error);
/* Disconnects, ends the thread and drops what was not taken; a connection attempt under way is
 * broken off. */
void dxl_fabric_close(struct dxl_fabric *fabric);
DEFINE_CLEANUP(struct dxl_fabric *, dxl_fabric_close);

/* An eventfd, readable when completions are there or `connected` has changed. dxl_fabric_next
 * clears it when it returns false. Belongs to the fabric. */
int dxl_fabric_fd(const struct dxl_fabric *fabric);
/* Hands a request over; topic and payload are copied. 0, DXL_E_FULL, -EMSGSIZE, -ENOMEM: unless 0,
 * no completion follows. */
int dxl_fabric_request(struct dxl_fabric *fabric, uint64_t tag, const char *topic,
                       const void *payload, size_t len);
/* Takes the next completion; false when there is none now. */
bool dxl_fabric_next(struct dxl_fabric *fabric, struct dxl_completion *ret);
void dxl_fabric_state(struct dxl_fabric *fabric, struct dxl_state *ret);

/* The thumbprint of the client's certificate, by which the fabric knows it; "" when it has none.
 * Valid as long as the fabric. */
const char *dxl_fabric_thumbprint(const struct dxl_fabric *fabric);

/* "answered", "error", "timeout", "disconnected", "not sent". */
const char *dxl_result_name(enum dxl_result result);

#endif
