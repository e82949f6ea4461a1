/*
 * Changes that a test makes behind the API's back, at once or between two pages of a search.
 */
#ifndef TQ_SIM_THREATQ_MUTATE_H
#define TQ_SIM_THREATQ_MUTATE_H

#include "tests/sim/threatq/sim.h"

/* Carries out, or keeps for later, what the request of /mutate says; answers it. */
void mutate_request(struct sim *sim, const json_t *json, struct server_reply *reply);
/* To be called, without the lock, when a page of a search was served. */
void mutate_after_page(struct sim *sim);
void mutate_clear(struct sim *sim);

#endif
