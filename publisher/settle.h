/*
 * What the end of a request changes in the store: the rules of design section 3, "When to push",
 * "Share Status". In the caller's transaction.
 */
#ifndef TQ_PUBLISHER_SETTLE_H
#define TQ_PUBLISHER_SETTLE_H

#include "publisher/queue.h"
#include "publisher/slots.h"

enum {
        SETTLE_RETRIES = 3, /* further tries after an error answer of TIE */
        SETTLE_MAX_DELAY_MS = 3600 * 1000,
};

struct settle_times {
        int64_t now_ms; /* ledger time */
        int64_t wall_s;
        int64_t retry_delay_ms;
};

/* Settles one finished slot. 0, STORE_E_FULL or -errno. */
int settle_slot(struct work *w, struct state *state, const struct slot *slot,
                const struct settle_times *times);
/* The gap before try number `tries` + 1: doubled each time, at most SETTLE_MAX_DELAY_MS. Pure. */
int64_t settle_delay_ms(int64_t retry_delay_ms, unsigned tries);
/* Whether a further error answer is the last word on this entry: its retries are used up. Pure. */
bool settle_final(const struct entry *entry);
/* Queues again everything that was in flight when the process died, and says so by `Pending`: it
 * may have been sent or not. *ret is how many there were. */
int settle_after_crash(struct work *w, struct state *state, int64_t wall_s, unsigned *ret);

#endif
