/*
 * The numbers of a publisher's store that decide and report: one read transaction's view.
 */
#ifndef TQ_PUBLISHER_FACTS_H
#define TQ_PUBLISHER_FACTS_H

#include "publisher/record.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct facts {
        struct state state;
        uint64_t ready;    /* may be sent now, quota permitting */
        uint64_t retrying; /* wait for their next try */
        int64_t first_due; /* ledger time in ms of the first of them; 0: none */
        uint64_t in_flight;
        uint64_t outbox;
        uint64_t shared;
        uint64_t failed;
};

int facts_read(struct store *store, struct facts *ret);
/* When the oldest of what may be sent now was created in ThreatQ (s since 1970); 0: nothing waits.
 */
int facts_oldest(struct store *store, int64_t *ret);
/* Whether nothing is left to do: no sweep coming in, nothing in flight, nothing that could be sent
 * with this much quota left, and no next try within `horizon_ms` of the ledger time now_ms. Pure.
 */
bool facts_idle(const struct facts *facts, uint64_t quota_left, int64_t now_ms, int64_t horizon_ms);

#endif
