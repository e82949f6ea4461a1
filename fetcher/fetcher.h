/*
 * The stage: sweeps when it is time, takes pages from the fetch thread, keeps the window, sends,
 * takes acknowledgements, and saves how far it has come.
 */
#ifndef TQ_FETCHER_FETCHER_H
#define TQ_FETCHER_FETCHER_H

#include "common/cleanup.h"
#include "common/proc.h"

#include <stdbool.h>

struct fetcher;

/* Opens store, channels and thread and puts itself into proc's loop. 0 or -errno, after it said
 * what failed. */
int fetcher_open(struct proc *proc, bool on_request, struct fetcher **ret);
void fetcher_close(struct fetcher *fetcher);
DEFINE_CLEANUP(struct fetcher *, fetcher_close);
void fetcher_log_counters(struct fetcher *fetcher);
/* Whether the last sweep failed (--stdio ends with one). */
bool fetcher_failed(const struct fetcher *fetcher);

#endif
