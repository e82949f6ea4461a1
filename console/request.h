/*
 * Asks the fetcher to sweep: a SWEEP_REQUEST on its acks channel, sent again and again until its
 * report names the number, which it takes once.
 */
#ifndef TQ_CONSOLE_REQUEST_H
#define TQ_CONSOLE_REQUEST_H

#include "common/cleanup.h"
#include "common/config.h"

#include <stdint.h>

struct request;

/* 0 or -errno; a fetcher need not run yet. Block signals before: this starts a thread. */
int request_open(const struct config *config, struct request **ret);
void request_close(struct request *request);
DEFINE_CLEANUP(struct request *, request_close);

/* A number that no other request has, small enough for every reader of JSON. Not 0. */
uint64_t request_number(const struct request *request);
/* Sends it without waiting. */
void request_send(struct request *request);

#endif
