/*
 * The selection of one fabric, prepared once so that judging a row allocates nothing. Pure.
 */
#ifndef TQ_MAPPER_FILTER_H
#define TQ_MAPPER_FILTER_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/wire.h"

#include <stdint.h>

struct filter;

/* Keeps views of the selection, which must live longer. 0 or -ENOMEM. */
int filter_open(const struct config_selection *selection, struct filter **ret);
void filter_close(struct filter *filter);
DEFINE_CLEANUP(struct filter *, filter_close);

/* VERDICT_CANDIDATE when the row passes, else the first that drops it: days, status, score,
 * attributes. started_at: when the sweep began. */
enum verdict filter_check(const struct filter *filter, const struct wire_row *row,
                          int64_t started_at);

#endif
