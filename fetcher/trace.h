/*
 * What the fetcher does with each page, for -v3: fetched, sent (again), acknowledged, settled.
 */
#ifndef TQ_FETCHER_TRACE_H
#define TQ_FETCHER_TRACE_H

#include "fetcher/fetcher_internal.h"

/* A page of ThreatQ's that enters the window of the sweep. */
void trace_fetched(const struct fetcher *f, const struct sweep_page *page);
void trace_sent(const struct fetcher *f, const struct sweep_send *send);
void trace_acked(const struct fetcher *f, const struct wire_ack *ack);
/* Every fabric has it: the sweep goes on behind it, whatever happens. */
void trace_settled(const struct fetcher *f, uint32_t page);

#endif
