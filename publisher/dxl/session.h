/*
 * What the fabric's thread does: keeps one connection to one of the brokers, sends what is handed
 * over, finds the request of each answer, and completes what gets none.
 */
#ifndef TQ_PUBLISHER_DXL_SESSION_H
#define TQ_PUBLISHER_DXL_SESSION_H

#include "common/log.h"
#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/fabric.h"
#include "publisher/dxl/handover.h"

#include <stdint.h>

struct dxl_session;

struct dxl_session_options {
        const struct dxl_config *config; /* this and the next two outlive the session */
        struct dxl_handover *handover;
        struct log *log; /* may be NULL */
        const char *client_id;
        int64_t request_timeout_ms;
        unsigned window;
};

int dxl_session_open(const struct dxl_session_options *options, struct dxl_session **ret);
void dxl_session_close(struct dxl_session *session);
DEFINE_CLEANUP(struct dxl_session *, dxl_session_close);

/* Runs until dxl_session_stop, which may be called from another thread. */
void dxl_session_run(struct dxl_session *session);
void dxl_session_stop(struct dxl_session *session);
/* After dxl_session_stop, again and again: breaks off a connection that is being made. */
void dxl_session_hurry(struct dxl_session *session);
/* From any thread. */
void dxl_session_state(struct dxl_session *session, struct dxl_state *ret);

#endif
