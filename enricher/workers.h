/*
 * The threads that write to ThreatQ, each with a session (one kept-alive connection) of its own:
 * take a job, pass the gate, write, finish the job. They log what ThreatQ's state means for the
 * operator: once when trouble begins, once when it is over.
 */
#ifndef TQ_ENRICHER_WORKERS_H
#define TQ_ENRICHER_WORKERS_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/log.h"
#include "common/threatq.h"
#include "enricher/gate.h"
#include "enricher/jobs.h"

#include <stdatomic.h>
#include <stdint.h>

/* Counted by all workers. */
struct workers_stats {
        _Atomic uint64_t done;
        _Atomic uint64_t gone;
        _Atomic uint64_t refused;
        _Atomic uint64_t given_up; /* left to the publisher to hand over again */
        _Atomic uint64_t attributes;
        _Atomic uint64_t gets;
        _Atomic uint64_t puts;
        _Atomic uint64_t posts;
        _Atomic uint64_t deletes;
};

/* All outlive the workers. */
struct workers_setup {
        const struct config *config;
        struct threatq_account *account;
        struct log *log;
        struct jobs *jobs;
        struct gate *gate;
        struct workers_stats *stats;
        const char *claims; /* file of the claims; NULL: this process writes alone */
};

struct workers;

/* Starts config->enricher.connections threads. 0 or -errno. */
int workers_start(const struct workers_setup *setup, struct workers **ret);
/* Breaks off the calls that are under way. */
void workers_cancel(struct workers *workers);
/* Stops jobs and gate, breaks off calls and waits for the threads. */
void workers_close(struct workers *workers);
DEFINE_CLEANUP(struct workers *, workers_close);

#endif
