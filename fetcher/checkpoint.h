/*
 * What the fetcher must still know after a kill -9, in LMDB: the last sweep with its place (table
 * `meta`, key "sweep"), and for each fabric how far it is up to date (table `fabrics`, by name).
 * The records are JSON, so that they can be read by hand and take new members.
 */
#ifndef TQ_FETCHER_CHECKPOINT_H
#define TQ_FETCHER_CHECKPOINT_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/store.h"
#include "fetcher/paging.h"
#include "fetcher/remote.h"

#include <stdbool.h>
#include <stdint.h>

struct checkpoint;

struct checkpoint_sweep {
        uint64_t number; /* 0: there was none */
        enum sweep_kind kind;
        int64_t since;
        int64_t started_at;  /* s since 1970 */
        int64_t finished_at; /* 0: not yet */
        uint64_t request;    /* the request it answers, 0: none */
        bool open;           /* to be resumed */
        bool failed;
        bool settled;        /* what its fabrics go by is known, and kept */
        uint64_t collection; /* mark of the Data Collection that selects, 0: none does */
        char error[REMOTE_ERROR_MAX];
        int64_t clock_ahead; /* least that ThreatQ's clock was ahead of ours, s; at most 0 */
        uint64_t targets;    /* fabrics that take part still */
        uint64_t fetched;    /* distinct indicators of the pages acknowledged */
        uint32_t pages;
        uint32_t next_page; /* a number never used */
        struct paging paging;
};

enum { CHECKPOINT_STORE_MAX = 64 };

struct checkpoint_fabric {
        bool exists;
        int64_t started_at;               /* of the last sweep it has whole */
        int64_t last_full;                /* of the last full one, 0: none */
        uint64_t sweep;                   /* its number */
        bool lagging;                     /* was left out of a later one */
        char store[CHECKPOINT_STORE_MAX]; /* of the publisher that has it */
        /* Of the publisher that takes part in the sweep now: with another store its pages are gone.
         */
        char sweep_store[CHECKPOINT_STORE_MAX];
        char *remote; /* what its connector in ThreatQ said last that was good (remote_text), or
                         NULL */
        char remote_error[REMOTE_ERROR_MAX]; /* why what it says now is not taken; "" */
};

/* Opens the folder `path`; NULL: keeps nothing (--stdio). 0, STORE_E_NONE (readonly, none there
 * yet), -errno. */
int checkpoint_open(const char *path, bool readonly, struct checkpoint **ret);
void checkpoint_close(struct checkpoint *checkpoint);
DEFINE_CLEANUP(struct checkpoint *, checkpoint_close);
/* The sweep, and a record for each of config->fabrics; zeros where there is none. Targets that the
 * configuration does not have any more are forgotten. The caller calls checkpoint_fabrics_done on
 * them, whatever is returned. */
int checkpoint_load(struct checkpoint *checkpoint, const struct config *config,
                    struct checkpoint_sweep *sweep, struct checkpoint_fabric *fabrics);
/* Saves the sweep and those fabrics whose bit is set in `changed`, in one transaction. */
int checkpoint_save(struct checkpoint *checkpoint, const struct config *config,
                    const struct checkpoint_sweep *sweep, const struct checkpoint_fabric *fabrics,
                    uint64_t changed);
void checkpoint_fabrics_done(struct checkpoint_fabric *fabrics, size_t count);
/* The library's text of the last failure. */
const char *checkpoint_error(const struct checkpoint *checkpoint);

#endif
