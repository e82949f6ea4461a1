/*
 * What the parts of fetch.h share: fetch.c runs the thread and the queue, fetch_terms.c finds out
 * what the fabrics go by, fetch_work.c walks through the pages of one job.
 */
#ifndef TQ_FETCHER_FETCH_INTERNAL_H
#define TQ_FETCHER_FETCH_INTERNAL_H

#include "common/backoff.h"
#include "fetcher/ask.h"
#include "fetcher/fetch.h"
#include "fetcher/seen.h"

#include <pthread.h>

struct fetch {
        const struct config *config;
        struct log *log;
        struct ask *ask;
        pthread_t thread;
        bool started;
        int event_fd;

        pthread_mutex_t mutex;
        pthread_cond_t wake; /* the thread: a job, room, or the end */
        bool stop;
        uint64_t job_number; /* raised by begin and abort: an older job is given up */
        bool has_job;
        struct fetch_job job;
        struct fetch_event queue[FETCH_AHEAD];
        unsigned queued;
        char trouble[256];
        uint64_t bad_rows;
};

/* One walk through a search of ThreatQ. */
struct fetch_pass {
        enum wire_scope scope;
        char *body;                      /* NULL: `saved` is run */
        char saved[COLLECTION_HASH_MAX]; /* hash of a saved search */
};

/* A job as the thread works on it. */
struct fetch_work {
        struct fetch *fetch;
        uint64_t number;
        struct fetch_job job;
        struct terms *terms; /* until they are handed over */
        struct fetch_pass passes[2];
        unsigned pass, pass_count; /* 0: there is nothing to ask for */
        struct seen *seen;         /* with two passes */
        struct backoff backoff;
        int64_t failing_since; /* -1: not */
};

/* Walks through the job to its end or until it is given up. */
void fetch_work_off(struct fetch_work *work);
/* What the fabrics go by, from ThreatQ's connectors too; false when the job is over. */
bool fetch_terms(struct fetch_work *work);
/* The passes, and the attributes they need, by those terms; false when the job is over. */
bool fetch_prepare(struct fetch_work *work);
void fetch_emit_failed(struct fetch_work *work, const char *error);
/* ThreatQ answers. */
void fetch_succeeded(struct fetch_work *work);
/* Notes the failure and waits until it is time to try again; false when it is not to be. */
bool fetch_failing(struct fetch_work *work, const struct ask_failure *failure);

/* Puts the event into the queue when there is room; false when the job is not wanted any more. */
bool fetch_emit(struct fetch_work *work, const struct fetch_event *event);
/* Waits, but not longer than the job is wanted; false when it is not. */
bool fetch_pause(struct fetch_work *work, int64_t ms);
void fetch_set_trouble(struct fetch *fetch, const char *text);

#endif
