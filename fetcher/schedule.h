/*
 * When to sweep, for whom, and how far back. Pure.
 */
#ifndef TQ_FETCHER_SCHEDULE_H
#define TQ_FETCHER_SCHEDULE_H

#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        SCHEDULE_GATHER_MS = 3000, /* how long all fabrics are waited for when one is there */
        SCHEDULE_OVERLAP_S = 300,  /* an incremental sweep goes back behind the last so far */
        SCHEDULE_RETRY_S = 300,    /* after a sweep that failed, unless the interval is shorter */
        SCHEDULE_FOLLOW_UP_MS = 5000, /* before a fabric that was left behind is swept for again */
};

struct schedule_fabric {
        bool heard;          /* its HELLO is at most 3 s old */
        bool has_checkpoint; /* and it is of the store that the HELLO named */
        int64_t checkpoint;  /* start of the last sweep it has whole, s since 1970 */
        int64_t last_full;   /* start of the last full one */
        bool lagging;        /* left out of a sweep since */
        bool is_new;         /* no sweep was for it yet, neither the last nor one before */
        int64_t left_ms;     /* how long ago it was left behind in this process; -1: not */
};

struct schedule {
        int64_t now_s;        /* wall clock */
        int64_t gathering_ms; /* since the first fabric was heard while a sweep was wanted */
        bool on_request;      /* no sweep without a request */
        bool requested;       /* a request waits */
        bool requested_full;
        bool follow_up;              /* a fabric that is back gets a sweep of its own */
        bool unfinished;             /* a sweep was interrupted */
        uint64_t unfinished_targets; /* of it, as far as they may still have its pages */
        bool ever;                   /* there was a sweep */
        int64_t last_begun_s;
        bool last_failed;
        int64_t interval_ms;
        int64_t full_interval_ms;
        const struct schedule_fabric *fabrics;
        size_t fabric_count;
};

enum schedule_what {
        SCHEDULE_NOTHING, /* no sweep is wanted */
        SCHEDULE_WAIT,    /* one is, but for publishers */
        SCHEDULE_RESUME,  /* the unfinished one, for `targets` */
        SCHEDULE_START,
};

struct schedule_decision {
        enum schedule_what what;
        bool for_request; /* it answers the request */
        bool follow_up;   /* only for fabrics that were left behind */
        bool full;        /* a full one was asked for */
        enum sweep_kind kind;
        int64_t since; /* touched since, s; -1: do not ask for it */
        uint64_t targets;
};

/* What a fabric needs of a sweep that begins now: whether it must be full, and in *since what was
 * touched since, as in the decision. */
bool schedule_needs(const struct schedule *schedule, size_t fabric, int64_t *since);

/* Up to when a fabric is up to date that has a whole sweep, by ThreatQ's clock, which stamps what
 * is touched. clock_ahead: the least that it was ahead of ours in the sweep, s. */
int64_t schedule_checkpoint(int64_t started_at, int64_t clock_ahead);

void schedule_decide(const struct schedule *s, struct schedule_decision *ret);

#endif
