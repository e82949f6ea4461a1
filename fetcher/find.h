/*
 * `tie-fetcher --report --find HASH|ID`: asks ThreatQ for one indicator and prints it as a PAGE
 * that a mapper takes, whether it is in the selection or not. Reads no store and writes none.
 */
#ifndef TQ_FETCHER_FIND_H
#define TQ_FETCHER_FIND_H

#include "common/proc.h"

/* Prints a PAGE, in JSON, for each indicator that there is: several of a hash, or none. Returns the
 * exit code: 1 when ThreatQ gave no answer, 2 when `what` is neither a hash nor an id. */
int find_print(const struct proc *proc, const char *what);

#endif
