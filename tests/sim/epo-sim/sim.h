/*
 * What the parts of the simulated ePO share.
 */
#ifndef TQ_SIM_EPO_SIM_H
#define TQ_SIM_EPO_SIM_H

#include "tests/sim/epo-sim/issuer.h"
#include "tests/sim/threatq/server.h"

#include <pthread.h>

enum { SIM_BROKERS_MAX = 64 };

/* Lines "guid=guid;port;host;ip". */
struct sim_lines {
        char *all[SIM_BROKERS_MAX];
        size_t count;
};

struct sim {
        const char *user, *password;
        char *bundle; /* CA certificates handed out, PEM */
        unsigned days;
        struct issuer *issuer;
        pthread_mutex_t lock; /* of all below */
        pthread_cond_t changed;
        struct sim_lines brokers, websockets;
        const char *fault; /* one of commands_faults, or NULL */
        bool stop;
        unsigned requests, refused, issued, hanging;
        char *last_subject; /* of the last request for a package */
};

#endif
