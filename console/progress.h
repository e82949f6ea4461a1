/*
 * How a run gets on: a few lines at the foot of a terminal, redrawn in place, or, where standard
 * error is no terminal, a line for each phase and every few seconds.
 */
#ifndef TQ_CONSOLE_PROGRESS_H
#define TQ_CONSOLE_PROGRESS_H

#include "common/cleanup.h"
#include "console/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress_view {
        const char *phase; /* "sweeping" … */
        int64_t elapsed_ms;
        int64_t wall_s;
        const struct report_sweep *sweep; /* NULL: not known yet */
        const struct summary_fabric *fabrics;
        size_t fabric_count;
};

struct progress;

/* tty: draw with escape sequences. `out` stays with the caller. */
int progress_open(FILE *out, bool tty, struct progress **ret);
/* Takes the lines away. */
void progress_close(struct progress *progress);
DEFINE_CLEANUP(struct progress *, progress_close);

void progress_show(struct progress *progress, const struct progress_view *view);
/* Prints a line that stays, above what is drawn. */
void progress_line(struct progress *progress, const char *line);
/* Takes the drawing away until the next progress_show. */
void progress_clear(struct progress *progress);

/* The lines drawn on a terminal, each of at most `columns` columns; how many they are. Pure. */
unsigned progress_draw(FILE *out, const struct progress_view *view, unsigned columns);
/* The same in one line, for a log. Pure. */
void progress_tell(FILE *out, const struct progress_view *view);

#endif
