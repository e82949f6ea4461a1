#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/chan.h"
#include "common/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

struct fixture {
        char dir[64];
        char endpoint[96];
        void *ctx;
        struct loop *loop;
        struct chan *chan;
        int calls;
        int frames;
        int bad;
        int end; /* what the last chan_recv of on_frames returned */
};

static int setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.dir = "/tmp/test-chan-XXXXXX", .ctx = zmq_ctx_new()};
        assert_non_null(mkdtemp(f.dir));
        snprintf(f.endpoint, sizeof(f.endpoint), "ipc://%s/in", f.dir);
        assert_int_equal(loop_open(&f.loop), 0);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        loop_close(f->loop);
        zmq_ctx_term(f->ctx);
        unlink(f->endpoint + strlen("ipc://"));
        return rmdir(f->dir);
}

/* Reads what is there; stops the loop once three frames came or input ended. */
static int on_frames(void *userdata)
{
        struct fixture *f = userdata;
        const void *frame;
        size_t len;

        f->calls++;
        while ((f->end = chan_recv(f->chan, &frame, &len)) == 0) {
                f->frames++;
                f->bad += len == 0;
        }
        if (f->frames >= 3 || f->end < 0)
                loop_stop(f->loop);
        return 0;
}

static int on_one_frame(void *userdata)
{
        struct fixture *f = userdata;
        const void *frame;
        size_t len;

        f->calls++;
        f->end = chan_recv(f->chan, &frame, &len);
        f->frames += f->end == 0;
        if (f->end < 0)
                loop_stop(f->loop);
        return 0;
}

static int stop(void *userdata)
{
        struct fixture *f = userdata;

        loop_stop(f->loop);
        return 0;
}

static void test_carries_frames_in_order(void **state)
{
        struct fixture *f = *state;
        struct chan *push;

        assert_int_equal(chan_open(f->ctx, CHAN_PULL, true, f->endpoint, &f->chan), 0);
        assert_int_equal(chan_open(f->ctx, CHAN_PUSH, false, f->endpoint, &push), 0);
        assert_int_equal(chan_watch(f->chan, f->loop, on_frames, f), 0);
        assert_int_equal(chan_send(push, "a", 1), 0);
        assert_int_equal(chan_send(push, "", 0), 0);
        assert_int_equal(chan_send(push, "b\0c", 3), 0);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->frames, 3);
        assert_int_equal(f->bad, 1);
        assert_int_equal(f->end, CHAN_E_AGAIN);
        chan_close(push);
        chan_close(f->chan);
}

/* Without a reader a binder takes nothing, and a connection takes no more than its mark. */
static void test_sending_never_waits(void **state)
{
        struct fixture *f = *state;
        struct chan *bound, *connected;
        int sent = 0;

        assert_int_equal(chan_open(f->ctx, CHAN_PUSH, true, f->endpoint, &bound), 0);
        assert_int_equal(chan_send(bound, "a", 1), CHAN_E_AGAIN);
        assert_int_equal(
            chan_open(f->ctx, CHAN_PUSH, false, "ipc:///tmp/test-chan-nobody", &connected), 0);
        while (chan_send(connected, "a", 1) == 0)
                sent++;
        assert_int_equal(sent, CHAN_HWM);
        chan_close(bound);
        chan_close(connected);
}

/* A reader that keeps up is never taken for one that is behind. */
static void test_a_reader_that_keeps_up_is_seen(void **state)
{
        enum { FRAMES = 2000 };
        struct fixture *f = *state;
        const void *frame;
        struct chan *push;
        size_t len;

        assert_int_equal(chan_open(f->ctx, CHAN_PULL, true, f->endpoint, &f->chan), 0);
        assert_int_equal(chan_open(f->ctx, CHAN_PUSH, false, f->endpoint, &push), 0);
        for (int i = 0; i < FRAMES; i++) {
                assert_int_equal(chan_send(push, "a", 1), 0);
                while (chan_recv(f->chan, &frame, &len) == CHAN_E_AGAIN)
                        ;
        }
        chan_close(push);
        chan_close(f->chan);
}

static void test_says_why_it_cannot_open(void **state)
{
        struct fixture *f = *state;
        struct chan *chan = NULL;

        assert_int_equal(chan_open(f->ctx, CHAN_PULL, true, "ipc:///nonexistent/x", &chan),
                         -ENOENT);
        assert_int_equal(chan_open(f->ctx, CHAN_PULL, true, "nonsense", &chan), -EINVAL);
        assert_null(chan);
}

/* Puts one end of a new pipe in the place of standard input or output. */
static int swap_in(int target, int *saved)
{
        bool in = target == STDIN_FILENO;
        int fds[2];

        fflush(stdout);
        *saved = dup(target);
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(dup2(fds[in ? 0 : 1], target), target);
        close(fds[in ? 0 : 1]);
        return fds[in ? 1 : 0];
}

static void swap_back(int target, int saved)
{
        dup2(saved, target);
        close(saved);
}

static const char input[] = "{\"type\":\"SWEEP_REQUEST\",\"request\":7,\"full\":true}\n"
                            "nonsense\n"
                            "{\"type\":\"SWEEP_REQUEST\",\"request\":8,\"full\":false}";

static void read_input(struct fixture *f, loop_fn fn)
{
        int saved, in = swap_in(STDIN_FILENO, &saved);

        assert_int_equal(write(in, input, strlen(input)), strlen(input));
        close(in);
        assert_int_equal(chan_open_stdio(CHAN_PULL, &f->chan), 0);
        assert_int_equal(chan_watch(f->chan, f->loop, fn, f), 0);
        assert_int_equal(loop_run(f->loop), 0);
        swap_back(STDIN_FILENO, saved);
}

static void test_reads_messages_from_stdin(void **state)
{
        struct fixture *f = *state;

        read_input(f, on_frames);
        assert_int_equal(f->frames, 3);
        assert_int_equal(f->bad, 1);
        chan_close(f->chan);
}

/* Lines that are already in the buffer must wake the loop too. */
static void test_the_loop_calls_for_buffered_lines(void **state)
{
        struct fixture *f = *state;

        read_input(f, on_one_frame);
        assert_int_equal(f->frames, 3);
        assert_int_equal(f->end, -ENODATA);
        chan_close(f->chan);
}

static void test_the_end_of_stdin_is_told_once(void **state)
{
        struct fixture *f = *state;

        read_input(f, on_one_frame);
        f->calls = 0;
        loop_arm(f->loop, loop_add_timer(f->loop, stop, f), 5);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 0);
        chan_close(f->chan);
}

static void test_a_paused_channel_rests(void **state)
{
        struct fixture *f = *state;
        struct chan *push;

        assert_int_equal(chan_open(f->ctx, CHAN_PULL, true, f->endpoint, &f->chan), 0);
        assert_int_equal(chan_open(f->ctx, CHAN_PUSH, false, f->endpoint, &push), 0);
        assert_int_equal(chan_watch(f->chan, f->loop, on_frames, f), 0);
        chan_enable(f->chan, f->loop, false);
        assert_int_equal(chan_send(push, "a", 1), 0);
        loop_arm(f->loop, loop_add_timer(f->loop, stop, f), 30);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->calls, 0);
        chan_enable(f->chan, f->loop, true);
        assert_int_equal(chan_send(push, "b", 1), 0);
        assert_int_equal(chan_send(push, "c", 1), 0);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->frames, 3);
        chan_close(push);
        chan_close(f->chan);
}

static void test_writes_messages_to_stdout(void **state)
{
        struct wire_msg msg = {.type = WIRE_SWEEP_REQUEST, .sweep_request = {.request = 7}};
        struct fixture *f = *state;
        msgpack_sbuffer frame, again;
        int saved, out, bad, sent;
        char line[256];
        ssize_t n;

        msgpack_sbuffer_init(&frame);
        msgpack_sbuffer_init(&again);
        wire_pack(&frame, &msg);
        assert_int_equal(chan_open_stdio(CHAN_PUSH, &f->chan), 0);
        out = swap_in(STDOUT_FILENO, &saved);
        sent = chan_send(f->chan, frame.data, frame.size);
        bad = chan_send(f->chan, "x", 1);
        swap_back(STDOUT_FILENO, saved);
        assert_int_equal(sent, 0);
        assert_int_equal(bad, -EINVAL);
        n = read(out, line, sizeof(line));
        assert_true(n > 1);
        assert_int_equal(line[n - 1], '\n');
        assert_int_equal(wire_from_json(line, (size_t)n - 1, &again), 0);
        assert_int_equal(again.size, frame.size);
        assert_memory_equal(again.data, frame.data, frame.size);
        close(out);
        chan_close(f->chan);
        msgpack_sbuffer_destroy(&frame);
        msgpack_sbuffer_destroy(&again);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_carries_frames_in_order, setup, teardown),
            cmocka_unit_test_setup_teardown(test_sending_never_waits, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_reader_that_keeps_up_is_seen, setup, teardown),
            cmocka_unit_test_setup_teardown(test_says_why_it_cannot_open, setup, teardown),
            cmocka_unit_test_setup_teardown(test_reads_messages_from_stdin, setup, teardown),
            cmocka_unit_test_setup_teardown(test_the_loop_calls_for_buffered_lines, setup,
                                            teardown),
            cmocka_unit_test_setup_teardown(test_the_end_of_stdin_is_told_once, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_paused_channel_rests, setup, teardown),
            cmocka_unit_test_setup_teardown(test_writes_messages_to_stdout, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
