/*
 * The durable queue of one fabric: what may be sent now in the order of priority, what waits for
 * its next try, and what is in flight. An indicator is in at most one of `order` and `retry`; it
 * may also be in flight at another level. All functions work in the caller's transaction and return
 * 0, a STORE_E_* or -errno.
 */
#ifndef TQ_PUBLISHER_QUEUE_H
#define TQ_PUBLISHER_QUEUE_H

#include "common/store.h"
#include "publisher/record.h"

#include <lmdb.h>

/* An open write (or read) transaction of the publisher's store. */
struct work {
        struct store *store;
        MDB_txn *txn;
};

/* How the indicator was judged last. STORE_E_NONE when it was never seen. */
int item_get(struct work *w, uint64_t id, struct item *ret);
int item_put(struct work *w, uint64_t id, const struct item *item);

int queue_put(struct work *w, const struct entry *entry);
/* Removes the indicator from where it waits; `entry` has the key fields it was queued with. 0 also
 * when it is not there. */
int queue_remove(struct work *w, const struct entry *entry);
/* The first entry after the order key `after` (NULL: the first of all). STORE_E_NONE at the end. */
int queue_next(struct work *w, const uint8_t *after, struct entry *ret);
/* When the oldest of what may be sent now was created in ThreatQ (s since 1970). STORE_E_NONE when
 * nothing may. Looks once at each score that is queued. */
int queue_oldest(struct work *w, int64_t *ret);
/* The entry queued under this key, in `order`. STORE_E_NONE when there is none. */
int queue_get(struct work *w, const struct entry *key, struct entry *ret);

/* Lets the entry wait until ledger time `due_ms`. */
int retry_put(struct work *w, const struct entry *entry, int64_t due_ms);
int retry_get(struct work *w, uint64_t id, struct entry *ret, int64_t *due_ms);
/* Moves at most max entries that are due at now_ms to `order`. */
int retry_release(struct work *w, int64_t now_ms, unsigned max);
/* When the first is due. STORE_E_NONE when nothing waits. */
int retry_first_due(struct work *w, int64_t *ret);

/* Queues again what was reserved and did not succeed: until ledger time due_ms, or now when it is
 * 0. Drops it when the indicator is wanted at another level, or not at all, by now; *ret says
 * whether it is queued. */
int queue_again(struct work *w, const struct entry *entry, int64_t due_ms, bool *ret);

int inflight_put(struct work *w, const struct entry *entry);
int inflight_del(struct work *w, uint64_t id);
int inflight_get(struct work *w, uint64_t id, struct entry *ret);
/* The first in flight with an id >= from. */
int inflight_next(struct work *w, uint64_t from, struct entry *ret);

#endif
