/*
 * All that a publisher's store knows of one indicator, or of one hash: read in one transaction, for
 * a person who asks. It looks through whole tables.
 */
#ifndef TQ_PUBLISHER_DOSSIER_H
#define TQ_PUBLISHER_DOSSIER_H

#include "publisher/failed.h"
#include "publisher/journal.h"
#include "common/question.h"
#include "publisher/queue.h"

#include <stdbool.h>
#include <stdint.h>

enum {
        DOSSIER_MAX = 8, /* indicators of one hash: ThreatQ has one, and may have had others */
        DOSSIER_REQUESTS = 8,
};

struct dossier {
        uint64_t id;        /* 0: no indicator of this hash is known */
        struct hash hash;   /* HASH_NONE: not known */
        struct state state; /* of the store */
        bool judged;
        struct item item; /* how the last sweep that saw it judged it */
        bool current;     /* that was the sweep of `state` */
        bool queued;      /* may be sent now */
        struct entry queue;
        uint64_t place; /* 1: it goes next */
        uint64_t ready; /* entries of the queue */
        bool retrying;  /* waits for its next try */
        struct entry retry;
        int64_t due_ms; /* ledger time */
        bool in_flight;
        struct entry flight;
        bool failed; /* its last answer was an error */
        struct failure failure;
        bool told; /* what the fabric was told of the hash last, for whatever indicator */
        struct shared shared;
        bool outbox; /* an outcome is not in ThreatQ yet: the newest */
        struct outbox outcome;
        uint64_t requests; /* of the hash, or of the indicator, in the journal */
        struct journal_entry request[DOSSIER_REQUESTS]; /* the last of them, oldest first */
};

/* Fills at most DOSSIER_MAX dossiers, *count of them, at least one. In a transaction of a store
 * with an index (recent_open). 0 or -errno. */
int dossier_read(struct work *w, const struct question *question, struct dossier ret[DOSSIER_MAX],
                 unsigned *count);

#endif
