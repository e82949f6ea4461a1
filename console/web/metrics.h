/*
 * The pipeline as metrics, by Prometheus' conventions. Pure. The names are a contract: dashboards
 * and alerts are built on them (README, scripts/grafana-dashboard.json).
 */
#ifndef TQ_CONSOLE_METRICS_H
#define TQ_CONSOLE_METRICS_H

#include "console/history.h"
#include "console/summary.h"

#include <stddef.h>

/* The two text formats differ in how a counter is declared, and in the unit. */
enum metrics_format {
        METRICS_OPENMETRICS, /* 1.0.0 */
        METRICS_PROMETHEUS,  /* 0.0.4, for who does not ask for the other */
        METRICS_FORMATS,
};

/* The one that an Accept header asks for; NULL: none came. */
enum metrics_format metrics_format_of(const char *accept);
const char *metrics_content_type(enum metrics_format format);
/* The caller frees. `history` counts what was seen since it began. NULL when memory is out. */
char *metrics_print(const struct summary *summary, const struct history *history,
                    enum metrics_format format);

#endif
