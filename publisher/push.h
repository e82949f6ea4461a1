/*
 * Pushes the queue to TIE: takes entries in order of priority, reserves quota and marks them in
 * flight in one transaction, sends the set and then the get, and settles what came back, many in
 * one transaction.
 *
 * A slot is one entry from reservation to settlement: there are at most `window` of them, so at
 * most that many settings are sent twice after a crash.
 */
#ifndef TQ_PUBLISHER_PUSH_H
#define TQ_PUBLISHER_PUSH_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/log.h"
#include "publisher/dxl/fabric.h"
#include "publisher/health.h"
#include "publisher/queue.h"
#include "publisher/quota.h"
#include "publisher/rule.h"

#include <stdbool.h>
#include <stdint.h>

struct push;

/* Requests that the fabric must be able to carry at a time, for a window of so many settings: with
 * a small one, the preflight's would keep them off the wire. */
unsigned push_carried(unsigned window);

struct push_options {
        struct store *store;
        struct quota *quota;
        struct state *state; /* the publisher's copy of the state record, renewed by each commit */
        struct dxl_fabric *dxl;
        const struct config *config;
        const struct rule *rule; /* the publisher's copy, renewed by each commit of its inbox */
        struct log *log;
};

/* Takes back what was in flight when the process died. Everything in options must outlive it. 0 or
 * -errno. */
int push_open(const struct push_options *options, struct push **ret);
void push_close(struct push *push);
DEFINE_CLEANUP(struct push *, push_close);

/* Takes what came from the fabric, then settles and sends what can be. Call it when the fabric's fd
 * rings, when the queue may have changed, and when push_wait_ms has passed. 0 or -errno. */
int push_pump(struct push *push);
/* The queue has nothing to give now: do not look until it is allowed again. */
void push_rest(struct push *push);
/* Whether entries may be taken from the queue (no while a sweep is coming in, or when stopping);
 * called whenever something was queued or time has passed, since it makes the next pump look anew.
 */
void push_allow(struct push *push, bool allowed);
/* How long until push_pump should be called though nothing rings; -1: nothing to wait for. */
int64_t push_wait_ms(const struct push *push);
/* Requests whose answer is awaited. */
unsigned push_outstanding(const struct push *push);

/* What is known of the fabric, as of the last pump. */
const struct health *push_health(const struct push *push);

#endif
