/*
 * A trouble that others can cause as often as they like is said once a minute, with how often it
 * came meanwhile.
 */
#ifndef TQ_COMMON_BURST_H
#define TQ_COMMON_BURST_H

#include <stdbool.h>
#include <stdint.h>

enum { BURST_MS = 60 * 1000 };

struct burst { /* zeroed at first */
        int64_t quiet_until;
        uint64_t unsaid;
};

/* Whether to say it now; *more is how many were not said since the last time. */
bool burst_say(struct burst *burst, int64_t now_ms, uint64_t *more);

#endif
