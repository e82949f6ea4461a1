/*
 * Sentences that more than one program says: what decided about an indicator. Pure.
 */
#ifndef TQ_COMMON_WORDS_H
#define TQ_COMMON_WORDS_H

#include "common/wire.h"

#include <stdbool.h>

#include <jansson.h>

enum { WORDS_CAUSE_MAX = 64 };

/* Why the indicator is left out, to follow a colon: "its score is below `min_score`". NULL for a
 * candidate. */
const char *words_left_out(enum verdict verdict);
/* The rule that decided a level: "override", or the band of the score: "high". */
const char *words_rule(bool override, double score);
/* The same with what it went by: "an analyst's override", "score 9.2 (high)". */
const char *words_cause(bool override, double score, char out[WORDS_CAUSE_MAX]);
/* The level's name; "?" for a number that is none. */
const char *words_level(enum trust_level level);

/* Appends a sentence, of at most 1023 bytes, to an array of them. */
void words_say(json_t *story, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
