/*
 * `status --watch`: looks again every two seconds; on a terminal as a picture until q or Ctrl-C,
 * elsewhere as one table after the other.
 */
#ifndef TQ_CONSOLE_LIVE_H
#define TQ_CONSOLE_LIVE_H

#include "console/gather.h"
#include "console/snapshot.h"
#include "console/watch.h"

struct live_view {
        struct watch *watch;
        struct gather *gather;
        struct snapshot *snapshot;
        size_t fabric_count;
        bool service; /* see health_view */
};

/* 0 when it was ended, -errno. The terminal is as it was before. */
int live_run(const struct live_view *view);

#endif
