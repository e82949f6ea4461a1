/*
 * `tie-publisher --explain HASH|ID`: prints what this fabric's store knows of an indicator as one
 * JSON object. The store is opened for reading, whether its publisher runs or not.
 */
#ifndef TQ_PUBLISHER_EXPLAIN_H
#define TQ_PUBLISHER_EXPLAIN_H

#include "common/proc.h"

/* {"fabric", "pid", "quota": {"limit", "used", "left"}, "indicators": [story_json, …]}. Returns the
 * exit code: 2 when `what` is neither a hash nor an id. */
int explain_print(const struct proc *proc, const char *what);

#endif
