/*
 * The live view of `status --watch`: the pipeline as a picture, a line or two for each fabric, the
 * last error of each stage, as much of it as the screen holds. Made for 80 columns. Pure.
 */
#ifndef TQ_CONSOLE_SCREEN_H
#define TQ_CONSOLE_SCREEN_H

#include "console/canvas.h"
#include "console/history.h"
#include "console/summary.h"

#include <stdint.h>

enum { SCREEN_WINDOW_MS = 60000 /* rates are of the last minute */ };

struct screen_view {
        const struct summary *summary; /* with its health */
        const struct history *history;
        int64_t now_s;
};

void screen_draw(struct canvas *canvas, const struct screen_view *view);

#endif
