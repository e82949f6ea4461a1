/*
 * From a PAGE to the BATCH of each fabric: the rows are read and their hashes parsed once, then
 * judged for one fabric after another into a frame. Buffers are kept from page to page. Pure.
 */
#ifndef TQ_MAPPER_BATCH_H
#define TQ_MAPPER_BATCH_H

#include "common/cleanup.h"
#include "common/wire.h"
#include "mapper/mapping.h"
#include "mapper/reported.h"

#include <stddef.h>
#include <stdint.h>

struct batch;

/* How many rows of the page came to each verdict; how many of them are to be reported now, and the
 * first indicator of those. */
struct batch_tally {
        uint32_t count[VERDICT_COUNT];
        uint32_t reported[VERDICT_COUNT];
        uint64_t first[VERDICT_COUNT];
};

int batch_open(struct batch **ret);
void batch_close(struct batch *batch);
DEFINE_CLEANUP(struct batch *, batch_close);

/* Reads the rows of a decoded PAGE, whose frame must live until the last batch_judge of it. 0 or
 * -ENOMEM. */
int batch_read(struct batch *batch, const struct wire_page *page);
/* The BATCH frame of the page for one fabric, with what its publisher goes by; valid until the next
 * call. *reported is the fabric's memory of what was said, and says which are to be
 * reported now. */
struct text batch_judge(struct batch *batch, const struct mapping *mapping, const char *fabric,
                        const struct wire_push *push, struct reported *reported,
                        struct batch_tally *ret);

#endif
