/*
 * What the fabric was told: the last reputation that TIE took for each hash, and which indicators
 * TIE last answered with an error. The publisher's own memory decides what is pushed, never
 * ThreatQ's attribute.
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

/* The indicator's last answer was an error when `level` was set. */
int failed_put(struct work *w, uint64_t id, enum trust_level level, uint32_t code);
/* What was answered last, and when which level was set. STORE_E_NONE when it was no error. */
int failed_get(struct work *w, uint64_t id, enum trust_level *level, uint32_t *code);
int failed_del(struct work *w, uint64_t id);
/* Whether setting this level was answered with an error last. */
int failed_is(struct work *w, uint64_t id, enum trust_level level, bool *ret);

#endif
