/*
 * `tie-publisher --check`: connects to the fabric beside the publisher that may run, by a client id
 * of its own, asks what costs nothing, and prints a finding for each thing looked at.
 */
#ifndef TQ_PUBLISHER_CHECK_H
#define TQ_PUBLISHER_CHECK_H

#include "common/proc.h"

/* Takes at most 30 s. Returns the exit code: 1 when a finding is a failure. */
int check_print(const struct proc *proc);

#endif
