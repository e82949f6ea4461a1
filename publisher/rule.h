/*
 * What the publisher goes by where ThreatQ may have a say (threatq.remote_config): its block of the
 * file, or what came with the pages of the last sweep, which is kept for a restart.
 */
#ifndef TQ_PUBLISHER_RULE_H
#define TQ_PUBLISHER_RULE_H

#include "common/config.h"
#include "common/log.h"
#include "common/wire.h"
#include "publisher/queue.h"
#include "publisher/quota.h"

#include <stdbool.h>
#include <stdint.h>

struct rule {
        bool active; /* false: switched off in ThreatQ, nothing is set; what is queued is kept */
        unsigned daily_limit;
        bool enrichment;
};

/* What a message says; the fabric's file when it says nothing. Pure. */
struct rule rule_of(const struct config_fabric *fabric, const struct wire_push *push);
/* How many requests may be reserved now: none while it is switched off. */
uint64_t rule_left(const struct rule *rule, struct quota *quota);
/* Says in the log what another rule changes. */
void rule_log_change(struct log *log, const struct rule *before, const struct rule *now);
/* Keeps what a message says, in the caller's write transaction. 0 or -errno. */
int rule_save(struct work *w, const struct wire_push *push);
/* What was kept last; the fabric's file when there is none. 0 or -errno. */
int rule_load(struct store *store, const struct config_fabric *fabric, struct rule *ret);

#endif
