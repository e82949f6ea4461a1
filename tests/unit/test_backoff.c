#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/backoff.h"

static void test_doubles_to_the_ceiling(void **state)
{
        static const int64_t gaps[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
        struct backoff b = {.first_ms = 500, .max_ms = 30000};

        (void)state;
        for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
                assert_int_equal(backoff_next(&b, 0), gaps[i]);
        assert_int_equal(b.tries, 8);
        backoff_reset(&b);
        assert_int_equal(backoff_next(&b, 0), 500);
}

static void test_jitter_is_at_most_a_quarter(void **state)
{
        struct backoff b = {.first_ms = 1000, .max_ms = 1000};

        (void)state;
        assert_int_equal(backoff_next(&b, 0), 1000);
        assert_int_equal(backoff_next(&b, UINT32_MAX), 1250);
        assert_in_range(backoff_next(&b, UINT32_MAX / 2), 1100, 1150);
}

static void test_never_overflows(void **state)
{
        struct backoff b = {.first_ms = 3, .max_ms = INT64_MAX / 4, .tries = 4000000000U};
        struct backoff high = {.first_ms = 10, .max_ms = 5};

        (void)state;
        assert_int_equal(backoff_next(&b, 0), INT64_MAX / 4);
        assert_int_equal(backoff_next(&high, 0), 5);
}

static void test_random_varies(void **state)
{
        uint32_t first = backoff_random();
        int same = 0;

        (void)state;
        for (int i = 0; i < 8; i++)
                same += backoff_random() == first;
        assert_true(same < 8);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_doubles_to_the_ceiling),
            cmocka_unit_test(test_jitter_is_at_most_a_quarter),
            cmocka_unit_test(test_never_overflows),
            cmocka_unit_test(test_random_varies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
