/*
 * The last hours as one JSON object for the page's charts: times, and for each number a list of the
 * same length. Pure.
 */
#ifndef TQ_CONSOLE_SERIES_H
#define TQ_CONSOLE_SERIES_H

#include "console/history.h"
#include "console/summary.h"
#include "console/web/incidents.h"

/* A chart is this many points wide at most; of a longer history each n-th, the newest among them.
 */
enum { SERIES_POINTS_MAX = 240 };

/* {"at": [s since 1970], "fetched": [...], "written": [...], "fabrics": {NAME: {"pushed": [...],
 * "queued": [...], "used": [...]}}, "errors": [{"at", "stage", "fabric", "level", "text"}]}. What
 * is summed up only grows. The caller frees; NULL when memory is out. */
char *series_json(const struct history *history, const struct summary *summary,
                  const struct incidents *incidents);

#endif
