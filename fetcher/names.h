/*
 * What ThreatQ's ids of indicator types and statuses stand for: they differ from instance to
 * instance. Read from the answers of /api/indicator/types and /api/indicator/statuses. Pure.
 */
#ifndef TQ_FETCHER_NAMES_H
#define TQ_FETCHER_NAMES_H

#include "common/cleanup.h"
#include "common/text.h"

#include <stddef.h>
#include <stdint.h>

struct names;

/* Both are whole JSON answers. 0, -EBADMSG, -ENOMEM. */
int names_parse(const char *types, size_t types_len, const char *statuses, size_t statuses_len,
                struct names **ret);
void names_free(struct names *names);
DEFINE_CLEANUP(struct names *, names_free);
/* The empty text for an id that is not known. Valid as long as names. */
struct text names_type(const struct names *names, uint64_t id);
struct text names_status(const struct names *names, uint64_t id);
/* ThreatQ's own spelling of a status, found without regard to case; empty when it has none such. */
struct text names_status_spelling(const struct names *names, struct text status);

#endif
