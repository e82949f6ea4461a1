/*
 * What the fabric was told: the last reputation that TIE took for each hash. The publisher's own
 * memory decides what is pushed, never ThreatQ's attribute.
 *
 * While another level is in flight, or its answer is not known, the old one is marked uncertain:
 * then no level equals it, and the next one is pushed whatever it is.
 */
#ifndef TQ_PUBLISHER_SHARED_H
#define TQ_PUBLISHER_SHARED_H

#include "publisher/queue.h"

#include <stdbool.h>

int shared_get(struct work *w, const struct hash *hash, struct shared *ret);
/* The fabric took this level for the hash of `entry`; `version` is that of the outcome that says
 * so. */
int shared_put(struct work *w, const struct entry *entry, uint64_t version, int64_t wall_s);
/* Marks what is known of the hash, if anything, and says in *was whether it was uncertain before.
 */
int shared_mark(struct work *w, const struct hash *hash, bool uncertain, bool *was);
/* Whether the fabric was told exactly this and nothing else since. */
int shared_holds(struct work *w, const struct hash *hash, enum trust_level level, bool *ret);

#endif
