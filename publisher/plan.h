/*
 * `tie-publisher --report --plan FORMAT`: what the queue holds, in the order in which it leaves,
 * and what that costs of the quota. The plan of a dry run, and of tomorrow.
 */
#ifndef TQ_PUBLISHER_PLAN_H
#define TQ_PUBLISHER_PLAN_H

#include "common/proc.h"

#include <stdbool.h>

/* "table", "csv", "csv-rows" (without the line that names the columns), "jsonl". */
bool plan_format_is_known(const char *format);
/* Returns the exit code. */
int plan_print(const struct proc *proc, const char *format);

#endif
