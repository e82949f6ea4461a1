/*
 * What the mapper decides, for -v3: a line for each indicator and fabric, in the order of the page.
 */
#ifndef TQ_MAPPER_TRACE_H
#define TQ_MAPPER_TRACE_H

#include "common/log.h"
#include "common/wire.h"

/* `batch` is the BATCH frame made of the page for the fabric. Costs nothing unless such lines are
 * wanted. */
void trace_batch(struct log *log, const struct wire_page *page, struct text batch);

#endif
