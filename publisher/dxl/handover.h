/*
 * Where the caller's thread and the fabric's thread meet: a fixed number of requests, each at any
 * time vacant, queued, in the fabric's hands, or done. The caller puts and takes completions; the
 * fabric takes and completes. Everything here may be called from either thread.
 */
#ifndef TQ_PUBLISHER_DXL_HANDOVER_H
#define TQ_PUBLISHER_DXL_HANDOVER_H

#include "common/cleanup.h"
#include "publisher/dxl/fabric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dxl_handover;

struct dxl_request {
        int64_t send_by; /* CLOCK_BOOTTIME in ms: not sent until then, it never will be */
        char topic[DXL_TOPIC_MAX + 1];
        void *payload; /* kept and reused by later requests */
        size_t payload_len;
        size_t payload_size;
        struct dxl_completion completion; /* tag from the start, the rest when it is done */
        unsigned next;                    /* in the list it is in */
};

enum { DXL_HANDOVER_NONE = -1 };

/* count requests at most are open. 0 or -errno. */
int dxl_handover_open(unsigned count, struct dxl_handover **ret);
void dxl_handover_close(struct dxl_handover *handover);
DEFINE_CLEANUP(struct dxl_handover *, dxl_handover_close);

/* The caller's side; as dxl_fabric_fd, _request and _next. */
int dxl_handover_fd(const struct dxl_handover *handover);
int dxl_handover_put(struct dxl_handover *handover, uint64_t tag, const char *topic,
                     const void *payload, size_t len, int64_t send_by);
bool dxl_handover_next(struct dxl_handover *handover, struct dxl_completion *ret);

/* The fabric's side. The number of the oldest queued request, now the fabric's, or
 * DXL_HANDOVER_NONE. */
int dxl_handover_take(struct dxl_handover *handover);
/* The same, but only when its send_by is at or before now. */
int dxl_handover_take_late(struct dxl_handover *handover, int64_t now);
struct dxl_request *dxl_handover_request(struct dxl_handover *handover, unsigned number);
/* Gives a request back with its completion filled in. The caller finds it when it looks, and is
 * woken by the next dxl_handover_ring. */
void dxl_handover_complete(struct dxl_handover *handover, unsigned number);
/* Wakes the caller: completions are there, or something else has changed. */
void dxl_handover_ring(struct dxl_handover *handover);
/* Sleeps until a request is queued, dxl_handover_wake, or ms have passed. */
void dxl_handover_wait(struct dxl_handover *handover, int ms);
void dxl_handover_wake(struct dxl_handover *handover);

#endif
