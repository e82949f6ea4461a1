#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/words.h"

#include <string.h>

static void every_verdict_but_one_has_a_reason(void **state)
{
        (void)state;
        for (enum verdict verdict = VERDICT_CANDIDATE; verdict < VERDICT_COUNT; verdict++)
                assert_int_equal(words_left_out(verdict) == NULL, verdict == VERDICT_CANDIDATE);
        assert_null(words_left_out(VERDICT_COUNT));
}

static void a_cause_names_what_decided(void **state)
{
        char out[WORDS_CAUSE_MAX];

        (void)state;
        assert_string_equal(words_cause(true, 3, out), "an analyst's override");
        assert_string_equal(words_cause(false, 9.25, out), "score 9.25 (high)");
        assert_string_equal(words_cause(false, -1e300, out), "score -1e+300 (very low)");
        assert_string_equal(words_rule(true, 10), "override");
        assert_string_equal(words_rule(false, 10), "very high");
        assert_string_equal(words_level(TRUST_KNOWN_MALICIOUS), "Known Malicious");
        assert_string_equal(words_level((enum trust_level)2), "?");
}

static void a_sentence_is_cut_where_it_is_too_long(void **state)
{
        json_t *story = json_array();
        char text[3000];

        (void)state;
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        words_say(story, "%d of %s", 1, "2");
        words_say(story, "%s", text);
        assert_int_equal(json_array_size(story), 2);
        assert_string_equal(json_string_value(json_array_get(story, 0)), "1 of 2");
        assert_int_equal(json_string_length(json_array_get(story, 1)), 1023);
        json_decref(story);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_verdict_but_one_has_a_reason),
            cmocka_unit_test(a_cause_names_what_decided),
            cmocka_unit_test(a_sentence_is_cut_where_it_is_too_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
