/*
 * How long something takes or lasts, in the two words a person wants: "45 s", "12 min", "3 h",
 * "2 d". Pure.
 */
#ifndef TQ_CONSOLE_SPAN_H
#define TQ_CONSOLE_SPAN_H

#include <stdint.h>

enum { SPAN_MAX = 32 };

/* Rounded down to the unit it is told in: s below 2 min, min below 2 h, h below 2 d. Below 0 counts
 * as 0. Returns out. */
const char *span_text(int64_t s, char out[SPAN_MAX]);
#define SPAN(s) span_text((s), (char[SPAN_MAX]){0})

#endif
