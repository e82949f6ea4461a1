/*
 * Whether the pipeline does its work, in one word and the sentences that explain it: for people,
 * for the exit code of `status`, for probes. Pure.
 *
 * Between two runs by cron nothing runs, and that is well as long as the last sweep is not too old.
 */
#ifndef TQ_CONSOLE_HEALTH_H
#define TQ_CONSOLE_HEALTH_H

#include "console/summary.h"

#include <stdbool.h>
#include <stdint.h>

/* The values are the exit codes of `status`. */
enum health_level {
        HEALTH_FINE = 0,
        HEALTH_DEGRADED = 1, /* a part is left undone, or late */
        HEALTH_DOWN = 2,     /* no fabric is told anything */
};

enum { HEALTH_REASONS_MAX = 3 * REPORT_FABRICS_MAX + 16, HEALTH_REASON_MAX = 400 };

struct health_view {
        const struct summary *summary; /* sweep, fabrics and stages of it */
        const char *unreadable;        /* what a stage said that gave no report, or "" */
        int64_t now_s;                 /* wall clock */
        int64_t interval_s;            /* connector.interval */
        int64_t patience_s;            /* connector.patience */
        bool service;                  /* nothing may stand still, not even between sweeps */
        bool part;                     /* other stages are on other hosts, and not looked at */
};

struct health {
        enum health_level level;
        size_t count;
        char reasons[HEALTH_REASONS_MAX][HEALTH_REASON_MAX]; /* the worst is not always the first */
};

/* A sweep that ended this long ago has no successor any more: twice the interval and a quarter of
 * an hour, in s. */
int64_t health_stale_s(int64_t interval_s);
void health_judge(const struct health_view *view, struct health *ret);
/* "fine", "degraded", "down". */
const char *health_name(enum health_level level);

#endif
