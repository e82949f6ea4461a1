/*
 * What the MQTT thread and the admin thread of the simulator share. `lock` guards all of it.
 */
#ifndef TQ_TESTS_SIM_TIE_SIM_H
#define TQ_TESTS_SIM_TIE_SIM_H

#include "tests/sim/tie-sim/reputations.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Wrong behaviours. N of "every Nth": 0 never, 1 always. */
struct faults {
        unsigned drop_set;   /* every Nth set is not answered, and not done */
        unsigned drop_get;   /* every Nth get is not answered */
        unsigned error_set;  /* every Nth set gets an error response, and is not done */
        unsigned error_get;  /* every Nth get gets an error response */
        char error_hash[65]; /* sets and gets of this hash (hex) get an error response */
        unsigned error_code; /* of those error responses */
        char error_text[128];
        unsigned delay_ms;     /* every answer comes so much later */
        unsigned garbage;      /* every Nth answer is bytes that are no DXL message */
        unsigned garbage_json; /* every Nth answer to a get is DXL, but no JSON */
        unsigned duplicate;    /* every Nth answer comes twice */
        unsigned oversize;     /* every Nth answer is longer than a broker would let through */
        unsigned bad_id;       /* every Nth answer names its request by letters no id has */
        unsigned foreign_id;   /* every Nth answer is one to a request of somebody else */
        unsigned future;       /* every Nth answer is of a later version, with more at its end */
        unsigned no_registry;  /* 1: the broker's own topics are not answered, as by mosquitto */
        unsigned stale;        /* so many dead instances of TIE are still registered: each costs one
                                  request, which gets error 0x80000001 */
        unsigned service_off;  /* 1: TIE's service is not registered: error 0x80000001 */
};

struct stats {
        uint64_t sets;      /* requests to set that came */
        uint64_t sets_done; /* and were done */
        uint64_t gets;
        uint64_t
            sightings;    /* gets that a real TIE takes for a look of an endpoint: not scanType 3 */
        uint64_t errors;  /* error responses sent */
        uint64_t dropped; /* requests left without an answer */
        uint64_t bad;     /* requests that are not what TIE takes */
        uint64_t answers; /* sent, duplicates and garbage included */
        uint64_t connections;
        bool connected;
        bool registered;
};

struct sim {
        pthread_mutex_t lock;
        struct faults faults;
        struct stats stats;
        struct reputations *reputations;
};

/* Whether the count-th of something is one of every nth; n 0: never. */
static inline bool sim_every(uint64_t count, unsigned n)
{
        return n > 0 && count % n == 0;
}

#endif
