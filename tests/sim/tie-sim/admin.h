/*
 * The simulator's admin port: plain HTTP on loopback, for tests.
 */
#ifndef TQ_TESTS_SIM_TIE_SIM_ADMIN_H
#define TQ_TESTS_SIM_TIE_SIM_ADMIN_H

#include "tests/sim/tie-sim/sim.h"

#include <stdint.h>

struct admin;

/* For --help. */
extern const char admin_manual[];

/* port 0: any free one, told in *port_ret. NULL when it cannot be served. */
struct admin *admin_open(struct sim *sim, uint16_t port, uint16_t *port_ret);
void admin_close(struct admin *admin);

#endif
