/*
 * How many requests may be out, given what came back. Pure.
 *
 * A connection that has not been answered yet gets few requests; the first answer opens the window.
 * After BREAKER_LIMIT requests in a row without an answer only single probes go out, with growing
 * gaps, so that a silent TIE cannot burn the quota. A service that says it is overloaded gets
 * nothing at all for a while.
 */
#ifndef TQ_PUBLISHER_BREAKER_H
#define TQ_PUBLISHER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
        BREAKER_LIMIT =
            8, /* time-outs in a row that open it; also the window before the first answer */
        BREAKER_MAX_GAP_MS = 3600 * 1000, /* the longest gap between probes */
};

struct breaker {
        unsigned silent; /* requests without an answer since the last answer */
        bool proven;     /* this connection has been answered */
        int64_t gap_ms;  /* of the last probe; 0: none yet */
        int64_t next_probe_ms;
        int64_t pause_ms; /* the last one for an overloaded service; 0: none since an answer */
        int64_t paused_until_ms;
};

enum breaker_state {
        BREAKER_CLOSED,
        BREAKER_OPEN,   /* single probes only */
        BREAKER_PAUSED, /* nothing, until the service has had time to recover */
};

void breaker_answered(struct breaker *b, int64_t now_ms);
/* A new connection: it must prove itself anew; what is known of TIE stays. */
void breaker_reconnected(struct breaker *b);
/* A request had no answer. first_gap_ms: from the last time-out to the first probe. */
void breaker_timed_out(struct breaker *b, int64_t now_ms, int64_t first_gap_ms);
bool breaker_open(const struct breaker *b);
/* The service is overloaded: pauses for first_gap_ms, or twice the last pause when no answer has
 * come after it. What else was on its way then changes nothing. */
void breaker_overloaded(struct breaker *b, int64_t now_ms, int64_t first_gap_ms);
enum breaker_state breaker_state(const struct breaker *b, int64_t now_ms);
/* "closed", "open", "paused". */
const char *breaker_state_name(enum breaker_state state);
/* When requests may go out again, as now_ms; 0: they may now. */
int64_t breaker_next_ms(const struct breaker *b, int64_t now_ms);
/* How many requests may be out at once, of a window of `window`. */
unsigned breaker_allowance(const struct breaker *b, unsigned window, int64_t now_ms);

#endif
