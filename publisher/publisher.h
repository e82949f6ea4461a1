/*
 * The publisher of one fabric: takes BATCH and SWEEP_END into the durable queue and acknowledges
 * them, lets the push spend the quota once a sweep has ended, and lets the delivery empty the
 * outbox.
 */
#ifndef TQ_PUBLISHER_PUBLISHER_H
#define TQ_PUBLISHER_PUBLISHER_H

#include "common/cleanup.h"
#include "common/proc.h"

struct publisher;

struct publisher_options {
        bool await_sweep; /* nothing is spent on what is queued already before a sweep has come in,
                             or settle_timeout has passed */
        const char
            *cache; /* the vendor's quota file, or its folder; NULL: beside the configuration */
};

/* Opens store, channels and fabric, and puts itself on the process's loop. 0, or the exit code
 * after it logged why. 0 with *ret untouched: it was asked to stop before it could begin. */
int publisher_open(struct proc *proc, const struct publisher_options *options,
                   struct publisher **ret);
void publisher_close(struct publisher *publisher);
DEFINE_CLEANUP(struct publisher *, publisher_close);

#endif
