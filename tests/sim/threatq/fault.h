/*
 * Faults that a test asks for: which requests they hit, and what they do to them.
 */
#ifndef TQ_SIM_THREATQ_FAULT_H
#define TQ_SIM_THREATQ_FAULT_H

#include "tests/sim/threatq/server.h"

#include <jansson.h>

struct faults;

/* What a hit means for the request that is being answered. */
struct fault_hit {
        bool hit;
        bool answered; /* the reply is complete: do not carry the request out */
        bool cut, lost;
        int64_t cut_at; /* bytes, -1: half */
        int64_t drip_ms;
};

struct faults *faults_open(void);
void faults_close(struct faults *faults);
/* Adds the fault that the object describes; false with the reason in *error. */
bool faults_add(struct faults *faults, const json_t *json, struct buf *error);
void faults_clear(struct faults *faults);
/* Looks whether a fault hits this request; waits and writes the reply when the fault says so. */
struct fault_hit faults_apply(struct faults *faults, const struct server_request *request,
                              struct server_reply *reply);
/* Spoils a finished reply. */
void fault_spoil(const struct fault_hit *hit, struct server_reply *reply);
uint64_t faults_hits(struct faults *faults);
/* Ends all waiting; for the end of the program. */
void faults_stop(struct faults *faults);

#endif
