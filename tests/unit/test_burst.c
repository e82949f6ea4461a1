#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/burst.h"

static void test_says_once_a_minute(void **state)
{
        static const struct {
                int64_t at;
                bool says;
                uint64_t more;
        } steps[] = {
            {1000, true, 0},  {1000, false, 0},   {1001, false, 0},   {60999, false, 0},
            {61000, true, 3}, {120999, false, 0}, {5000000, true, 1}, {5060000, true, 0},
        };
        struct burst burst = {0};

        (void)state;
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                uint64_t more = 0;

                assert_int_equal(burst_say(&burst, steps[i].at, &more), steps[i].says);
                assert_int_equal(more, steps[i].more);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_says_once_a_minute)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
