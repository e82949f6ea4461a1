/*
 * Judges the items of a BATCH against what is queued, in flight and told, and keeps the sweep's
 * counts. Receipt is idempotent: an item judged twice in a sweep is counted once, wherever it was
 * resent or moved to.
 */
#ifndef TQ_PUBLISHER_INTAKE_H
#define TQ_PUBLISHER_INTAKE_H

#include "common/wire.h"
#include "publisher/queue.h"

enum intake {
        INTAKE_TAKE,  /* of the sweep in work */
        INTAKE_NEW,   /* of a sweep that begins with it */
        INTAKE_STALE, /* of a sweep that has ended or was followed by another: acknowledge, nothing
                         else */
};

/* What a message of this sweep is to a store in this state. Pure. */
enum intake intake_judge(const struct state *state, uint64_t sweep, int64_t started_at);
/* The state in which a new sweep begins: counts at zero, what is ever counted kept. Pure. */
void intake_begin(struct state *state, uint64_t sweep, int64_t started_at, enum sweep_kind kind);
/* Takes one item into the queue and the state's counts. 0, STORE_E_FULL or -errno. */
int intake_item(struct work *w, struct state *state, const struct wire_item *item);

#endif
