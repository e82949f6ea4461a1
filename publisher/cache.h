/*
 * The quota file of the vendor's connector, trellix_tie_cache.json or
 * Trellix_tie_cache-<connector>.json: {"indicators_sent": N, "start_time": T}. What it sent counts
 * in our ledger until T and 24 h, so that the day on which one connector replaces the other has no
 * two quotas. Taken once for a store, and never changed. Source: the guide, "Trellix Cache File".
 */
#ifndef TQ_PUBLISHER_CACHE_H
#define TQ_PUBLISHER_CACHE_H

#include "common/proc.h"
#include "publisher/vault.h"

#include <stddef.h>
#include <stdint.h>

enum {
        CACHE_E_BAD = 1, /* not such a file; *why says what is wrong */

        CACHE_SENT_MAX = 100000, /* the guide's hard limit */
        CACHE_BYTES_MAX = 64 << 10,
};

struct cache {
        uint64_t sent;
        int64_t start_s; /* since 1970 */
};

/* 0, or CACHE_E_BAD with *why valid for ever. Pure. */
int cache_parse(const char *json, size_t len, struct cache *ret, const char **why);
/* The ledger time in ms at which what it says left: what counts until start_time and 24 h. -1:
 * nothing counts any more. A start in the future is now. Pure. */
int64_t cache_ledger_time(const struct cache *cache, int64_t ledger_ms, int64_t wall_ms);

/* Whether a file of this name (without its folder) is the fabric's. alone: no other fabric is
 * configured, so a file without a connector's name is its own. Pure. */
bool cache_name_fits(const char *name, const char *fabric, bool alone);

/* Takes the file `given` (or the one in the folder `given`; NULL: beside the configuration) into
 * the vault's ledger unless one was taken before. What cannot be taken is logged and stops nothing.
 * 0, or -errno of the store. */
int cache_import(const struct proc *proc, const char *given, struct vault *vault);

#endif
