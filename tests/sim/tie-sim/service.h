/*
 * The TIE service: sets and gets of file reputations.
 */
#ifndef TQ_TESTS_SIM_TIE_SIM_SERVICE_H
#define TQ_TESTS_SIM_TIE_SIM_SERVICE_H

#include "tests/sim/tie-sim/answers.h"

#include <stdbool.h>
#include <stdio.h>

struct service;

/* Every set is written to log, one JSON object a line; NULL: not. The file stays the caller's. */
struct service *service_open(struct sim *sim, struct answers *answers, FILE *log);
void service_close(struct service *s);
/* Does and answers a request; sim->lock is held. False when it is none of TIE's topics. */
bool service_request(struct service *s, struct text topic, const struct dxl_message *request);
/* Whether log lines wait to be flushed. */
bool service_dirty(const struct service *s);
void service_flush(struct service *s);

#endif
