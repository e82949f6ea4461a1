#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/story.h"

#include <stdio.h>
#include <string.h>

static const enum trust_level LEVEL = TRUST_KNOWN_MALICIOUS, OTHER = TRUST_UNKNOWN;

static const struct dossier queued_item = {
    .id = 1,
    .judged = true,
    .item = {.reason = REASON_QUEUED, .entry.level = TRUST_KNOWN_MALICIOUS}};

static void what_comes_next_follows_from_the_state(void **state)
{
        struct dossier unknown = {.id = 1}, waits = queued_item, again = queued_item;
        struct dossier retry = queued_item, flying = queued_item, told = queued_item;
        struct dossier changed = queued_item, unsure = queued_item, failed = queued_item;
        struct dossier failed_else = queued_item, same = {.judged = true};
        struct dossier same_unsure, out = {.judged = true, .item.reason = VERDICT_DAYS};
        const struct {
                const struct dossier *dossier;
                enum story_next next;
        } cases[] = {
            {&unknown, STORY_UNKNOWN},    {&waits, STORY_WAITS},   {&retry, STORY_WAITS},
            {&flying, STORY_AWAITED},     {&again, STORY_PUSHED},  {&told, STORY_NOTHING},
            {&changed, STORY_PUSHED},     {&unsure, STORY_PUSHED}, {&failed, STORY_TRIED},
            {&failed_else, STORY_PUSHED}, {&same, STORY_NOTHING},  {&same_unsure, STORY_PUSHED},
            {&out, STORY_NOTHING},
        };

        (void)state;
        waits.queued = waits.in_flight = true;
        retry.retrying = flying.in_flight = true;
        told.told = changed.told = unsure.told = same.told = true;
        told.shared.level = unsure.shared.level = LEVEL;
        unsure.shared.uncertain = true;
        changed.shared.level = OTHER;
        failed.failed = failed_else.failed = true;
        failed.failure.level = LEVEL;
        failed_else.failure.level = OTHER;
        same.item.reason = REASON_SHARED;
        same_unsure = same;
        same_unsure.shared.uncertain = true;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(story_next(cases[i].dossier), cases[i].next);
}

static void every_verdict_has_a_name_and_a_reason(void **state)
{
        (void)state;
        for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
                struct dossier d = {.id = 1, .judged = true, .item.reason = reason};
                json_t *json;

                json = story_json(&d, &(struct story_clock){0});
                assert_string_not_equal(story_verdict(reason), "?");
                assert_non_null(json);
                assert_null(
                    strstr(json_string_value(json_array_get(json_object_get(json, "story"), 0)),
                           "(null)"));
                json_decref(json);
        }
        assert_string_equal(story_verdict(REASON_COUNT), "?");
}

/* The story as one text, the sentences one after the other. */
static const char *tell(const struct dossier *d, const struct story_clock *now)
{
        static char text[4096];
        json_t *json = story_json(d, now);
        const json_t *story = json_object_get(json, "story");
        size_t used = 0;

        for (size_t i = 0; i < json_array_size(story); i++)
                used += (size_t)snprintf(text + used, sizeof(text) - used, "%s|",
                                         json_string_value(json_array_get(story, i)));
        json_decref(json);
        return text;
}

static void the_words_say_where_it_is(void **state)
{
        struct dossier d = queued_item;
        struct story_clock now = {.ledger_ms = 1000000, .queue_wait_ms = 3 * 86400000};

        (void)state;
        d.item.sweep = sweep_mark(3, 1777629600);
        d.current = d.queued = true;
        d.item.entry.score = 9.2;
        d.queue = d.item.entry;
        d.place = 17;
        d.ready = 400;
        assert_string_equal(
            tell(&d, &now),
            "The last sweep, of 2026-05-01 10:00:00 UTC, judged it: score 9.2 (high) makes it "
            "Known Malicious, and it was queued.|It waits at place 17 of 400 in the queue, to be "
            "set to Known Malicious; the quota lets it out in 3.0 days.|Next sweep, if ThreatQ "
            "says the same: it stays queued, and its place is found anew.|");
        now.queue_wait_ms = 0;
        assert_non_null(strstr(tell(&d, &now), "the quota that is left covers it"));
        d.queued = false;
        d.retrying = true;
        d.retry = (struct entry){.level = LEVEL, .errors = 1, .timeouts = 2};
        d.due_ms = 1040000;
        assert_non_null(strstr(tell(&d, &now), "for its next try as Known Malicious in 40 s, after "
                                               "1 error and 2 time-outs."));
        d.due_ms = 5;
        assert_non_null(strstr(tell(&d, &now), "which is due, after"));
        d.retrying = false;
        d.in_flight = true;
        d.flight.level = LEVEL;
        assert_non_null(strstr(tell(&d, &now), "It is in flight as Known Malicious"));
        d.item.entry.override = true;
        d.current = false;
        assert_non_null(strstr(tell(&d, &now), "A former sweep"));
        assert_non_null(strstr(tell(&d, &now), "an analyst's override makes it"));
        assert_non_null(strstr(tell(&d, &now), "has not seen it"));
}

static void the_words_say_what_was_told(void **state)
{
        const struct story_clock now = {0};
        struct dossier d = queued_item;

        (void)state;
        d.hash.type = HASH_MD5;
        assert_non_null(strstr(tell(&d, &now), "TIE has taken no reputation"));
        d.told = true;
        d.shared = (struct shared){.level = LEVEL, .at = 1777629600, .id = 1, .version = 4};
        assert_non_null(strstr(tell(&d, &now),
                               "TIE took Known Malicious for this hash at 2026-05-01 "
                               "10:00:00 UTC."));
        assert_non_null(strstr(tell(&d, &now), "nothing of it waits in the outbox"));
        d.outbox = true;
        d.outcome.share = SHARE_SHARED;
        assert_non_null(strstr(tell(&d, &now), "That it is shared is not in ThreatQ yet"));
        d.shared.id = 2;
        assert_non_null(strstr(tell(&d, &now), "for indicator 2, which has the same hash"));
        d.shared.version = 0;
        assert_non_null(strstr(tell(&d, &now), "shared by an earlier connector"));
        d.shared.uncertain = true;
        assert_non_null(strstr(tell(&d, &now), "Another level was sent since"));
        d.failed = true;
        d.failure.level = OTHER;
        d.failure.code = 0x1f;
        assert_non_null(strstr(tell(&d, &now), "when Unknown was set, TIE's last answer was "
                                               "0x0000001f."));
}

/* What was seen stands beside the rule that it broke, unless an earlier publisher kept none of it.
 */
static void the_words_say_why_it_was_left_out(void **state)
{
        static const struct {
                unsigned reason;
                double score;
                int64_t created_at;
                const char *words;
        } cases[] = {
            {VERDICT_SCORE, 2.5, 1, "left it out: its score is below `min_score` (2.5)."},
            {VERDICT_UNMAPPED, 9, 1, "lists the band of its score nowhere (9, high)."},
            {VERDICT_DAYS, 9, 1777629600, "before the last `days` (2026-05-01 10:00:00 UTC)."},
            {VERDICT_DAYS, 9, 0, "before the last `days` (ThreatQ gives no time)."},
            {VERDICT_STATUS, 9, 1, "left it out: its status is none of `status`."},
            {REASON_SHARED, 9, 1, "score 9 (high) makes it Known Malicious; the fabric was told"},
        };
        const struct story_clock now = {0};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct dossier d = {.id = 1, .judged = true, .hash.type = HASH_MD5};

                d.item = (struct item){.reason = cases[i].reason,
                                       .entry = {.hash.type = HASH_MD5,
                                                 .level = LEVEL,
                                                 .score = cases[i].score,
                                                 .created_at = cases[i].created_at}};
                assert_non_null(strstr(tell(&d, &now), cases[i].words));
                assert_null(strstr(tell(&d, &now), "another hash"));
                d.hash.type = HASH_SHA1;
                assert_non_null(
                    strstr(tell(&d, &now), "It has another hash in ThreatQ by now: 0000"));
                d.item.entry.hash.type = HASH_NONE;
                assert_null(strstr(tell(&d, &now), "another hash"));
                if (cases[i].reason != VERDICT_STATUS)
                        assert_null(strstr(tell(&d, &now), cases[i].words));
        }
}

static void the_words_say_that_nothing_is_known(void **state)
{
        struct dossier d = {.id = 1};

        (void)state;
        assert_non_null(
            strstr(tell(&d, &(struct story_clock){0}), "No sweep has brought this indicator"));
        d = (struct dossier){.hash.type = HASH_MD5};
        assert_non_null(
            strstr(tell(&d, &(struct story_clock){0}), "No sweep has brought this hash"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_comes_next_follows_from_the_state),
            cmocka_unit_test(every_verdict_has_a_name_and_a_reason),
            cmocka_unit_test(the_words_say_where_it_is),
            cmocka_unit_test(the_words_say_what_was_told),
            cmocka_unit_test(the_words_say_why_it_was_left_out),
            cmocka_unit_test(the_words_say_that_nothing_is_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
