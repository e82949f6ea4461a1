/*
 * The work between the loop and the worker threads: a bounded queue of outcomes, first in, first
 * out, and the list of finished ones. Thread-safe. It hands out an indicator to one worker at a
 * time, so that two outcomes of one indicator (two fabrics, or a newer one) are written one after
 * the other, in the order in which they came.
 */
#ifndef TQ_ENRICHER_JOBS_H
#define TQ_ENRICHER_JOBS_H

#include "common/cleanup.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jobs;

struct job {
        size_t fabric; /* index in the configuration */
        struct wire_outcome outcome;
        bool settled; /* when finished: `receipt` is to be sent; else it was given up */
        struct wire_receipt receipt;
};

enum jobs_put {
        JOBS_TAKEN = 0,
        JOBS_REPLACED, /* an older version of the same that still waited was replaced */
        JOBS_KNOWN,    /* this very one waits or is in work */
        JOBS_FULL,
};

int jobs_open(size_t capacity, struct jobs **ret);
void jobs_close(struct jobs *jobs);
DEFINE_CLEANUP(struct jobs *, jobs_close);

/* For the loop: readable when jobs have finished. */
int jobs_fd(const struct jobs *jobs);
enum jobs_put jobs_put(struct jobs *jobs, size_t fabric, const struct wire_outcome *outcome);
/* Free places. */
size_t jobs_room(struct jobs *jobs);
/* Jobs that wait, are in work, or are finished and not yet collected. */
size_t jobs_count(struct jobs *jobs);
/* The next finished job; false when there is none. Frees its place. */
bool jobs_collect(struct jobs *jobs, struct job *ret);

/* For a worker: waits for a job whose indicator is not in work; NULL after jobs_stop. The job
 * stays the queue's; the worker sets settled and receipt and gives it to jobs_finish. */
struct job *jobs_take(struct jobs *jobs);
void jobs_finish(struct jobs *jobs, struct job *job);
/* Waiting jobs are handed out no more. */
void jobs_stop(struct jobs *jobs);
/* Jobs in work now. */
size_t jobs_working(struct jobs *jobs);

#endif
