/*
 * What one fabric is judged by: its block of the file, or the terms that the fetcher sends with the
 * pages when ThreatQ has a say in them. The mapping of the terms sent last is kept. Pure.
 */
#ifndef TQ_MAPPER_TERMS_H
#define TQ_MAPPER_TERMS_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/wire.h"
#include "mapper/mapping.h"

struct terms;

/* fabric, and adopt as in mapping_open, must live longer. 0 or -ENOMEM. */
int terms_open(const struct config_fabric *fabric, char *const *adopt, struct terms **ret);
void terms_close(struct terms *terms);
DEFINE_CLEANUP(struct terms *, terms_close);

/* The mapping for a page; sent NULL: no terms came with it, the file holds. Valid until the next
 * call. 0 or -ENOMEM. */
int terms_mapping(struct terms *terms, const struct wire_terms *sent, const struct mapping **ret);

#endif
