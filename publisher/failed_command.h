/*
 * `tie-publisher --failed` and `--failed-order`: the list of what failed for good, and orders about
 * it. A publisher that runs is asked by a file, <state_dir>/publisher-<fabric>.failed-order, which
 * it takes with its next tick; nobody else changes its store.
 */
#ifndef TQ_PUBLISHER_FAILED_COMMAND_H
#define TQ_PUBLISHER_FAILED_COMMAND_H

#include "common/proc.h"
#include "publisher/vault.h"

/* Prints {"fabric", "id", "hash", "hash_type", "level", "code", "text", "at"} for each, one in a
 * line. Returns the exit code. */
int failed_print(const struct proc *proc);
/* Executes the order (failed_parse) and prints {"fabric", "done", "unwanted", "pid"}. Takes the
 * lock, or asks who holds it. Returns the exit code. */
int failed_main(struct proc *proc, const char *order);

enum { FAILED_E_NONE = 1 };
/* In the publisher that runs: does what was ordered. 0, FAILED_E_NONE (nothing was), or -errno and
 * then it stays ordered. */
int failed_serve(const struct proc *proc, struct vault *vault);

#endif
