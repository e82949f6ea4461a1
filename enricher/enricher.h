/*
 * The enricher between its channels and its workers: takes OUTCOMES from every publisher as long as
 * there is room, and sends each publisher its WRITTEN when the work is done. Keeps nothing: what
 * gets lost here, the publisher offers again.
 */
#ifndef TQ_ENRICHER_ENRICHER_H
#define TQ_ENRICHER_ENRICHER_H

#include "common/cleanup.h"
#include "common/proc.h"

struct enricher;

/* Opens channels and workers, says HELLO to the publishers, hooks into the process' loop, stop and
 * counters. 0 or -errno. */
int enricher_open(struct proc *proc, struct enricher **ret);
void enricher_close(struct enricher *enricher);
DEFINE_CLEANUP(struct enricher *, enricher_close);
/* --stdio: whether all that came in was settled. */
bool enricher_settled(const struct enricher *enricher);

#endif
