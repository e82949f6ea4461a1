/*
 * Which source ThreatQ gives to our rows: connector.source, or the account's own. No call tells the
 * account's own: it is learned from a row that we have just added, by whichever worker first has
 * to tell our rows from those of others. For all workers of a process.
 */
#ifndef TQ_ENRICHER_SOURCE_H
#define TQ_ENRICHER_SOURCE_H

#include "common/text.h"

#include <stdatomic.h>
#include <stdbool.h>

struct source {
        const char *configured; /* connector.source, to be written with each row; NULL: none */
        bool all; /* none configured, but adopt: every row of our names is ours, the earlier
                     connector's too */
        _Atomic(char *) learned;
        _Atomic bool hidden; /* the sources of rows are not to be seen, or not of interest */
};

/* configured outlives it. adopt: connector.adopt. */
void source_init(struct source *source, const char *configured, bool adopt);
void source_done(struct source *source);
/* NULL: not known yet. Valid until source_done. */
const char *source_name(struct source *source);
/* What is known stays. */
void source_learn(struct source *source, struct text name);

#endif
