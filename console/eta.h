/*
 * When a fabric's backlog will be through, by the rate seen and the quota. Pure.
 */
#ifndef TQ_CONSOLE_ETA_H
#define TQ_CONSOLE_ETA_H

#include "console/report.h"

#include <stdint.h>

enum eta_kind {
        ETA_NOTHING, /* nothing waits */
        ETA_UNKNOWN, /* something waits and nothing moves */
        ETA_RATE,    /* at the rate seen */
        ETA_QUOTA,   /* not before: the quota holds it up */
};

struct eta {
        enum eta_kind kind;
        int64_t s; /* ETA_RATE, ETA_QUOTA */
};

/* rate: pushes a second, lately. What the quota does not cover today is spread over days of
 * daily_limit each. */
struct eta eta_of(const struct report_publisher *report, double rate, int64_t now_s);

#endif
