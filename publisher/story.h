/*
 * What a dossier says, as JSON and in words. Pure.
 *
 * {"id", "hash": {"type", "value"}, "judged": {"at", "last_sweep", "verdict", "rule", "level",
 *             "score", "created_at"},
 *  "queue": {"place", "of", "level", "rule", "score", "override", "wait_s"},
 *  "retry": {"level", "errors", "timeouts", "wait_s"}, "in_flight": {"level"},
 *  "told": {"level", "at", "id", "adopted", "uncertain"}, "failed": {"level", "code", "text"},
 *  "outbox": {"share"}, "requests": [{"at", "id", "level", "rule", "answer", "code"}, …],
 *  "next_sweep": "…", "story": ["…", …]}
 * What is not so is null. Requests are the last of the journal, oldest first.
 */
#ifndef TQ_PUBLISHER_STORY_H
#define TQ_PUBLISHER_STORY_H

#include "publisher/dossier.h"

#include <stdint.h>

#include <jansson.h>

struct story_clock {
        int64_t ledger_ms;     /* now, by the quota's clock */
        int64_t queue_wait_ms; /* until the quota lets out what stands at the dossier's place */
};

/* What the next sweep does with it when ThreatQ says what it said last. */
enum story_next {
        STORY_UNKNOWN, /* the publisher has never seen it */
        STORY_NOTHING, /* it was told, or it is not to be exported */
        STORY_WAITS,   /* queued already: its place is looked at anew */
        STORY_AWAITED, /* in flight */
        STORY_PUSHED,  /* queued again */
        STORY_TRIED,   /* likewise, once, after an error */
};
enum story_next story_next(const struct dossier *dossier);

/* "invalid", "days", "queued", "shared" …: as the counts of `status` name them. */
const char *story_verdict(unsigned reason);
/* The sentences, an array of strings. */
json_t *story_words(const struct dossier *dossier, const struct story_clock *now);
/* All of it. NULL when memory is out. */
json_t *story_json(const struct dossier *dossier, const struct story_clock *now);

#endif
