/*
 * A real broker for tests: mosquitto with TLS and client certificates on a free port of 127.0.0.1,
 * and a responder in the place of a service. What the payload of a request to /test/# says is done:
 * "silence", "garbage", "error", "twice"; else it is sent back.
 */
#ifndef TQ_TESTS_DXL_BROKER_H
#define TQ_TESTS_DXL_BROKER_H

#include "tests/unit/dxl_folder.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { DXL_BROKER_LONG_MS = 20000 /* a wait that ends earlier when all is well */ };

struct dxl_broker_rig {
        const struct dxl_folder *folder;
        int port;
        pid_t broker;
        /* A process, since paho's synchronous clients in one process take each other's packets. */
        pid_t responder;
        atomic_uint *connections; /* of the responder; in memory shared with it */
};

/* folder is set. Writes dxlclient.config there and starts broker and responder. Failures fail the
 * test. */
void dxl_broker_open(struct dxl_broker_rig *rig);
void dxl_broker_close(struct dxl_broker_rig *rig);
void dxl_broker_kill(struct dxl_broker_rig *rig);
void dxl_broker_start(struct dxl_broker_rig *rig);
/* Until the responder has connected and subscribed so often. */
void dxl_broker_await_responder(struct dxl_broker_rig *rig, unsigned connections);
/* A port that nobody listens on now. */
int dxl_broker_free_port(void);

#endif
