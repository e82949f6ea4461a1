/*
 * Which indicators were reported for an override that cannot be carried out, so that each is said
 * once and not with every page and sweep; mended and spoilt again, it is said again. Memory of this
 * process only, and bounded: of more than REPORTED_MAX at a time the rest is only counted. Pure.
 */
#ifndef TQ_MAPPER_REPORTED_H
#define TQ_MAPPER_REPORTED_H

#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPORTED_MAX = 1024 };

struct reported {
        uint64_t id[REPORTED_MAX]; /* ascending */
        enum verdict verdict[REPORTED_MAX];
        size_t count;
};

/* Takes what an indicator was judged to be; true when that is to be said now. */
bool reported_take(struct reported *reported, uint64_t id, enum verdict verdict);

#endif
