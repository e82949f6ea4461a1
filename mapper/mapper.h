/*
 * The mapper at work: takes PAGE and SWEEP_END from the fetcher, gives each fabric meant one BATCH
 * per page, or its SWEEP_END. It keeps nothing and waits for nobody: what a publisher does not take
 * now is dropped, since the fetcher sends again what is not acknowledged.
 */
#ifndef TQ_MAPPER_MAPPER_H
#define TQ_MAPPER_MAPPER_H

#include "common/cleanup.h"
#include "common/proc.h"

#include <stddef.h>
#include <stdint.h>

struct mapper;

struct mapper_counters {
        uint64_t pages, rows; /* taken */
        uint64_t batches;     /* given, with SWEEP_ENDs */
        uint64_t dropped;     /* not taken by a publisher */
        uint64_t bad_frames;
        uint64_t unknown_fabric; /* targets that the configuration does not have */
};

/* Opens the channels and begins to listen in proc's loop. 0 or -errno. */
int mapper_open(struct proc *proc, struct mapper **ret);
void mapper_close(struct mapper *mapper);
DEFINE_CLEANUP(struct mapper *, mapper_close);

/* Valid as long as the mapper. */
const struct mapper_counters *mapper_counters(const struct mapper *mapper);

#endif
