#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "mapper/reported.h"

#include <stdlib.h>

static struct reported reported;

static int reset(void **state)
{
        (void)state;
        reported.count = 0;
        return 0;
}

static void each_is_said_once(void **state)
{
        (void)state;
        for (int sweep = 0; sweep < 3; sweep++) {
                assert_int_equal(reported_take(&reported, 7, VERDICT_CONFLICTING_OVERRIDE),
                                 sweep == 0);
                assert_int_equal(reported_take(&reported, 3, VERDICT_BAD_OVERRIDE), sweep == 0);
                assert_int_equal(reported_take(&reported, UINT64_MAX, VERDICT_BAD_OVERRIDE),
                                 sweep == 0);
                assert_false(reported_take(&reported, 5, VERDICT_CANDIDATE));
                assert_false(reported_take(&reported, 6, VERDICT_INVALID));
        }
        assert_int_equal(reported.count, 3);
}

static void another_trouble_is_said(void **state)
{
        (void)state;
        assert_true(reported_take(&reported, 7, VERDICT_CONFLICTING_OVERRIDE));
        assert_true(reported_take(&reported, 7, VERDICT_BAD_OVERRIDE));
        assert_false(reported_take(&reported, 7, VERDICT_BAD_OVERRIDE));
        assert_int_equal(reported.count, 1);
}

static void mended_and_spoilt_again_is_said_again(void **state)
{
        (void)state;
        for (uint64_t id = 1; id <= 9; id++)
                assert_true(reported_take(&reported, id, VERDICT_BAD_OVERRIDE));
        assert_false(reported_take(&reported, 4, VERDICT_CANDIDATE));
        assert_int_equal(reported.count, 8);
        for (uint64_t id = 1; id <= 9; id++)
                assert_int_equal(reported_take(&reported, id, VERDICT_BAD_OVERRIDE), id == 4);
}

static void against_a_plain_table(void **state)
{
        enum { IDS = 200, STEPS = 20000 };
        enum verdict said[IDS] = {0};

        (void)state;
        srand(11);
        for (int i = 0; i < STEPS; i++) {
                static const enum verdict verdicts[] = {VERDICT_CANDIDATE, VERDICT_BAD_OVERRIDE,
                                                        VERDICT_CONFLICTING_OVERRIDE};
                unsigned id = (unsigned)rand() % IDS;
                enum verdict verdict = verdicts[rand() % 3];
                bool trouble = verdict != VERDICT_CANDIDATE;

                assert_int_equal(reported_take(&reported, id, verdict),
                                 trouble && said[id] != verdict);
                said[id] = trouble ? verdict : VERDICT_CANDIDATE;
        }
}

static void what_there_is_no_room_for_is_not_said(void **state)
{
        (void)state;
        for (uint64_t id = REPORTED_MAX; id > 0; id--)
                assert_true(reported_take(&reported, id, VERDICT_BAD_OVERRIDE));
        assert_false(reported_take(&reported, REPORTED_MAX + 1, VERDICT_BAD_OVERRIDE));
        assert_false(reported_take(&reported, 0, VERDICT_BAD_OVERRIDE));
        assert_int_equal(reported.count, REPORTED_MAX);
        assert_false(reported_take(&reported, 1, VERDICT_CANDIDATE));
        assert_true(reported_take(&reported, 0, VERDICT_BAD_OVERRIDE));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(each_is_said_once, reset),
            cmocka_unit_test_setup(another_trouble_is_said, reset),
            cmocka_unit_test_setup(mended_and_spoilt_again_is_said_again, reset),
            cmocka_unit_test_setup(against_a_plain_table, reset),
            cmocka_unit_test_setup(what_there_is_no_room_for_is_not_said, reset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
