/*
 * What the publisher decides, for -v3: how it judges each indicator of a batch, what it sends, and
 * what becomes of each request. Nothing is read or formatted unless such lines are wanted.
 */
#ifndef TQ_PUBLISHER_TRACE_H
#define TQ_PUBLISHER_TRACE_H

#include "common/log.h"
#include "common/store.h"
#include "publisher/inbox.h"
#include "publisher/quota.h"
#include "publisher/slots.h"

#include <stdint.h>

/* After the commit of the inbox: where the store now has each indicator of its batches. */
void trace_taken(struct log *log, struct store *store, const struct inbox *inbox);
/* Its quota is reserved, and it leaves now. */
void trace_sends(struct log *log, const struct entry *entry);
/* There is no quota left for what waits. boot_ms: now. */
void trace_spent(struct log *log, struct quota *quota, int64_t boot_ms);
/* A request has come to its end and is settled. retry_delay_ms: publisher.retry_delay. */
void trace_settled(struct log *log, const struct slot *slot, int64_t retry_delay_ms);

#endif
