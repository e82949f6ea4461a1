/*
 * What the parts of fetcher.h share: fetcher.c has the channels and the loop, fetcher_frame.c what
 * goes out, fetcher_sweep.c the life of a sweep, fetcher_terms.c what its fabrics go by.
 */
#ifndef TQ_FETCHER_FETCHER_INTERNAL_H
#define TQ_FETCHER_FETCHER_INTERNAL_H

#include "common/chan.h"
#include "fetcher/checkpoint.h"
#include "fetcher/fetch.h"
#include "fetcher/fetcher.h"
#include "fetcher/roster.h"
#include "fetcher/sweep.h"

struct fetcher {
        struct proc *proc;
        const struct config *config;
        bool on_request;
        struct checkpoint *checkpoint;
        struct fetch *fetch;
        bool fetch_watched;
        struct chan *pages;
        struct chan *acks;
        bool acks_ended; /* --stdio: nobody will acknowledge, so what is written is taken */
        int timer;
        bool blocked; /* the mappers take nothing now */

        struct roster roster;
        struct checkpoint_sweep record; /* as it is in the store */
        struct checkpoint_fabric fabrics[SWEEP_FABRICS_MAX];
        struct sweep *sweep; /* NULL: none is under way */
        bool impatient; /* somebody waits for this sweep: it fails rather than tries for ever */
        bool failing;   /* the fetch thread gave up */
        char failure[REMOTE_ERROR_MAX];
        struct terms *terms; /* what the fabrics go by in this sweep; NULL: their files */
        struct fetch_fabric needs[SWEEP_FABRICS_MAX]; /* as the schedule decided last */
        uint64_t checkpointed;                        /* fabrics whose end is saved */
        bool waiting;                                 /* for publishers */
        bool swept;                                   /* a sweep came to its end in this process */
        int64_t gathering_since;            /* -1: no fabric is there, or none is waited for */
        int64_t left_at[SWEEP_FABRICS_MAX]; /* 0: not in this process */
        uint64_t request;                   /* that waits, 0: none */
        bool request_full;

        msgpack_sbuffer frame;
        char *status; /* as last written */
        int64_t status_at;
        uint64_t bad_frames, acks_taken, sent;
        bool bad_burst, unknown_said;
};

/* Begins, resumes or goes on waiting, as the schedule says. 0 or -errno. */
int fetcher_schedule(struct fetcher *f, int64_t now);
/* Saves what was acknowledged and ends the sweep when it is over. 0 or -errno. */
int fetcher_settle(struct fetcher *f, int64_t now);
/* Leaves these fabrics behind and says why. */
int fetcher_leave(struct fetcher *f, uint64_t fabrics, const char *why, int64_t now);
/* What came from the fetch thread. 0 or -errno. */
int fetcher_take_event(struct fetcher *f, struct fetch_event *event, int64_t now);
/* The terms among it: keeps them, and ends the part of those that do not take pages. 0 or -errno.
 */
int fetcher_take_terms(struct fetcher *f, struct fetch_event *event, int64_t now);
/* Packs what is to be sent into f->frame. */
void fetcher_pack_page(struct fetcher *f, const struct sweep_send *send);
void fetcher_pack_end(struct fetcher *f, const struct sweep_send *send);
/* Saves the record and those fabrics whose bit is set. 0, or -errno after it said so. */
int fetcher_save(struct fetcher *f, uint64_t changed);

#endif
