/*
 * What `tie-fetcher --report` prints, from what the running fetcher left in its status file, or
 * from the store when none runs.
 */
#ifndef TQ_FETCHER_REPORT_H
#define TQ_FETCHER_REPORT_H

#include "common/proc.h"
#include "fetcher/checkpoint.h"

/* state: "idle", "waiting", "running", "failed". error: "" when nothing is wrong. The caller frees;
 * NULL when memory is out. */
char *report_json(const struct config *config, const struct checkpoint_sweep *sweep,
                  const struct checkpoint_fabric *fabrics, const char *state, const char *error);
/* Prints the report; returns the exit code. */
int report_print(struct proc *proc);

#endif
