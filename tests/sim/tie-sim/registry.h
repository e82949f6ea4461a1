/*
 * The topics of the broker itself below /mcafee/service/dxl/, which mosquitto does not answer:
 * service registry, broker registry, health.
 */
#ifndef TQ_TESTS_SIM_TIE_SIM_REGISTRY_H
#define TQ_TESTS_SIM_TIE_SIM_REGISTRY_H

#include "tests/sim/tie-sim/answers.h"

#include <stdbool.h>

struct registry;

extern const char registry_topic_prefix[];
extern const char registry_topic_register[];

struct registry *registry_open(struct sim *sim, struct answers *answers);
void registry_close(struct registry *r);
/* Answers a request to a topic that starts with the prefix; sim->lock is held. */
void registry_request(struct registry *r, struct text topic, const struct dxl_message *request);
/* Whether a registered service takes requests on this topic. */
bool registry_serves(const struct registry *r, struct text topic);
/* The payload with which TIE's service registers; the caller frees. */
char *registry_payload(void);

#endif
