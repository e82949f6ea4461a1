/*
 * The simulator's connection to the broker: connects, registers TIE's service, hands requests to
 * the service or the registry, and comes back after a loss.
 */
#ifndef TQ_TESTS_SIM_TIE_SIM_SERVER_H
#define TQ_TESTS_SIM_TIE_SIM_SERVER_H

#include "publisher/dxl/dxlconfig.h"
#include "tests/sim/tie-sim/sim.h"

#include <signal.h>
#include <stdio.h>

struct server;

struct server *server_open(struct sim *sim, const struct dxl_config *config, FILE *log);
void server_close(struct server *s);
/* Serves until *stop. Calls on_ready when the service is registered for the first time. */
void server_run(struct server *s, const volatile sig_atomic_t *stop,
                void (*on_ready)(void *userdata), void *userdata);

#endif
