/*
 * One pause for all worker threads when ThreatQ is in trouble: they do not hammer it side by side.
 * While the gate is closed the workers wait; when the pause is over one of them goes through and
 * tries, and only its success lets the others follow. Thread-safe. Does not log: a report says when
 * the gate has closed or opened.
 */
#ifndef TQ_ENRICHER_GATE_H
#define TQ_ENRICHER_GATE_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct gate;

enum gate_event {
        GATE_UNCHANGED = 0,
        GATE_CLOSED, /* it was open: the first failure of a burst that counts */
        GATE_OPENED, /* it was closed */
};

enum gate_trouble {
        GATE_SINGLE, /* one call failed: closes after GATE_SINGLES_MAX in a row, of any worker */
        GATE_ALL,    /* every call would fail now: closes at once */
};

enum { GATE_SINGLES_MAX = 4, GATE_PAUSE_MAX_MS = 300000 };

int gate_open(struct gate **ret);
void gate_close(struct gate *gate);
DEFINE_CLEANUP(struct gate *, gate_close);

/* Waits until a call may be tried; false when gate_stop was called. Who passes must report. */
bool gate_pass(struct gate *gate);
enum gate_event gate_succeeded(struct gate *gate, int64_t *ret_closed_for_ms);
/* pause_ms < 0: growing gaps, from 250 ms to 1 s: one call a second is no load. *ret_pause_ms: how
 * long it is closed now. */
enum gate_event gate_failed(struct gate *gate, enum gate_trouble trouble, int64_t pause_ms,
                            int64_t *ret_pause_ms);
/* A pause of one worker's own. False when gate_stop was called. */
bool gate_sleep(struct gate *gate, int64_t ms);
void gate_stop(struct gate *gate);

#endif
