/*
 * The outbox: for each indicator the newest thing that ThreatQ shall show. An entry leaves only
 * when the enricher has said that this version of it, or a newer one, is written.
 */
#ifndef TQ_PUBLISHER_OUTBOX_H
#define TQ_PUBLISHER_OUTBOX_H

#include "publisher/queue.h"

extern const struct wire_enrichment outbox_nothing_known;

/* Puts an outcome in place of an older one of the indicator; takes a version from the state. */
int outbox_put(struct work *w, struct state *state, uint64_t id, enum share share,
               const struct wire_enrichment *enrichment);
/* The first with an id >= from. STORE_E_NONE at the end. */
int outbox_next(struct work *w, uint64_t from, uint64_t *id, struct outbox *ret);
/* Takes the entry out if it still has this version. */
int outbox_settle(struct work *w, uint64_t id, uint64_t version);

int state_load(struct work *w, struct state *ret);
int state_save(struct work *w, const struct state *state);

#endif
