/*
 * The thread that talks to ThreatQ: walks through the pages of one sweep after the other, and hands
 * the rows over. It reads at most FETCH_AHEAD pages ahead, tries again what can be tried again, and
 * says so in the log.
 */
#ifndef TQ_FETCHER_FETCH_H
#define TQ_FETCHER_FETCH_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/log.h"
#include "fetcher/query.h"
#include "fetcher/sweep.h"
#include "fetcher/terms.h"

#include <stdbool.h>
#include <stdint.h>

struct fetch;

enum { FETCH_AHEAD = 2 };

/* What a fabric with a connector in ThreatQ brings into a sweep if it is switched on. */
struct fetch_fabric {
        const char
            *kept; /* of the connector (remote_text) or NULL; valid until FETCH_TERMS is taken */
        bool full; /* it needs a full sweep */
        int64_t since; /* and what was touched since; -1: nothing of it */
};

struct fetch_job {
        struct query query;
        struct paging paging; /* where to begin */
        int64_t patience_ms;  /* of failing in a row, then FETCH_FAILED; -1: for ever */
        bool settled;         /* its terms are: those kept hold, and are not asked for again */
        bool full;            /* a full sweep was asked for */
        uint64_t collection;  /* mark of the Data Collection of the last sweep, 0: there was none */
        struct fetch_fabric fabrics[SWEEP_FABRICS_MAX]; /* of config->fabrics */
};

enum fetch_what {
        FETCH_TERMS, /* before the pages, when ThreatQ has a say in what is selected */
        FETCH_PAGE,
        FETCH_END,
        FETCH_FAILED,
};

struct fetch_event {
        enum fetch_what what;
        int64_t clock_ahead;    /* FETCH_PAGE, FETCH_END: ThreatQ's clock ahead of ours, s */
        struct sweep_page page; /* FETCH_PAGE: the taker destroys page.packed */
        struct terms *terms;    /* FETCH_TERMS: the taker frees */
        enum sweep_kind kind;   /* FETCH_TERMS: the sweep is this by now */
        int64_t since;
        char error[256]; /* FETCH_FAILED */
};

/* Starts the thread. config and log must outlive it. 0 or -errno. */
int fetch_open(const struct config *config, struct log *log, struct fetch **ret);
/* Stops and joins it: at most a second, whatever ThreatQ does. */
void fetch_close(struct fetch *fetch);
DEFINE_CLEANUP(struct fetch *, fetch_close);
/* Readable when fetch_next has something. */
int fetch_fd(const struct fetch *fetch);
/* Before the first job: as ask_keep. */
void fetch_keep(struct fetch *fetch, const char *state_dir);
/* Begins a job; one that is under way is given up, and nothing of it comes any more. */
void fetch_begin(struct fetch *fetch, const struct fetch_job *job);
/* Gives up the job. */
void fetch_abort(struct fetch *fetch);
/* The next event; false when there is none now. */
bool fetch_next(struct fetch *fetch, struct fetch_event *ret);
/* What keeps failing now; "" when nothing does. */
void fetch_trouble(struct fetch *fetch, char out[256]);
/* Rows without an id, of all jobs. */
uint64_t fetch_bad_rows(struct fetch *fetch);

#endif
