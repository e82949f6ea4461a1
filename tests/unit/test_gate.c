#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "enricher/gate.h"

#include <pthread.h>
#include <stdatomic.h>

static void test_single_failures_do_not_close_it(void **state)
{
        _cleanup_(gate_closep) struct gate *gate = NULL;
        int64_t ms = -7;

        (void)state;
        assert_int_equal(gate_open(&gate), 0);
        for (int i = 0; i < 100; i++) {
                for (int n = 1; n < GATE_SINGLES_MAX; n++)
                        assert_int_equal(gate_failed(gate, GATE_SINGLE, -1, &ms), GATE_UNCHANGED);
                assert_int_equal(gate_succeeded(gate, &ms), GATE_UNCHANGED);
        }
        assert_int_equal(ms, -7);
        assert_true(gate_pass(gate));
}

static void test_failures_in_a_row_close_it_once(void **state)
{
        _cleanup_(gate_closep) struct gate *gate = NULL;
        int64_t ms = -1;

        (void)state;
        assert_int_equal(gate_open(&gate), 0);
        for (int n = 1; n < GATE_SINGLES_MAX; n++)
                assert_int_equal(gate_failed(gate, GATE_SINGLE, -1, &ms), GATE_UNCHANGED);
        assert_int_equal(gate_failed(gate, GATE_SINGLE, -1, &ms), GATE_CLOSED);
        assert_in_range(ms, 250, 313);
        /* those that had left before it closed change nothing */
        assert_int_equal(gate_failed(gate, GATE_SINGLE, -1, &ms), GATE_UNCHANGED);
        assert_int_equal(gate_succeeded(gate, &ms), GATE_OPENED);
        assert_true(gate_pass(gate));
}

static void test_pauses_grow_and_are_bounded(void **state)
{
        _cleanup_(gate_closep) struct gate *gate = NULL;
        int64_t ms = -1;

        (void)state;
        assert_int_equal(gate_open(&gate), 0);
        assert_int_equal(gate_failed(gate, GATE_ALL, 0, &ms), GATE_CLOSED);
        assert_int_equal(ms, 0);
        assert_true(gate_pass(gate)); /* the probe */
        assert_int_equal(gate_failed(gate, GATE_ALL, 0, &ms), GATE_UNCHANGED);
        assert_true(gate_pass(gate));
        assert_int_equal(gate_failed(gate, GATE_ALL, INT64_MAX, &ms), GATE_UNCHANGED);
        assert_int_equal(ms, GATE_PAUSE_MAX_MS);
}

struct crowd {
        struct gate *gate;
        atomic_int passed;
};

static void *crowd_pass(void *userdata)
{
        struct crowd *crowd = userdata;

        if (gate_pass(crowd->gate))
                atomic_fetch_add(&crowd->passed, 1);
        return NULL;
}

/* One thread tries while the others wait; its success lets them all follow. */
static void test_one_probe_then_all(void **state)
{
        static struct crowd crowd;
        pthread_t threads[4];
        int64_t ms;

        (void)state;
        assert_int_equal(gate_open(&crowd.gate), 0);
        assert_int_equal(gate_failed(crowd.gate, GATE_ALL, 0, &ms), GATE_CLOSED);
        assert_true(gate_pass(crowd.gate));
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, crowd_pass, &crowd), 0);
        assert_int_equal(crowd.passed, 0);
        assert_int_equal(gate_succeeded(crowd.gate, &ms), GATE_OPENED);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(crowd.passed, 4);
        gate_close(crowd.gate);
}

static void test_stop_sends_all_home(void **state)
{
        static struct crowd crowd;
        pthread_t threads[4];
        int64_t ms;

        (void)state;
        assert_int_equal(gate_open(&crowd.gate), 0);
        assert_int_equal(gate_failed(crowd.gate, GATE_ALL, GATE_PAUSE_MAX_MS, &ms), GATE_CLOSED);
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, crowd_pass, &crowd), 0);
        gate_stop(crowd.gate);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(crowd.passed, 0);
        assert_false(gate_sleep(crowd.gate, GATE_PAUSE_MAX_MS));
        gate_close(crowd.gate);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_single_failures_do_not_close_it),
            cmocka_unit_test(test_failures_in_a_row_close_it_once),
            cmocka_unit_test(test_pauses_grow_and_are_bounded),
            cmocka_unit_test(test_one_probe_then_all),
            cmocka_unit_test(test_stop_sends_all_home),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
