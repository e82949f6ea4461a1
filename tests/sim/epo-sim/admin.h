/*
 * The admin port of the simulated ePO: plain HTTP on 127.0.0.1.
 */
#ifndef TQ_SIM_EPO_ADMIN_H
#define TQ_SIM_EPO_ADMIN_H

#include "tests/sim/epo-sim/sim.h"

void admin_handle(void *userdata, const struct server_request *request, struct server_reply *reply);
extern const char admin_manual[];
/* Adds a line; false when it is no broker or there are too many. */
bool admin_add_line(struct sim_lines *lines, const char *line);

#endif
