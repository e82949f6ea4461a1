/*
 * All that is known of the pipeline at one moment: the reports, which stages run, the last trouble
 * of each, the health. What `status` prints once and the live views show again and again.
 */
#ifndef TQ_CONSOLE_SNAPSHOT_H
#define TQ_CONSOLE_SNAPSHOT_H

#include "common/cleanup.h"
#include "console/gather.h"
#include "console/health.h"
#include "console/run.h"
#include "console/summary.h"

#include <stdbool.h>
#include <stdint.h>

struct snapshot;

int snapshot_open(const struct console *console, struct snapshot **ret);
void snapshot_close(struct snapshot *snapshot);
DEFINE_CLEANUP(struct snapshot *, snapshot_close);

/* Takes a new look: what the last round of `gather` said, /proc, the troubles' files. `service`:
 * see health_view. */
void snapshot_take(struct snapshot *snapshot, const struct gather *gather, int64_t now_s,
                   bool service);
/* The last look; valid until the next, its reports until the next gather_serve. */
const struct summary *snapshot_summary(const struct snapshot *snapshot);
const struct health *snapshot_health(const struct snapshot *snapshot);

#endif
