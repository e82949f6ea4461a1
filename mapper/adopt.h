/*
 * Whether ThreatQ shows that a fabric was told what an indicator deserves now, by the connector
 * that was here before (connector.adopt). What was told is not written there, so it is taken to be
 * what the present score or override gives; where the rows themselves show a change, nothing is
 * taken. Pure.
 */
#ifndef TQ_MAPPER_ADOPT_H
#define TQ_MAPPER_ADOPT_H

#include "common/cleanup.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct adopt;

/* words: connector.share_status, which must live longer; NULL: nothing is ever adopted. 0 or
 * -ENOMEM. */
int adopt_open(const char *fabric, char *const *words, struct adopt **ret);
void adopt_close(struct adopt *adopt);
DEFINE_CLEANUP(struct adopt *, adopt_close);

/* The newest `Share Status - <fabric>` decides: shared for an indicator without an override, shared
 * by an override for one with it that is not newer. override_at: when the override was written, s
 * since 1970, 0 when that is not known. */
bool adopt_shows(const struct adopt *adopt, struct wire_list attributes, bool override,
                 int64_t override_at);

#endif
