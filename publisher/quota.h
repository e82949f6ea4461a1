/*
 * The daily quota: how many set requests left in any 24 hours. A ledger of reservations, durable
 * before the request leaves, with a window that slides.
 *
 * Its clock is its own: it runs with CLOCK_BOOTTIME, so that a wall clock that jumps while the
 * machine is up changes nothing. The wall clock is read once in each boot, and never takes the
 * ledger's time back. A reservation counts for 24 hours and QUOTA_SLACK_MS, the time that a request
 * may need to leave.
 */
#ifndef TQ_PUBLISHER_QUOTA_H
#define TQ_PUBLISHER_QUOTA_H

#include "common/cleanup.h"
#include "common/store.h"

#include <stdint.h>

#include <lmdb.h>

struct quota;

enum {
        QUOTA_E_DONE = 1,

        QUOTA_DAY_MS = 24 * 3600 * 1000,
        QUOTA_SLACK_MS = 10 * 1000,
        QUOTA_WINDOW_MS = QUOTA_DAY_MS + QUOTA_SLACK_MS,
};

/* What the machine's clocks say, given by the caller. */
struct quota_now {
        int64_t boot_ms;
        int64_t wall_ms;
        char boot_id[37];
};
struct quota_now quota_read_clocks(void);

/* Reads the ledger; settles the ledger clock of this boot in the store unless readonly. 0 or
 * -errno. */
int quota_open(struct store *store, unsigned limit, const struct quota_now *now, bool readonly,
               struct quota **ret);
/* An empty ledger that is kept nowhere. 0 or -errno. */
int quota_new(unsigned limit, const struct quota_now *now, struct quota **ret);
void quota_close(struct quota *quota);
DEFINE_CLEANUP(struct quota *, quota_close);

/* The ledger's time in ms for a CLOCK_BOOTTIME of this boot. */
int64_t quota_time(const struct quota *quota, int64_t boot_ms);
/* Requests of the window that ends now; and how many more may be reserved now. */
uint64_t quota_used(struct quota *quota, int64_t boot_ms);
uint64_t quota_left(struct quota *quota, int64_t boot_ms);
/* ms until the oldest reservation stops counting; -1 when there is none. */
int64_t quota_next_free_ms(struct quota *quota, int64_t boot_ms);
/* ms until the n-th further request may leave, when each leaves as soon as it may; 0: now, or n is
 * 0. */
int64_t quota_wait_ms(struct quota *quota, int64_t boot_ms, uint64_t n);
/* Holds from now on; what was reserved stays reserved. */
void quota_set_limit(struct quota *quota, unsigned limit);
unsigned quota_limit(const struct quota *quota);

/* Reserves n requests in the caller's write transaction. It counts for quota_left only from
 * quota_commit on, which the caller calls with the same arguments when the transaction is durable.
 */
int quota_reserve(const struct quota *quota, struct store *store, MDB_txn *txn, uint64_t n,
                  int64_t boot_ms);
void quota_commit(struct quota *quota, uint64_t n, int64_t boot_ms);

/* Adds n requests that left at a ledger time which is past, in the caller's write transaction.
 * quota_reload, once that is durable, makes them count. */
int quota_add(struct store *store, MDB_txn *txn, uint64_t n, int64_t at);
/* Reads the ledger anew. 0 or -errno, then with an undefined window. */
int quota_reload(struct quota *quota, struct store *store);
/* Empties the ledger, durably: nothing that left counts any more. `request` names what asked for it
 * and is kept with it, so that a request which outlives a crash is done once; 0: none. 0,
 * QUOTA_E_DONE (this request was done before, and nothing is changed) or -errno. */
int quota_reset(struct quota *quota, struct store *store, uint64_t request);

#endif
