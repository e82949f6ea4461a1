/*
 * Answers as they come out of a DXL broker: version 3, with source ids and dxl.certs filled in;
 * late, twice, garbled or distorted when a fault says so.
 */
#ifndef TQ_TESTS_SIM_TIE_SIM_ANSWERS_H
#define TQ_TESTS_SIM_TIE_SIM_ANSWERS_H

#include "publisher/dxl/message.h"
#include "publisher/dxl/mqtt.h"
#include "tests/sim/tie-sim/sim.h"

#include <stdint.h>

struct answers;

/* Who speaks: TIE's service, or the broker itself. */
enum speaker { SPEAKER_TIE, SPEAKER_BROKER };

extern const char answers_broker_id[];
extern const char answers_service_id[];

struct answers *answers_open(struct sim *sim);
void answers_close(struct answers *a);
/* The connection to send on from now on; NULL drops what waits. */
void answers_use(struct answers *a, struct dxl_mqtt *mqtt);

/* Answer a request with a payload, or with an error response. sim->lock is held. */
void answers_send(struct answers *a, enum speaker speaker, const struct dxl_message *request,
                  struct text payload);
void answers_error(struct answers *a, enum speaker speaker, const struct dxl_message *request,
                   uint32_t code, const char *text);
/* The broker's answer when no service takes the topic: error 0x80000001. */
void answers_no_service(struct answers *a, const struct dxl_message *request);
/* Sends an event of the broker. */
void answers_event(struct answers *a, const char *topic, struct text payload);

/* Sends what is due. Returns ms until the next is, at most max. */
int answers_due(struct answers *a, int max);

#endif
