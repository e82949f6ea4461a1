/*
 * What a run refuses before it starts anything: said on standard error.
 */
#ifndef TQ_CONSOLE_GUARD_H
#define TQ_CONSOLE_GUARD_H

#include "common/config.h"
#include "console/gather.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether all stages belong on this host. */
bool guard_is_of_one_host(const struct config *config);
/* For a dry run: whether no stage runs that was not told of it. attached: a fetcher does. */
bool guard_nobody_pushes(const struct gather *gather, size_t fabric_count, bool attached);

#endif
