/*
 * The last hours of the pipeline: samples at a fixed distance in a ring of fixed size. What a
 * publisher counts from the beginning of each sweep is summed up over the sweeps. Pure: the caller
 * brings the time.
 */
#ifndef TQ_CONSOLE_HISTORY_H
#define TQ_CONSOLE_HISTORY_H

#include "common/cleanup.h"
#include "console/summary.h"

#include <stddef.h>
#include <stdint.h>

/* Of one fabric at one moment. */
struct history_fabric {
        uint64_t pushed; /* answers of TIE, since the history began */
        uint64_t queued;
        uint64_t in_flight;
        uint64_t outbox;
        uint64_t used; /* of the quota */
};

struct history_sample {
        int64_t at_ms; /* boot clock */
        int64_t wall_s;
        uint64_t fetched; /* indicators, since the history began */
        uint64_t written; /* enrichment attributes, since the history began */
};

struct history;

/* Keeps the last `samples` of them. 0 or -ENOMEM. */
int history_open(size_t fabrics, size_t samples, struct history **ret);
void history_close(struct history *history);
DEFINE_CLEANUP(struct history *, history_close);

/* A look at the pipeline; a fabric without a report keeps its last numbers. */
void history_add(struct history *history, const struct summary *summary, int64_t boot_ms,
                 int64_t wall_s);
size_t history_count(const struct history *history);
/* The i-th, the oldest first; *fabrics are those of the summary, in its order. */
const struct history_sample *history_at(const struct history *history, size_t i,
                                        const struct history_fabric **fabrics);

/* Per second over the last window_ms, or as long as the history is; 0 when it is too short. */
double history_push_rate(const struct history *history, size_t fabric, int64_t window_ms);
double history_fetch_rate(const struct history *history, int64_t window_ms);
double history_write_rate(const struct history *history, int64_t window_ms);

#endif
