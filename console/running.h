/*
 * Which stages of a configuration run now, whoever started them. Fetcher and publishers say so in
 * their reports; mappers and enrichers keep nothing that would tell, and are looked for in /proc.
 */
#ifndef TQ_CONSOLE_RUNNING_H
#define TQ_CONSOLE_RUNNING_H

#include "console/report.h"
#include "console/summary.h"

#include <stddef.h>

enum { RUNNING_MAX = REPORT_FABRICS_MAX + 64 };

/* Fetcher, mappers, the publisher of each fabric, enrichers: a stage without a process is listed as
 * stopped. `fetcher` may be NULL. At most RUNNING_MAX; returns how many. */
size_t running_describe(const struct report_fetcher *fetcher, const struct summary_fabric *fabrics,
                        size_t fabric_count, const char *config,
                        struct summary_stage ret[RUNNING_MAX]);

#endif
