/*
 * The push journal: each request that left for this fabric and how it ended, in the order in which
 * that was known. It decides nothing: it is there to be read (`explain`, `export`).
 *
 * Its key is a number that rises, so that many entries share a page and a commit. It is bounded by
 * count and by age; what is too much goes many at a time. A store from before it has none.
 */
#ifndef TQ_PUBLISHER_JOURNAL_H
#define TQ_PUBLISHER_JOURNAL_H

#include "publisher/queue.h"

#include <stdint.h>

enum {
        JOURNAL_MAX = 250000, /* entries, and at most JOURNAL_SLACK more */
        JOURNAL_SLACK = 4096,
        JOURNAL_DAYS = 90,
        JOURNAL_VALUE_MAX = 31 + 1 + HASH_MAX_BYTES,
};

/* The numbers stand in stores: what is new goes to the end. */
enum journal_answer {
        JOURNAL_TAKEN,
        JOURNAL_REFUSED,     /* TIE answered with an error: code */
        JOURNAL_UNDELIVERED, /* the fabric answered for it: code */
        JOURNAL_SILENT,      /* no answer in time */
        JOURNAL_CUT,         /* the connection was lost before the answer */
        JOURNAL_ORPHANED,    /* the publisher died, and whether it left is not known */
        JOURNAL_ANSWERS,
};

struct journal_entry {
        uint64_t number;
        int64_t at; /* when its end was known: wall clock, s */
        uint64_t id;
        struct hash hash;
        enum trust_level level;
        bool override;
        double score;
        enum journal_answer answer;
        uint32_t code;
};

/* "taken", "error", "not delivered", "no answer", "connection lost", "unknown". */
const char *journal_answer_name(enum journal_answer answer);
/* An entry of the queue that ended so. Pure. */
struct journal_entry journal_entry_of(const struct entry *entry, enum journal_answer answer,
                                      uint32_t code, int64_t wall_s);

/* Appends; the number is given here. 0, STORE_E_FULL or -errno. */
int journal_put(struct work *w, const struct journal_entry *entry);
/* Takes out what is too old at wall_s, or too much: at most JOURNAL_SLACK entries at a time. */
int journal_prune(struct work *w, int64_t wall_s);

bool journal_of_record(MDB_val key, MDB_val value, struct journal_entry *ret);
/* The first `max` entries with a number >= from; *count may be 0. 0 or -errno. */
int journal_read(struct work *w, uint64_t from, struct journal_entry *ret, unsigned max,
                 unsigned *count);

#endif
