/*
 * `tie-publisher --report`: what the store and the status of the last or running process say, as
 * one JSON object on standard output. Works whether the publisher runs or not.
 */
#ifndef TQ_PUBLISHER_REPORT_H
#define TQ_PUBLISHER_REPORT_H

#include "common/proc.h"
#include "publisher/push.h"

#include <stdint.h>

/* Prints the report; returns the exit code. */
int report_print(const struct proc *proc);
/* The status that a running publisher leaves for reports; the caller frees. NULL when memory is
 * out. */
char *report_status(struct dxl_fabric *dxl, const struct push *push, bool dry_run);

/* Logs the counters of a running publisher in one line. */
void report_counters(struct log *log, struct store *store, struct dxl_fabric *dxl,
                     uint64_t bad_frames);

#endif
