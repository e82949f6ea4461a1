/*
 * What a row of ThreatQ means for one fabric: invalid, ordered by an analyst, filtered, not mapped,
 * or a candidate at a trust level. The order of these is the order of the decision (design section
 * 3). Pure.
 */
#ifndef TQ_MAPPER_MAPPING_H
#define TQ_MAPPER_MAPPING_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/wire.h"

#include <stdint.h>

struct mapping;

/* Keeps views of the fabric and of adopt, the words of adopt_open; both must live longer. 0 or
 * -ENOMEM. */
int mapping_open(const struct config_fabric *fabric, char *const *adopt, struct mapping **ret);
void mapping_close(struct mapping *mapping);
DEFINE_CLEANUP(struct mapping *, mapping_close);

/* Judges a row. hash: what hash_parse made of its value, NULL when that is no hash. scope: of its
 * page. started_at: when the sweep began. */
void mapping_decide(const struct mapping *mapping, const struct wire_row *row,
                    const struct hash *hash, enum wire_scope scope, int64_t started_at,
                    struct wire_item *ret);

#endif
