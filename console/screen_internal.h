/*
 * What the parts of the live view share: each draws itself from a row on and returns the row behind
 * it.
 */
#ifndef TQ_CONSOLE_SCREEN_INTERNAL_H
#define TQ_CONSOLE_SCREEN_INTERNAL_H

#include "console/screen.h"

#include <stdbool.h>

enum { SCREEN_RATE_MAX = 40 };

/* "45/s", "4.5/s", "0/s". Returns out. */
const char *screen_rate(double rate, char out[SCREEN_RATE_MAX]);
#define SCREEN_RATE(rate) screen_rate((rate), (char[SCREEN_RATE_MAX]){0})
/* How many processes of the stage run. */
unsigned screen_running(const struct summary *summary, const char *stage);
unsigned screen_flow(struct canvas *canvas, unsigned row, const struct screen_view *view);
/* At most `rows` rows. */
unsigned screen_fabrics(struct canvas *canvas, unsigned row, unsigned rows,
                        const struct screen_view *view);

#endif
