/*
 * What all parts of the simulated server share.
 */
#ifndef TQ_SIM_THREATQ_SIM_H
#define TQ_SIM_THREATQ_SIM_H

#include "tests/sim/threatq/auth.h"
#include "tests/sim/threatq/cache.h"
#include "tests/sim/threatq/fault.h"
#include "tests/sim/threatq/library.h"
#include "tests/sim/threatq/print.h"

#include <stdatomic.h>
#include <stdio.h>

enum sim_view { SIM_INDEX, SIM_RELATIONAL, SIM_IDS };
enum sim_sources { SIM_SOURCES_ASKED, SIM_SOURCES_ALWAYS, SIM_SOURCES_NEVER };

enum {
        SIM_ROUTES_MAX = 32,
        SIM_SAVED_MAX = 64,
        SIM_SAVED_PAGE = 25, /* of their list, whatever limit is asked */
        SIM_MUTATIONS_MAX = 64,
};

struct sim_options {
        enum sim_view view; /* of rows that queries return */
        int score;          /* enum print_score, or -1: as the view has it */
        enum sim_sources attribute_sources;
        bool no_cursor;
        bool empty_object;
        bool strict_names;
        bool no_unasked_attributes;
        bool no_saved_query; /* the list of saved searches does not say what they search */
        bool no_saved_hash;  /* nor their hashes */
        bool gzip;
        bool chunked;
        size_t row_bytes;
        int64_t max_limit;
};

/* A saved search ("data collection"). */
struct sim_saved {
        char hash[33];
        json_t *json; /* {name, json: {ui_query, api_query}} */
};

/* Changes that wait for pages to be served. */
struct sim_mutation {
        json_t *ops;
        uint64_t at_page; /* after this many pages in all */
        uint64_t every;   /* again each so many pages; 0: once */
};

struct sim {
        struct sim_options options;
        struct library library;
        struct cache *cache;
        struct auth *auth;
        struct faults *faults;
        FILE *log; /* or NULL */
        pthread_mutex_t log_mutex;

        /* Under the library's lock. */
        struct sim_saved saved[SIM_SAVED_MAX];
        size_t n_saved;
        json_t *connectors; /* rows as they are shown */
        struct sim_mutation mutations[SIM_MUTATIONS_MAX];

        atomic_uint_fast64_t requests, pages, rows, unauthorized, not_found;
        atomic_uint_fast64_t by_route[SIM_ROUTES_MAX];
        atomic_uint_fast64_t attributes_added, attributes_repeated, attributes_changed,
            attributes_deleted;
        atomic_uint_fast64_t last_at; /* position of the last row served by a query */
        atomic_int active, active_max;
        atomic_int_fast64_t clock_ahead; /* seconds that the server's clock is ahead */
};

/* The server's clock: seconds since 1970. */
int64_t sim_now(const struct sim *sim);
/* To be called after changes to a row: moves its dates (updated_at only when the indicator itself
 * changed) and its places in kept answers. The library is write-locked. */
void sim_touched(struct sim *sim, uint32_t at, bool updated);
/* Tells kept answers, without moving dates. */
void sim_rejudge(struct sim *sim, uint32_t at);

/* {"data":{"errors":{FIELD:[MESSAGE]}}}, the form of validation errors. */
void sim_error_field(struct server_reply *reply, unsigned status, const char *field,
                     const char *message);
/* {"errors":[MESSAGE]}, the other form. */
void sim_error(struct server_reply *reply, unsigned status, const char *message);

#endif
