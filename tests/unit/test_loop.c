#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/loop.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

struct fixture {
        struct loop *loop;
        int fd;
        int timer;
        int calls;
        int stop_after;
        int result;
};

static int setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .stop_after = 1};
        assert_true(f.fd >= 0);
        assert_int_equal(loop_open(&f.loop), 0);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        loop_close(f->loop);
        close(f->fd);
        return 0;
}

static int count_call(void *userdata)
{
        struct fixture *f = userdata;

        if (++f->calls >= f->stop_after)
                loop_stop(f->loop);
        return f->result;
}

static int rearm(void *userdata)
{
        struct fixture *f = userdata;

        assert_false(loop_armed(f->loop, f->timer));
        loop_arm(f->loop, f->timer, 0);
        return count_call(userdata);
}

static int stop(void *userdata)
{
        struct fixture *f = userdata;

        loop_stop(f->loop);
        return 0;
}

static int fail_call(void *userdata)
{
        (void)userdata;
        return -EPROTO;
}

static void ring(struct fixture *f)
{
        assert_int_equal(eventfd_write(f->fd, 1), 0);
}

static void test_calls_for_a_readable_fd(void **state)
{
        struct fixture *f = *state;

        f->stop_after = 3;
        assert_int_equal(loop_add_fd(f->loop, f->fd, count_call, f), 0);
        ring(f);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 3);
}

static void test_ends_with_a_callbacks_error(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(loop_add_fd(f->loop, f->fd, fail_call, f), 0);
        ring(f);
        assert_int_equal(loop_run(f->loop), -EPROTO);
}

static void test_a_paused_source_rests(void **state)
{
        struct fixture *f = *state;
        int timer = loop_add_timer(f->loop, stop, f);

        assert_int_equal(loop_add_fd(f->loop, f->fd, count_call, f), 0);
        loop_enable_fd(f->loop, f->fd, false);
        ring(f);
        loop_arm(f->loop, timer, 20);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 0);
}

static void test_a_timer_fires_once_and_can_be_armed_again(void **state)
{
        struct fixture *f = *state;

        f->stop_after = 5;
        f->timer = loop_add_timer(f->loop, rearm, f);
        assert_true(f->timer >= 0);
        assert_false(loop_armed(f->loop, f->timer));
        loop_arm(f->loop, f->timer, 0);
        assert_true(loop_armed(f->loop, f->timer));
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 5);
}

static void test_a_disarmed_timer_rests(void **state)
{
        struct fixture *f = *state;
        int other = loop_add_timer(f->loop, stop, f);

        f->timer = loop_add_timer(f->loop, count_call, f);
        loop_arm(f->loop, f->timer, 0);
        loop_arm(f->loop, f->timer, -1);
        assert_false(loop_armed(f->loop, f->timer));
        loop_arm(f->loop, other, 5);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 0);
}

/* A timer that is always due must leave room for the sources. */
static void test_timers_do_not_starve_sources(void **state)
{
        struct fixture *f = *state;

        f->stop_after = 1000000;
        f->timer = loop_add_timer(f->loop, rearm, f);
        loop_arm(f->loop, f->timer, 0);
        assert_int_equal(loop_add_fd(f->loop, f->fd, stop, f), 0);
        ring(f);
        assert_int_equal(loop_run(f->loop), 0);
        assert_true(f->calls < 10);
}

static void test_calls_for_a_socket(void **state)
{
        struct fixture *f = *state;
        void *ctx = zmq_ctx_new(), *push = zmq_socket(ctx, ZMQ_PUSH),
             *pull = zmq_socket(ctx, ZMQ_PULL);

        assert_int_equal(zmq_bind(pull, "inproc://loop"), 0);
        assert_int_equal(zmq_connect(push, "inproc://loop"), 0);
        assert_int_equal(loop_add_socket(f->loop, pull, count_call, f), 0);
        assert_int_equal(zmq_send(push, "x", 1, 0), 1);
        f->stop_after = 2;
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 2);

        loop_enable_socket(f->loop, pull, false);
        loop_arm(f->loop, loop_add_timer(f->loop, stop, f), 5);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 2);
        zmq_close(push);
        zmq_close(pull);
        zmq_ctx_term(ctx);
}

static void test_is_bounded(void **state)
{
        struct fixture *f = *state;

        for (int i = 0; i < LOOP_MAX_SOURCES; i++)
                assert_int_equal(loop_add_fd(f->loop, f->fd, count_call, f), 0);
        assert_int_equal(loop_add_fd(f->loop, f->fd, count_call, f), -ENOSPC);
        for (int i = 0; i < LOOP_MAX_TIMERS; i++)
                assert_int_equal(loop_add_timer(f->loop, count_call, f), i);
        assert_int_equal(loop_add_timer(f->loop, count_call, f), -ENOSPC);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_calls_for_a_readable_fd, setup, teardown),
            cmocka_unit_test_setup_teardown(test_ends_with_a_callbacks_error, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_paused_source_rests, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_timer_fires_once_and_can_be_armed_again, setup,
                                            teardown),
            cmocka_unit_test_setup_teardown(test_a_disarmed_timer_rests, setup, teardown),
            cmocka_unit_test_setup_teardown(test_timers_do_not_starve_sources, setup, teardown),
            cmocka_unit_test_setup_teardown(test_calls_for_a_socket, setup, teardown),
            cmocka_unit_test_setup_teardown(test_is_bounded, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
