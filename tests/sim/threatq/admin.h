/*
 * The admin port: what a test asks the simulator beside the API.
 */
#ifndef TQ_SIM_THREATQ_ADMIN_H
#define TQ_SIM_THREATQ_ADMIN_H

#include "tests/sim/threatq/sim.h"

/* A server_handler; userdata is the sim. */
void admin_handle(void *userdata, const struct server_request *request, struct server_reply *reply);

#endif
