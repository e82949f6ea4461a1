/*
 * What a person asks a publisher that runs to do to its store, by files in the state folder: the
 * quota's reset, orders about what failed.
 */
#ifndef TQ_PUBLISHER_REQUESTS_H
#define TQ_PUBLISHER_REQUESTS_H

#include "common/proc.h"
#include "publisher/disk.h"
#include "publisher/vault.h"

/* Does what was asked since the last look. What meets a full disk comes again with the next look.
 * 0 or -errno. */
int requests_serve(const struct proc *proc, struct vault *vault, struct disk *disk);

#endif
