/*
 * TIE trust levels and ThreatQ score bands (guide: "Trust levels", "Scoring to Reputation
 * Mapping"). Pure.
 */
#ifndef TQ_COMMON_REPUTATION_H
#define TQ_COMMON_REPUTATION_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/* TIE's own numbers, as sent in `trustLevel`. */
enum trust_level {
        TRUST_NOT_SET = 0,
        TRUST_KNOWN_MALICIOUS = 1,
        TRUST_MOST_LIKELY_MALICIOUS = 15,
        TRUST_MIGHT_BE_MALICIOUS = 30,
        TRUST_UNKNOWN = 50,
        TRUST_MIGHT_BE_TRUSTED = 70,
        TRUST_MOST_LIKELY_TRUSTED = 85,
        TRUST_KNOWN_TRUSTED = 99,
        TRUST_KNOWN_TRUSTED_INSTALLER = 100,
};

enum band { BAND_VERY_LOW, BAND_LOW, BAND_MEDIUM, BAND_HIGH, BAND_VERY_HIGH, BAND_COUNT };

/* Whether n is one of TIE's levels. */
bool trust_level_valid(int64_t n);
/* Reads a name without regard to case, spaces, '_' and '-'; "Possible Malicious" is Might Be
 * Malicious. False and *ret untouched when the name is none of them. */
bool trust_level_parse(struct text name, enum trust_level *ret);
/* "Known Malicious" …; "Unknown (N)" style text is never made: an invalid level gives NULL. */
const char *trust_level_name(enum trust_level level);

/* Floors the score: below 5 very low, below 7 low, below 9 medium, below 10 high, else very high.
 */
enum band band_of_score(double score);
bool band_parse(struct text name, enum band *ret);
const char *band_name(enum band band);

#endif
