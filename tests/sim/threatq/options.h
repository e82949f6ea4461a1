/*
 * The command line.
 */
#ifndef TQ_SIM_THREATQ_OPTIONS_H
#define TQ_SIM_THREATQ_OPTIONS_H

#include "tests/sim/threatq/sim.h"

struct options {
        struct library_options library;
        struct sim_options sim;
        struct auth_options auth;
        const char *cert, *key, *log, *source;
        bool plain;
        uint16_t port, admin_port;
        unsigned idle_s;
};

/* What --help says around the options. */
extern const char options_manual[];

/* Reads the arguments; ends the program with 2 when they are wrong. The strings are argv's. */
void options_read(struct options *ret, int argc, char **argv);

#endif
