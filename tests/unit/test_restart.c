#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/restart.h"
#include "console/spawn.h"

#include <signal.h>

/* As waitpid gives them on Linux. */
#define EXITED(code) ((code) << 8)
#define KILLED(number) (number)

enum { PATIENCE_MS = 60000 };

static enum restart after(struct restart_history *h, int status, int64_t lived, int64_t now,
                          int64_t *gap)
{
        return restart_after(h, status, lived, now, PATIENCE_MS, 0, gap);
}

static void test_first_end(void **state)
{
        static const struct {
                int status;
                enum restart wanted;
                int64_t gap;
        } cases[] = {
            {EXITED(0), RESTART_AGAIN, 100},
            {EXITED(1), RESTART_AGAIN, 100},
            {EXITED(2), RESTART_MISCONFIGURED, -1},
            {EXITED(3), RESTART_AGAIN, 1000},
            {EXITED(SPAWN_EXIT_NO_EXEC), RESTART_GIVEN_UP, -1},
            {KILLED(SIGKILL), RESTART_AGAIN, 100},
            {KILLED(SIGTERM), RESTART_AGAIN, 100},
            {KILLED(SIGSEGV), RESTART_AGAIN, 100},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct restart_history h;
                int64_t gap = -1;

                restart_init(&h);
                assert_int_equal(after(&h, cases[i].status, 1000, 5000, &gap), cases[i].wanted);
                assert_int_equal(gap, cases[i].gap);
        }
}

static void test_gaps_grow_to_five_seconds(void **state)
{
        static const int64_t wanted[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
        struct restart_history h;
        int64_t gap = 0, now = 0;

        (void)state;
        restart_init(&h);
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
                assert_int_equal(after(&h, EXITED(1), 10, now, &gap), RESTART_AGAIN);
                assert_int_equal(gap, wanted[i]);
                now += gap;
        }
        /* A life of ten seconds ends the row. */
        assert_int_equal(after(&h, EXITED(1), 10000, now + 10000, &gap), RESTART_AGAIN);
        assert_int_equal(gap, 100);
}

static void test_given_up_after_patience(void **state)
{
        struct restart_history h;
        int64_t gap;

        (void)state;
        restart_init(&h);
        for (int i = 0; i < 4; i++)
                assert_int_equal(after(&h, KILLED(SIGABRT), 10, i * 20000, &gap), RESTART_AGAIN);
        assert_int_equal(after(&h, KILLED(SIGABRT), 10, 80000, &gap), RESTART_GIVEN_UP);
}

static void test_few_failures_are_not_given_up(void **state)
{
        struct restart_history h;
        int64_t gap;

        (void)state;
        restart_init(&h);
        for (int i = 0; i < 4; i++)
                assert_int_equal(after(&h, EXITED(1), 9000, i * 60000, &gap), RESTART_AGAIN);
}

static void test_kills_from_outside_are_never_given_up(void **state)
{
        struct restart_history h;
        int64_t gap;

        (void)state;
        restart_init(&h);
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(after(&h, KILLED(SIGKILL), 1500, i * 1600, &gap), RESTART_AGAIN);
                assert_int_equal(gap, 100);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_first_end),
            cmocka_unit_test(test_gaps_grow_to_five_seconds),
            cmocka_unit_test(test_given_up_after_patience),
            cmocka_unit_test(test_few_failures_are_not_given_up),
            cmocka_unit_test(test_kills_from_outside_are_never_given_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
