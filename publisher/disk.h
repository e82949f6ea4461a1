/*
 * A full disk passes: nothing was changed by the commit that failed, and what was not acknowledged
 * comes again. It is said once, and the publisher goes on.
 */
#ifndef TQ_PUBLISHER_DISK_H
#define TQ_PUBLISHER_DISK_H

#include "common/log.h"

#include <stdbool.h>

enum { DISK_PAUSE_MS = 1000 }; /* between two tries */

struct disk {
        struct log *log;
        const char *folder; /* where the store is, for the log */
        bool full;
};

/* Whether a result of the store says so. Pure. */
bool disk_is_full(int result);
/* Takes the result of a commit: 0 when it succeeded or met a full disk, which disk->full then says;
 * else the result itself. */
int disk_judge(struct disk *disk, int result);

#endif
