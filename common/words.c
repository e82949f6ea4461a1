#include "common/words.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 1024 };

const char *words_left_out(enum verdict verdict)
{
        static const char *const words[VERDICT_COUNT] = {
            [VERDICT_INVALID] = "its value is no valid hash of its type",
            [VERDICT_BAD_OVERRIDE] = "its override names no reputation",
            [VERDICT_DAYS] = "it was created before the last `days`",
            [VERDICT_STATUS] = "its status is none of `status`",
            [VERDICT_SCORE] = "its score is below `min_score`",
            [VERDICT_ATTRIBUTES] = "its attributes do not match `attributes`",
            [VERDICT_CONFLICTING_OVERRIDE] = "it has two different overrides for this fabric",
            [VERDICT_UNMAPPED] = "`reputation` lists the band of its score nowhere",
            [VERDICT_COLLECTION] = "it is not in the data collection",
        };

        return verdict < VERDICT_COUNT ? words[verdict] : NULL;
}

const char *words_rule(bool override, double score)
{
        return override ? "override" : band_name(band_of_score(score));
}

const char *words_cause(bool override, double score, char out[WORDS_CAUSE_MAX])
{
        if (override)
                snprintf(out, WORDS_CAUSE_MAX, "an analyst's override");
        else
                snprintf(out, WORDS_CAUSE_MAX, "score %.10g (%s)", score, words_rule(false, score));
        return out;
}

const char *words_level(enum trust_level level)
{
        const char *name = trust_level_name(level);

        return name ? name : "?";
}

void words_say(json_t *story, const char *format, ...)
{
        char text[SENTENCE_MAX];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        json_array_append_new(story, json_string(text));
}
