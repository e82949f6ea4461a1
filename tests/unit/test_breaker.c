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
        breaker_answered(&b);
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
        breaker_answered(&b);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_new_connection_gets_few_until_it_answers),
            cmocka_unit_test(it_opens_after_eight_and_probes_with_growing_gaps),
            cmocka_unit_test(a_window_that_times_out_together_is_one_step),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
