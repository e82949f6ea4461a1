/*
 * What is said to a TIE server and what it answers: JSON payloads of DXL requests. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_TIE_H
#define TQ_PUBLISHER_DXL_TIE_H

#include "common/hash.h"
#include "common/reputation.h"
#include "common/text.h"
#include "common/wire.h"

#include <stddef.h>

/* Topics of file reputations. */
extern const char tie_topic_set[]; /* /mcafee/service/tie/file/reputation/set */
extern const char tie_topic_get[]; /* /mcafee/service/tie/file/reputation */

enum tie_provider { TIE_PROVIDER_GTI = 1, TIE_PROVIDER_ENTERPRISE = 3, TIE_PROVIDER_ATD = 5 };

enum {
        TIE_E_BAD = 1, /* not an answer of TIE */

        TIE_TEXT_MAX = 256,     /* bytes of filename and of comment; the rest is cut */
        TIE_HASHES_MAX = 3,     /* one of each type */
        TIE_PAYLOAD_MAX = 4096, /* holds any payload built here, with a NUL */
        TIE_ANSWER_MAX = 256 << 10,
};

struct tie_set {
        const struct hash *hashes; /* of one file: 1–TIE_HASHES_MAX */
        size_t hash_count;
        enum trust_level level;
        struct text filename; /* may be empty */
        struct text comment;  /* may be empty */
};

/* The payload that sets the Enterprise reputation (provider 3): the same bytes for the same input.
 * Returns its length without the NUL. */
size_t tie_set_payload(const struct tie_set *set, char out[TIE_PAYLOAD_MAX]);
/* The payload that asks for the reputations; asking does not set anything. */
size_t tie_get_payload(const struct hash *hashes, size_t hash_count, char out[TIE_PAYLOAD_MAX]);

/* Reads the answer to a get. Fields that were not answered are -1. 0, or TIE_E_BAD with *ret
 * untouched. */
int tie_get_parse(const void *payload, size_t len, struct wire_enrichment *ret);

#endif
