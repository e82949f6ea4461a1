/*
 * Which indicators a sweep has seen, when it looks at ThreatQ twice: one bit for each id, in blocks
 * that are made when the first id of them comes. Ids beyond SEEN_ID_MAX are taken for new each
 * time. Pure.
 */
#ifndef TQ_FETCHER_SEEN_H
#define TQ_FETCHER_SEEN_H

#include "common/cleanup.h"
#include "common/wire.h"

#include <stdint.h>

struct seen;

enum {
        SEEN_BLOCK_BYTES = 8192,
        SEEN_BLOCKS = 4096,
        SEEN_ID_MAX = SEEN_BLOCKS * SEEN_BLOCK_BYTES * 8 - 1, /* at most 32 MiB in all */
};

/* 0 or -ENOMEM. */
int seen_open(struct seen **ret);
void seen_close(struct seen *seen);
DEFINE_CLEANUP(struct seen *, seen_close);
/* Notes the ids of these wire_rows; returns how many of them are new. */
uint32_t seen_add(struct seen *seen, struct wire_list rows);

#endif
