/*
 * A cursor over msgpack bytes that trusts nothing: each read checks the kind and that the bytes are
 * there, so no promised length is ever believed (msgpack-c reserves what a header promises). Reads
 * what msgpack-c packs, without a tree and without a copy. A failed read leaves the cursor failed
 * for good, so that a row of reads needs one check at its end.
 */
#ifndef TQ_COMMON_MP_H
#define TQ_COMMON_MP_H

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp {
        const uint8_t *ptr;
        const uint8_t *end;
        bool failed;
};

struct mp mp_of(const void *data, size_t len);
/* Everything was read and nothing failed. */
bool mp_done(const struct mp *mp);

/* Each gives 0, false or an empty text and fails the cursor when another kind is there. */
uint32_t mp_array(struct mp *mp);
uint64_t mp_uint(struct mp *mp);
int64_t mp_int(struct mp *mp);
bool mp_bool(struct mp *mp);
/* A float, double or integer. */
double mp_number(struct mp *mp);
/* str, raw or bin of at most max bytes; valid as long as the data. */
struct text mp_text(struct mp *mp, size_t max);
/* Takes a nil if one is next; else takes nothing and returns false. */
bool mp_nil(struct mp *mp);
/* An unsigned number of at most max. */
uint32_t mp_uint_max(struct mp *mp, uint32_t max);

#endif
