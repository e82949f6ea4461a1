/*
 * The outbox: what ThreatQ shall show, in the order in which it happened. An entry leaves when the
 * enricher has said that it is written, or when a newer one of its indicator has made it stale.
 *
 * It is keyed by version, not by indicator: versions rise, so that many entries share a page and a
 * commit. The newest version of an indicator is in its shared record, which is written with it
 * anyway, or in `latest`.
 */
#ifndef TQ_PUBLISHER_OUTBOX_H
#define TQ_PUBLISHER_OUTBOX_H

#include "publisher/queue.h"

extern const struct wire_enrichment outbox_nothing_known;

/* Puts an outcome in, with the next version of the state. A success that is told now also belongs
 * into shared_put, with the version that the state has then. */
int outbox_put(struct work *w, struct state *state, const struct entry *entry, enum share share,
               const struct wire_enrichment *enrichment);
/* The first with a version >= from. STORE_E_NONE at the end. */
int outbox_next(struct work *w, uint64_t from, struct outbox *ret);
/* Whether a newer outcome of the indicator exists. */
int outbox_stale(struct work *w, const struct outbox *outbox, bool *ret);
/* Takes the entry out; 0 also when it is not there. */
int outbox_settle(struct work *w, uint64_t id, uint64_t version);

int state_load(struct work *w, struct state *ret);
int state_save(struct work *w, const struct state *state);

#endif
