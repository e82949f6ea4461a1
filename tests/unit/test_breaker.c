#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/breaker.h"

static void a_new_connection_gets_few_until_it_answers(void **state)
{
        struct breaker b = {0};

        (void)state;
        assert_int_equal(breaker_allowance(&b, 64, 0), BREAKER_LIMIT);
        assert_int_equal(breaker_allowance(&b, 4, 0), 4);
        breaker_answered(&b, 0);
        assert_int_equal(breaker_allowance(&b, 64, 0), 64);
        breaker_reconnected(&b);
        assert_int_equal(breaker_allowance(&b, 64, 0), BREAKER_LIMIT);
}

static void it_opens_after_eight_and_probes_with_growing_gaps(void **state)
{
        struct breaker b = {0};
        int64_t now = 1000, gap = 30000;

        (void)state;
        for (int i = 0; i < BREAKER_LIMIT - 1; i++)
                breaker_timed_out(&b, now, gap);
        assert_false(breaker_open(&b));
        breaker_timed_out(&b, now, gap);
        assert_true(breaker_open(&b));
        for (int i = 0; i < 12; i++) {
                assert_int_equal(breaker_allowance(&b, 64, now + gap - 1), 0);
                now += gap;
                assert_int_equal(breaker_allowance(&b, 64, now), 1);
                breaker_timed_out(&b, now, 30000);
                gap = 2 * gap < BREAKER_MAX_GAP_MS ? 2 * gap : BREAKER_MAX_GAP_MS;
        }
        breaker_answered(&b, now);
        assert_false(breaker_open(&b));
        assert_int_equal(breaker_allowance(&b, 64, now), 64);
}

static void a_window_that_times_out_together_is_one_step(void **state)
{
        struct breaker b = {0};

        (void)state;
        for (int i = 0; i < 64; i++)
                breaker_timed_out(&b, 1000, 30000);
        assert_int_equal(b.next_probe_ms, 31000);
}

static void an_overloaded_service_gets_nothing_for_a_while(void **state)
{
        struct breaker b = {0};

        (void)state;
        breaker_answered(&b, 0);
        for (int i = 0; i < 64; i++)
                breaker_overloaded(&b, 1000, 30000); /* one burst is one pause */
        assert_int_equal(breaker_state(&b, 1000), BREAKER_PAUSED);
        assert_int_equal(breaker_next_ms(&b, 1000), 31000);
        assert_int_equal(breaker_allowance(&b, 64, 30999), 0);
        breaker_answered(&b, 2000); /* it was on its way */
        assert_int_equal(breaker_allowance(&b, 64, 30999), 0);
        assert_int_equal(breaker_state(&b, 31000), BREAKER_CLOSED);
        assert_int_equal(breaker_next_ms(&b, 31000), 0);
        assert_int_equal(breaker_allowance(&b, 64, 31000), BREAKER_LIMIT);
        breaker_overloaded(&b, 31000, 30000); /* still: twice as long */
        assert_int_equal(breaker_next_ms(&b, 31000), 91000);
        breaker_answered(&b, 91000);
        assert_int_equal(breaker_allowance(&b, 64, 91000), 64);
        breaker_overloaded(&b, 100000, 30000);
        assert_int_equal(breaker_next_ms(&b, 100000), 130000);
}

static void states_and_next_tries(void **state)
{
        struct breaker b = {0};

        (void)state;
        assert_string_equal(breaker_state_name(breaker_state(&b, 0)), "closed");
        for (int i = 0; i < BREAKER_LIMIT; i++)
                breaker_timed_out(&b, 1000, 30000);
        assert_string_equal(breaker_state_name(breaker_state(&b, 1000)), "open");
        assert_int_equal(breaker_next_ms(&b, 1000), 31000);
        assert_int_equal(breaker_next_ms(&b, 31000), 0);
        breaker_overloaded(&b, 31000, 30000);
        assert_string_equal(breaker_state_name(breaker_state(&b, 31000)), "paused");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_new_connection_gets_few_until_it_answers),
            cmocka_unit_test(it_opens_after_eight_and_probes_with_growing_gaps),
            cmocka_unit_test(an_overloaded_service_gets_nothing_for_a_while),
            cmocka_unit_test(states_and_next_tries),
            cmocka_unit_test(a_window_that_times_out_together_is_one_step),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
