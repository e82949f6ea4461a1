/*
 * Empties the quota ledger of one fabric, as the guide's "this file can be modified or removed to
 * reset the daily rate limit" does. While the publisher runs only it may touch its store: it is
 * asked by a file beside the store, and removes it when it is done.
 */
#ifndef TQ_PUBLISHER_RESET_H
#define TQ_PUBLISHER_RESET_H

#include "common/proc.h"
#include "publisher/vault.h"

/* tie-publisher --quota-reset: does it, or has it done. Prints what was done as one JSON object;
 * returns the exit code. */
int reset_main(struct proc *proc);
/* The publisher's part, every second: does what is asked, each request once. 0, RESET_E_NONE
 * (nothing is asked) or -errno of the store, then the request stays. */
enum { RESET_E_NONE = 1 };
int reset_serve(const struct proc *proc, struct vault *vault);

#endif
