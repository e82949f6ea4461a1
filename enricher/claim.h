/*
 * One indicator, one writer, among all enrichers of this machine: two that both find an attribute
 * missing would both add it. A claim is a lock on one byte of a file, at the indicator's id; the
 * kernel gives it back when its holder dies. Each thread has a claim of its own.
 */
#ifndef TQ_ENRICHER_CLAIM_H
#define TQ_ENRICHER_CLAIM_H

#include "common/cleanup.h"

#include <stdint.h>

struct claim;

enum { CLAIM_E_TAKEN = 1 /* another has it now */ };

/* Makes the file when it is not there; nothing is ever written to it. 0 or -errno. */
int claim_open(const char *path, struct claim **ret);
void claim_close(struct claim *claim);
DEFINE_CLEANUP(struct claim *, claim_close);

/* 0, CLAIM_E_TAKEN, -errno. One claim holds one indicator. */
int claim_take(struct claim *claim, uint64_t indicator);
/* Gives back what is held. */
void claim_drop(struct claim *claim);

#endif
