/*
 * What failed for good: indicators whose last answer was an error of TIE after all retries. They
 * stay listed until a later try succeeds, or until a person takes them off. All but failed_parse
 * work in the caller's transaction.
 */
#ifndef TQ_PUBLISHER_FAILED_H
#define TQ_PUBLISHER_FAILED_H

#include "common/question.h"
#include "publisher/queue.h"

#include <stdbool.h>
#include <stdint.h>

enum { FAILED_TEXT_MAX = 96, FAILED_NAMED_MAX = 64 };

struct failure {
        uint64_t id;
        enum trust_level level;
        uint32_t code;
        int64_t at;                 /* wall clock, s; 0: not known, of an older store */
        struct hash hash;           /* HASH_NONE: likewise */
        char text[FAILED_TEXT_MAX]; /* TIE's; "" when it gave none */
};

/* Notes the failure; an older one of the indicator is replaced. */
int failed_put(struct work *w, const struct failure *failure);
/* STORE_E_NONE when its last answer was no error. */
int failed_get(struct work *w, uint64_t id, struct failure *ret);
int failed_del(struct work *w, uint64_t id);
/* Whether setting this level was answered with an error last. */
int failed_is(struct work *w, uint64_t id, enum trust_level level, bool *ret);
/* The first with an id >= from. STORE_E_NONE at the end. */
int failed_next(struct work *w, uint64_t from, struct failure *ret);

/* What a person asks for: "retry" or "drop", then "all" or ids and hashes. */
struct failed_order {
        bool drop; /* else retry */
        bool all;
        struct question named[FAILED_NAMED_MAX];
        unsigned count;
};
struct failed_done {
        uint64_t done;
        uint64_t unwanted; /* of retry: taken off, but ThreatQ wants another level or none by now */
};
/* Words separated by spaces, commas or newlines. False when they are no order. Pure. */
bool failed_parse(const char *words, struct failed_order *ret);
/* Retry queues what failed at once, with all its tries, when it is still wanted; drop forgets that
 * it failed. Either takes it off the list. */
int failed_execute(struct work *w, const struct failed_order *order, struct failed_done *ret);

#endif
