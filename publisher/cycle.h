/*
 * One transaction of the push: settles what is done, then reserves what is next, so that both cost
 * one commit.
 */
#ifndef TQ_PUBLISHER_CYCLE_H
#define TQ_PUBLISHER_CYCLE_H

#include "publisher/quota.h"
#include "publisher/settle.h"
#include "publisher/slots.h"

#include <stdbool.h>
#include <stdint.h>

struct cycle {
        struct store *store;
        const struct quota *quota;
        const struct slots *slots; /* those in SLOT_DONE are settled; the caller releases them */
        const struct state *before;
        unsigned want; /* entries to reserve at most */
        int64_t boot_ms;
        struct settle_times times;
        struct entry *next; /* room for `want`: the reserved, to be sent by the caller */

        /* set by cycle_commit */
        struct state state;
        unsigned reserved;
        bool more; /* the queue may hold more that could be reserved */
};

/* 0 when durable, or -errno and nothing changed. The caller then calls quota_commit for `reserved`.
 */
int cycle_commit(struct cycle *cycle);

#endif
