/*
 * The remote commands of ePO, as OpenDXL's provisioning uses them, and their faults.
 */
#ifndef TQ_SIM_EPO_COMMANDS_H
#define TQ_SIM_EPO_COMMANDS_H

#include "tests/sim/epo-sim/sim.h"

/* Answers one HTTPS request. */
void commands_handle(void *userdata, const struct server_request *request,
                     struct server_reply *reply);
/* The fault of this name as a constant, NULL when there is none. */
const char *commands_fault(const char *name);
/* What --help says of faults. */
extern const char commands_manual[];

#endif
