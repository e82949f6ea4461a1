/*
 * The way back to one publisher: receipts gathered into WRITTEN messages. When nobody takes them
 * they wait, up to one message full; then they are dropped, because that publisher is away and will
 * offer its outcomes again.
 */
#ifndef TQ_ENRICHER_LANE_H
#define TQ_ENRICHER_LANE_H

#include "common/chan.h"
#include "common/wire.h"

#include <stdint.h>

#include <msgpack/sbuffer.h>

struct lane {
        const char *fabric;
        struct chan *chan; /* not owned */
        uint64_t incarnation;
        msgpack_sbuffer receipts;
        uint32_t count;
        uint64_t dropped; /* receipts */
};

/* fabric and chan outlive the lane. */
void lane_init(struct lane *lane, const char *fabric, struct chan *chan);
void lane_done(struct lane *lane);
int lane_hello(struct lane *lane, uint64_t incarnation);
/* The connection is back, and outcomes or receipts may have been on their way: another HELLO, upon
 * which the publisher sends again what it has no receipt of. A loop_fn on the lane. */
int lane_back(void *lane);
/* 0 or -errno. */
int lane_add(struct lane *lane, const struct wire_receipt *receipt);
/* 0, CHAN_E_AGAIN (try later), -errno. */
int lane_flush(struct lane *lane);

#endif
