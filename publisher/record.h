/*
 * What the publisher's store holds, as structs and as bytes. Keys sort as the queue wants them; all
 * numbers are big-endian. Pure.
 *
 *   table     key                      value
 *   meta      name                     struct state, struct rule, ledger clock, store id
 *   item      indicator id             struct item: how the last sweep judged it
 *   order     priority, indicator id   what is queued and may be sent now
 *   retry     indicator id             what is queued and waits for its next try
 *   due       time, indicator id       the same, by time
 *   inflight  indicator id             reserved: may have left
 *   shared    hash                     what the fabric was told
 *   recent    number                   the same of late, not yet merged into shared
 *   failed    indicator id             the last answer was an error
 *   outbox    version                  what ThreatQ shall show and does not yet
 *   latest    indicator id             the version of its newest outcome, when that is no success
 *   quota     ledger time              requests reserved then
 *   journal   number                   a request and how it ended
 *
 * Longer than 150 lines: what a store holds is read in one place.
 */
#ifndef TQ_PUBLISHER_RECORD_H
#define TQ_PUBLISHER_RECORD_H

#include "common/hash.h"
#include "common/reputation.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lmdb.h>

/* Raised when a table changes its meaning: a store of another format is refused. */
enum { STORE_FORMAT = 2 };

enum table {
        TABLE_META,
        TABLE_ITEM,
        TABLE_ORDER,
        TABLE_RETRY,
        TABLE_DUE,
        TABLE_INFLIGHT,
        TABLE_SHARED,
        TABLE_FAILED,
        TABLE_OUTBOX,
        TABLE_QUOTA,
        TABLE_LATEST,
        TABLE_RECENT,
        TABLE_JOURNAL,
};

/* Their names, in the order of the enum, for store_open. */
extern const char *const record_tables[];

enum {
        ORDER_KEY_SIZE = 25,
        ENTRY_VALUE_MAX = 5 + HASH_MAX_BYTES,
        RECORD_MAX = ORDER_KEY_SIZE + ENTRY_VALUE_MAX,
        RANK_SIZE = ORDER_KEY_SIZE - 8, /* of an order key, without the id */
        ITEM_HASH = 9 + 1 + RANK_SIZE,  /* where an item's hash begins */
        ITEM_MAX = ITEM_HASH + 1 + HASH_MAX_BYTES,
        SHARED_KEY_MAX = 1 + HASH_MAX_BYTES,
        SHARED_VALUE_SIZE = 26,
        OUTBOX_VALUE_SIZE = 71,
        STATE_MAX = 256,
};

/* One reputation to set. */
struct entry {
        uint64_t id; /* the ThreatQ indicator */
        struct hash hash;
        enum trust_level level;
        bool override;
        double score;
        int64_t created_at;
        uint8_t errors;     /* error answers so far */
        uint8_t timeouts;   /* requests without an answer so far */
        bool last_try;      /* it failed in an earlier sweep: an error is final at once */
        bool was_uncertain; /* in flight: what the fabric holds was uncertain before */
        bool undelivered;   /* the fabric found no service once: it was sent again at once */
};

/* Why an indicator of the sweep is where it is: the mapper's verdict, or for a candidate one of the
 * two. The numbers stand in stores: what is new goes to the end. */
enum reason {
        REASON_QUEUED = VERDICT_CANDIDATE,
        REASON_SHARED = VERDICT_UNMAPPED + 1, /* the fabric was told this already */
        REASON_COLLECTION,
        REASON_COUNT,
};

struct item {
        uint64_t sweep; /* sweep_mark of the last one that saw it */
        unsigned reason;
        struct entry entry; /* key fields and hash; level: of a candidate only */
};

struct shared {
        enum trust_level level;
        bool uncertain;   /* another level was sent since and its answer is not known */
        int64_t at;       /* wall clock, s */
        uint64_t id;      /* the indicator it was told for */
        uint64_t version; /* of the outcome that says so */
};

struct outbox {
        uint64_t version; /* the key */
        uint64_t id;      /* the indicator */
        struct hash hash;
        enum share share;
        struct wire_enrichment enrichment;
};

/* The running facts of the store, one record. */
struct state {
        uint64_t sweep;
        int64_t started_at;
        enum sweep_kind kind;
        bool ended; /* SWEEP_END came */
        uint64_t fetched;
        uint64_t counts[REASON_COUNT]; /* indicators of the sweep */
        uint64_t sent;                 /* since the sweep began */
        uint64_t failed;
        uint64_t version; /* of the last outcome */
        uint64_t written; /* enrichment attributes in ThreatQ, ever */
};

/* One number for a sweep's number and start: a fetcher that lost its store begins again at 1. */
uint64_t sweep_mark(uint64_t sweep, int64_t started_at);
/* The start again. */
int64_t sweep_mark_time(uint64_t mark);

/* Overrides first, then by falling score, rising created_at, rising id. */
void entry_order_key(const struct entry *entry, uint8_t out[ORDER_KEY_SIZE]);
/* The value that stands behind an order key; returns its length. */
size_t entry_order_value(const struct entry *entry, uint8_t out[ENTRY_VALUE_MAX]);
bool entry_of_order(MDB_val key, MDB_val value, struct entry *ret);
/* Key and value in one, for tables keyed by the id. */
size_t entry_record(const struct entry *entry, uint8_t out[RECORD_MAX]);
bool entry_of_record(MDB_val record, struct entry *ret);

size_t item_record(const struct item *item, uint8_t out[ITEM_MAX]);
/* Earlier publishers kept less: no hash, and of what is not queued the sweep and the reason alone.
 * Then the hash is HASH_NONE, and the key fields and the level are 0, until a sweep sees it again.
 */
bool item_of_record(uint64_t id, MDB_val record, struct item *ret);
/* Whether the record had all of it. Of what has no valid hash it is never so. */
bool item_is_whole(const struct item *item);
/* Whether it says at which level it was wanted. */
bool item_has_level(const struct item *item);

size_t shared_key(const struct hash *hash, uint8_t out[SHARED_KEY_MAX]);
void shared_record(const struct shared *shared, uint8_t out[SHARED_VALUE_SIZE]);
bool shared_of_record(MDB_val record, struct shared *ret);
void outbox_record(const struct outbox *outbox, uint8_t out[OUTBOX_VALUE_SIZE]);
bool outbox_of_record(MDB_val key, MDB_val record, struct outbox *ret);
size_t state_record(const struct state *state, uint8_t out[STATE_MAX]);
/* A record that has fewer counts than there are by now has none of those at the end. */
bool state_of_record(MDB_val record, struct state *ret);

#endif
