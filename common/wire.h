/*
 * The protocol between the stages: every message in one place.
 *
 *      fetcher ──PAGE, SWEEP_END──▶ mapper ──BATCH, SWEEP_END──▶ publisher (one per fabric)
 *         ▲                                                         │  │          ▲
 *         └──────────────ACK, HELLO─────────────────────────────────┘  │          │
 *         ▲                                                        OUTCOMES   WRITTEN, HELLO
 *   console ──SWEEP_REQUEST                                            ▼          │
 *                                                                   enricher ─────┘
 *
 * Promise: whoever answers (ACK, WRITTEN) has made the effect durable first; whoever gets no answer
 * sends again; every receipt is idempotent. A frame is one msgpack array [version, type, fields…]
 * in the order of the structs below. Decoding is strict: another version, arity or type, a length
 * over its limit, or bytes left over refuse the whole frame (WIRE_E_BAD): count it, log it once per
 * burst, drop it without an answer.
 *
 * Views: every `struct text` and `struct wire_list` of a decoded message points into the frame and
 * is valid as long as the frame is. Packing appends to a caller's msgpack_sbuffer.
 *
 * Longer than 150 lines: a protocol is read in one place.
 */
#ifndef TQ_COMMON_WIRE_H
#define TQ_COMMON_WIRE_H

#include "common/hash.h"
#include "common/reputation.h"
#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

/* Raise it when a field is added, removed or changes its meaning: stages of two versions can meet
 * while they are restarted one by one, and must then refuse each other's frames, not misread them.
 */
enum { WIRE_VERSION = 4 };

enum wire_type {
        WIRE_PAGE = 1,      /* fetcher → mapper: rows of one page of a sweep */
        WIRE_BATCH = 2,     /* mapper → publisher: what each row means for one fabric */
        WIRE_ACK = 3,       /* publisher → fetcher: a BATCH or SWEEP_END is durable here */
        WIRE_SWEEP_END = 4, /* fetcher → mapper → publisher: all pages of the sweep are durable */
        WIRE_HELLO = 5, /* publisher → fetcher, enricher → publisher: started, or still alive */
        WIRE_OUTCOMES = 6,      /* publisher → enricher: what ThreatQ shall show */
        WIRE_WRITTEN = 7,       /* enricher → publisher: it does */
        WIRE_SWEEP_REQUEST = 8, /* console → fetcher: sweep now */
};

enum {
        WIRE_E_BAD = 1, /* not a valid frame of this version */

        WIRE_FRAME_MAX = 64 << 20, /* bytes of a frame */
        WIRE_ROWS_MAX = 10000,     /* rows of a PAGE, items of a BATCH */
        WIRE_TEXT_MAX = 4096,      /* bytes of one text */
        WIRE_ATTRIBUTES_MAX = 256, /* attributes of one row */
        WIRE_OUTCOMES_MAX = 1024,  /* outcomes of one message */
        WIRE_TARGETS_MAX = 64,     /* fabrics */
        WIRE_STATUS_MAX = 64,      /* names of statuses of one fabric's terms */
        WIRE_LIMIT_MAX = 100000,   /* requests a day */
        WIRE_DAYS_MAX = 365,

        WIRE_PAGE_END = UINT32_MAX & 0x7fffffff, /* page number in the ACK of a SWEEP_END */
};

enum sweep_kind { SWEEP_FULL = 0, SWEEP_INCREMENTAL = 1 };

/* Why an indicator is, or is not, a candidate for a fabric: the first that fits. */
enum verdict {
        VERDICT_CANDIDATE = 0, /* to be pushed at `level`, unless the fabric was told so already */
        VERDICT_INVALID,       /* no valid hash of its type */
        VERDICT_BAD_OVERRIDE,  /* the override names no reputation; counted as invalid */
        VERDICT_DAYS,
        VERDICT_STATUS,
        VERDICT_SCORE,
        VERDICT_ATTRIBUTES,
        VERDICT_CONFLICTING_OVERRIDE,
        VERDICT_UNMAPPED,
        VERDICT_COLLECTION, /* not of the saved search that decides */
        VERDICT_COUNT,
};

enum share { SHARE_SHARED = 0, SHARE_OVERRIDE, SHARE_FAILED, SHARE_PENDING, SHARE_COUNT };

/* Which indicators a page has. */
enum wire_scope {
        SCOPE_SELECTION = 0, /* any: the fabric's filters decide */
        SCOPE_COLLECTION,    /* those of the saved search that decides instead of the filters */
        SCOPE_OUTSIDE,       /* any: an override counts, and nothing else */
        SCOPE_COUNT,
};

/* How the enricher ended with an outcome. */
enum written { WRITTEN_DONE = 0, WRITTEN_GONE /* no such indicator */, WRITTEN_REFUSED };

/* Packed array elements inside a decoded frame; walk it with the matching wire_next_*. */
struct wire_list {
        const uint8_t *ptr;
        size_t len;     /* bytes */
        uint32_t count; /* elements left */
};

/* One indicator as ThreatQ has it. Attributes are those that a filter, an override or an adoption
 * names. */
struct wire_row {
        uint64_t id;
        enum hash_type type; /* HASH_NONE: another or no type */
        struct text value;
        struct text status;
        bool has_score;              /* missing counts as 0 */
        double score;                /* the manual one when set, else the generated one */
        int64_t created_at;          /* s since 1970, UTC; 0: not known */
        struct wire_list attributes; /* of wire_attribute */
};

struct wire_attribute {
        struct text name;
        struct text value;
        int64_t updated_at; /* s since 1970, UTC; 0: not known */
};

/* What a fabric goes by when ThreatQ has a say in it (threatq.remote_config): this instead of the
 * stage's own file. */
struct wire_terms {
        struct text fabric;
        uint32_t daily_limit; /* 1–WIRE_LIMIT_MAX */
        bool enrichment;
        uint32_t days; /* 1–WIRE_DAYS_MAX */
        double min_score;
        struct wire_list status;     /* of text; none: any */
        struct wire_list attributes; /* of wire_attribute, updated_at 0 */
        int level[BAND_COUNT];       /* enum trust_level; -1: not exported */
};

/* What of it concerns the publisher. */
struct wire_push {
        bool given;           /* false: its own file holds */
        bool active;          /* false: nothing is to be set until it is true again */
        uint32_t daily_limit; /* as in wire_terms */
        bool enrichment;
};

struct wire_page {
        uint64_t sweep; /* raised for every sweep, never used twice */
        enum sweep_kind kind;
        uint32_t page;      /* raised for every page sent first in the sweep */
        int64_t started_at; /* when the sweep began, s since 1970 */
        enum wire_scope scope;
        struct wire_list targets; /* of text: the fabrics meant; empty: all */
        struct wire_list terms;   /* of wire_terms: who is not in it goes by its file */
        struct wire_list rows;    /* of wire_row */
};

/* One indicator as one fabric's configuration sees it. */
struct wire_item {
        uint64_t id;
        enum verdict verdict;
        struct hash hash; /* HASH_NONE: of VERDICT_INVALID, and of no other */
        double score;
        int64_t created_at;
        /* Of a candidate only: */
        enum trust_level level;
        bool override;
        bool adopt; /* ThreatQ shows that the fabric was told this, by whoever was here before */
};

struct wire_batch {
        uint64_t sweep;
        enum sweep_kind kind;
        uint32_t page;
        int64_t started_at;
        struct text fabric;
        struct wire_push push;
        struct wire_list items; /* of wire_item */
};

struct wire_sweep_end {
        uint64_t sweep;
        enum sweep_kind kind;
        struct text fabric;
        uint32_t pages;
        int64_t started_at;
        struct wire_push push;
};

struct wire_ack {
        struct text fabric;
        uint64_t sweep;
        uint32_t page; /* WIRE_PAGE_END: the SWEEP_END */
};

/* From a publisher at least every second; from an enricher when it starts (fabric ""). */
struct wire_hello {
        struct text fabric;
        uint64_t incarnation; /* random at each start of the process */
        struct text store; /* id of the publisher's store: another id means another, empty store */
};

/* What TIE knows of a hash. -1: not answered, write nothing. */
struct wire_enrichment {
        int enterprise_level; /* provider 3 */
        int gti_level;        /* provider 1 */
        int atd_level;        /* provider 5 */
        int prevalent;        /* 0, 1 */
        int64_t detection_count;
        int64_t enterprise_count;
};

struct wire_outcome {
        uint64_t id;      /* the ThreatQ indicator */
        uint64_t version; /* raised with every outcome of the store; answered in WRITTEN */
        enum share share;
        struct wire_enrichment enrichment;
};

struct wire_outcomes {
        struct text fabric;
        struct wire_list outcomes; /* of wire_outcome */
};

struct wire_receipt {
        uint64_t id;
        uint64_t version;
        enum written result;
        uint32_t attributes; /* enrichment attributes written, 0 when all were right already */
};

struct wire_written {
        struct text fabric;
        struct wire_list receipts; /* of wire_receipt */
};

struct wire_sweep_request {
        uint64_t request; /* chosen by the asker; the fetcher's report names the last one taken */
        bool full;
};

struct wire_msg {
        enum wire_type type;
        union {
                struct wire_page page;
                struct wire_batch batch;
                struct wire_sweep_end sweep_end;
                struct wire_ack ack;
                struct wire_hello hello;
                struct wire_outcomes outcomes;
                struct wire_written written;
                struct wire_sweep_request sweep_request;
        };
};

/* "PAGE" …, for logs; "?" for others. Valid for ever. */
const char *wire_type_name(enum wire_type type);
/* "full", "incremental". */
const char *sweep_kind_name(enum sweep_kind kind);
/* "candidate", "invalid", "days" …. */
const char *verdict_name(enum verdict verdict);
/* "selection", "collection", "outside". */
const char *wire_scope_name(enum wire_scope scope);
/* "shared", "override", "failed", "pending". */
const char *share_name(enum share share);
/* "done", "gone", "refused". */
const char *written_name(enum written result);

/* Reads and checks a whole frame, lists to their last element. 0, or WIRE_E_BAD with *ret
 * untouched. */
int wire_decode(const void *frame, size_t len, struct wire_msg *ret);

/* The next element of a list of a decoded message; false at its end. */
bool wire_next_text(struct wire_list *list, struct text *ret);
bool wire_next_terms(struct wire_list *list, struct wire_terms *ret);
bool wire_next_row(struct wire_list *list, struct wire_row *ret);
bool wire_next_attribute(struct wire_list *list, struct wire_attribute *ret);
bool wire_next_item(struct wire_list *list, struct wire_item *ret);
bool wire_next_outcome(struct wire_list *list, struct wire_outcome *ret);
bool wire_next_receipt(struct wire_list *list, struct wire_receipt *ret);

/* List elements are packed one after another into a buffer of their own and counted; then
 * wire_list_of() turns that buffer into the list of the message. */
void wire_pack_text(msgpack_sbuffer *out, struct text t);
void wire_pack_terms(msgpack_sbuffer *out, const struct wire_terms *terms);
/* attributes: name, value pairs packed by wire_pack_attribute into a buffer of their own. */
void wire_pack_row(msgpack_sbuffer *out, const struct wire_row *row);
void wire_pack_attribute(msgpack_sbuffer *out, const struct wire_attribute *attribute);
void wire_pack_item(msgpack_sbuffer *out, const struct wire_item *item);
void wire_pack_outcome(msgpack_sbuffer *out, const struct wire_outcome *outcome);
void wire_pack_receipt(msgpack_sbuffer *out, const struct wire_receipt *receipt);
struct wire_list wire_list_of(const msgpack_sbuffer *elements, uint32_t count);

/* Appends the whole frame to out. Memory out aborts. */
void wire_pack(msgpack_sbuffer *out, const struct wire_msg *msg);

/* The same messages as JSON, one object in one line without the newline, for --stdio:
 * {"type":"PAGE","sweep":1,…}. The caller frees. NULL when the frame is bad. */
char *wire_to_json(const void *frame, size_t len);
/* Appends the frame for a JSON line; 0 or WIRE_E_BAD. */
int wire_from_json(const char *line, size_t len, msgpack_sbuffer *out);

#endif
