/*
 * Who is there: the publishers' HELLOs, by fabric. Pure.
 */
#ifndef TQ_FETCHER_ROSTER_H
#define TQ_FETCHER_ROSTER_H

#include "common/text.h"
#include "fetcher/checkpoint.h"
#include "fetcher/sweep.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROSTER_HEARD_MS = 3000 };

struct roster_fabric {
        bool ever;
        int64_t heard_at;
        uint64_t incarnation;
        char store[CHECKPOINT_STORE_MAX];
};

struct roster {
        struct roster_fabric fabrics[SWEEP_FABRICS_MAX];
};

/* Notes a HELLO; returns whether it is the first, or of a publisher that has restarted since. */
bool roster_hello(struct roster *roster, unsigned fabric, uint64_t incarnation, struct text store,
                  int64_t now);
/* Whether the fabric was heard within ROSTER_HEARD_MS. */
bool roster_heard(const struct roster *roster, unsigned fabric, int64_t now);

#endif
