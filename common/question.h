/*
 * What a person names an indicator by: its id in ThreatQ, or its hash. Pure.
 */
#ifndef TQ_COMMON_QUESTION_H
#define TQ_COMMON_QUESTION_H

#include "common/hash.h"

#include <stdbool.h>
#include <stdint.h>

struct question {
        uint64_t id; /* 0: by hash */
        struct hash hash;
};

/* What a text is that is no question, to follow "is". */
extern const char question_refusal[];

/* An id in decimal digits, or a hash in hex of the length of one of the types. False when the text
 * is neither. */
bool question_parse(const char *text, struct question *ret);

#endif
