/*
 * What the fabric was told lately: a log in the store, in the order in which it was written, and
 * its index by hash in memory. `shared` is keyed by hash, so each hash told dirties a page of its
 * own there; here many share a page and a commit. When the log is long it is merged into `shared`,
 * sorted, in one transaction.
 *
 * The index knows what the open transaction has put, and forgets it when that is aborted. Only
 * shared.c, and whoever looks at all of it, asks here: what is not found here is in `shared`.
 */
#ifndef TQ_PUBLISHER_RECENT_H
#define TQ_PUBLISHER_RECENT_H

#include "common/cleanup.h"
#include "publisher/queue.h"

#include <stdbool.h>

struct recent;

/* Reads the log of the store and attaches itself to it (store_attach): one for each store, closed
 * before it. 0 or -errno. */
int recent_open(struct store *store, struct recent **ret);
void recent_close(struct recent *recent);
DEFINE_CLEANUP(struct recent *, recent_close);

/* In a write transaction of a store with an index. 0, STORE_E_FULL or -errno. */
int recent_put(struct work *w, const struct hash *hash, const struct shared *shared);
/* The newest that the log holds of the hash, in a transaction of a store with an index. */
bool recent_find(const struct work *w, const struct hash *hash, struct shared *ret);

/* Merges the log into `shared` when it is long. Not inside a transaction. 0 or -errno, and then
 * all is as it was. */
int recent_tidy(struct store *store);

/* How many hashes the log holds that `shared` does not. Reads the log itself, so the store needs no
 * index. */
int recent_count_new(struct work *w, uint64_t *ret);

#endif
