#include "common/reputation.h"

#include <stddef.h>

enum { NAME_MAX_LEN = 32 }; /* longer than every name without its separators */

struct level_name {
        enum trust_level level;
        const char *name;
        const char *key; /* lower case, without separators */
};

static const struct level_name levels[] = {
    {TRUST_KNOWN_TRUSTED_INSTALLER, "Known Trusted Installer", "knowntrustedinstaller"},
    {TRUST_KNOWN_TRUSTED, "Known Trusted", "knowntrusted"},
    {TRUST_MOST_LIKELY_TRUSTED, "Most Likely Trusted", "mostlikelytrusted"},
    {TRUST_MIGHT_BE_TRUSTED, "Might Be Trusted", "mightbetrusted"},
    {TRUST_UNKNOWN, "Unknown", "unknown"},
    {TRUST_MIGHT_BE_MALICIOUS, "Might Be Malicious", "mightbemalicious"},
    {TRUST_MOST_LIKELY_MALICIOUS, "Most Likely Malicious", "mostlikelymalicious"},
    {TRUST_KNOWN_MALICIOUS, "Known Malicious", "knownmalicious"},
    {TRUST_NOT_SET, "Not Set", "notset"},
    /* The label of Might Be Malicious before 1.3.1; last, so that it is read but never written. */
    {TRUST_MIGHT_BE_MALICIOUS, "Possible Malicious", "possiblemalicious"},
};

static const char *const band_names[BAND_COUNT] = {
    [BAND_VERY_LOW] = "very low",   [BAND_LOW] = "low",
    [BAND_MEDIUM] = "medium",       [BAND_HIGH] = "high",
    [BAND_VERY_HIGH] = "very high",
};

/* The name without spaces, '_' and '-'. False when it is longer than any we know. */
static bool squeeze(struct text name, char out[NAME_MAX_LEN])
{
        size_t n = 0;

        name = text_trim(name);
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];

                if (c == ' ' || c == '_' || c == '-')
                        continue;
                if (n == NAME_MAX_LEN - 1)
                        return false;
                out[n++] = c;
        }
        out[n] = '\0';
        return true;
}

bool trust_level_valid(int64_t n)
{
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
                if ((int64_t)levels[i].level == n)
                        return true;
        }
        return false;
}

bool trust_level_parse(struct text name, enum trust_level *ret)
{
        char key[NAME_MAX_LEN];

        if (!squeeze(name, key))
                return false;
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
                if (text_eq_nocase(text_of(key), text_of(levels[i].key))) {
                        *ret = levels[i].level;
                        return true;
                }
        }
        return false;
}

const char *trust_level_name(enum trust_level level)
{
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
                if (levels[i].level == level)
                        return levels[i].name;
        }
        return NULL;
}

/* Flooring and then comparing with a whole bound is the same as comparing with the bound. A NaN,
 * which no comparison holds for, ends in the lowest band. */
enum band band_of_score(double score)
{
        if (score >= 10)
                return BAND_VERY_HIGH;
        if (score >= 9)
                return BAND_HIGH;
        if (score >= 7)
                return BAND_MEDIUM;
        if (score >= 5)
                return BAND_LOW;
        return BAND_VERY_LOW;
}

bool band_parse(struct text name, enum band *ret)
{
        static const char *const keys[BAND_COUNT] = {"verylow", "low", "medium", "high",
                                                     "veryhigh"};
        char key[NAME_MAX_LEN];

        if (!squeeze(name, key))
                return false;
        for (size_t i = 0; i < BAND_COUNT; i++) {
                if (text_eq_nocase(text_of(key), text_of(keys[i]))) {
                        *ret = (enum band)i;
                        return true;
                }
        }
        return false;
}

const char *band_name(enum band band)
{
        return (unsigned)band < BAND_COUNT ? band_names[band] : NULL;
}
