#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/chan.h"
#include "common/store.h"
#include "common/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

/* A channel with a tap in a folder of its own, and both ends of it. */
struct line {
        char folder[32];
        char path[TAP_PATH_MAX];
        void *zmq;
        struct chan *push, *pull;
        struct chan *reader; /* of the tap */
        int lock;
};

static int set_up(void **state)
{
        struct line *l = calloc(1, sizeof(*l));
        struct tap *tap;

        assert_non_null(l);
        snprintf(l->folder, sizeof(l->folder), "/tmp/tq-tap-XXXXXX");
        assert_non_null(mkdtemp(l->folder));
        snprintf(l->path, sizeof(l->path), "%s/pages.tap", l->folder);
        l->lock = -1;
        l->zmq = zmq_ctx_new();
        assert_int_equal(chan_open(l->zmq, CHAN_PUSH, true, "inproc://line", &l->push), 0);
        assert_int_equal(chan_open(l->zmq, CHAN_PULL, false, "inproc://line", &l->pull), 0);
        assert_int_equal(tap_open(l->zmq, l->path, &tap), 0);
        chan_tap(l->push, tap);
        *state = l;
        return 0;
}

static void end_tapping(struct line *l)
{
        chan_close(l->reader);
        l->reader = NULL;
        closep(&l->lock);
        l->lock = -1;
}

static int tear_down(void **state)
{
        struct line *l = *state;
        char lock[TAP_PATH_MAX + 8];

        end_tapping(l);
        chan_close(l->push);
        chan_close(l->pull);
        zmq_ctx_term(l->zmq);
        snprintf(lock, sizeof(lock), "%s.lock", l->path);
        unlink(lock);
        unlink(l->path);
        assert_int_equal(rmdir(l->folder), 0);
        free(l);
        return 0;
}

static void begin_tapping(struct line *l)
{
        char endpoint[TAP_PATH_MAX + 8];

        l->lock = tap_lock(l->path);
        assert_true(l->lock >= 0);
        snprintf(endpoint, sizeof(endpoint), "ipc://%s", l->path);
        assert_int_equal(chan_open(l->zmq, CHAN_PULL, true, endpoint, &l->reader), 0);
}

enum { FRAME = 8192 };

/* Sends a number through, which always arrives at once. */
static void flow(struct line *l, uint64_t n)
{
        const void *frame;
        uint8_t out[FRAME] = {0};
        size_t len;

        store_put_u64(out, n);
        assert_int_equal(chan_send(l->push, out, sizeof(out)), 0);
        assert_int_equal(chan_recv(l->pull, &frame, &len), 0);
        assert_int_equal(len, FRAME);
        assert_int_equal(store_get_u64(frame), n);
}

/* The next copy, waited for; its number, and the count of the dropped. */
static uint64_t copy(struct line *l, uint64_t *dropped)
{
        const void *frame;
        size_t len;

        for (int i = 0; chan_recv(l->reader, &frame, &len) != 0; i++) {
                assert_true(i < 1000);
                poll(NULL, 0, 10);
        }
        assert_int_equal(len, TAP_HEAD + FRAME);
        *dropped = store_get_u64(frame);
        return store_get_u64((const uint8_t *)frame + TAP_HEAD);
}

static void copies_begin_when_somebody_taps(void **state)
{
        struct line *l = *state;
        uint64_t dropped, n = 0, seen;

        flow(l, n++);
        begin_tapping(l);
        assert_int_equal(tap_lock(l->path), -EBUSY);
        for (int i = 0; i < 30; i++) { /* until it has looked again */
                flow(l, n++);
                poll(NULL, 0, 10);
        }
        seen = copy(l, &dropped);
        assert_in_range(seen, 1, 30);
        assert_int_equal(dropped, 0);
        assert_int_equal(copy(l, &dropped), seen + 1);
        end_tapping(l);
        poll(NULL, 0, 250);
        flow(l, n++); /* and it looks again: what is sent now goes nowhere */
        begin_tapping(l);
        poll(NULL, 0, 250);
        flow(l, n);
        assert_int_equal(copy(l, &dropped), n);
}

static void a_slow_reader_is_told_what_he_missed(void **state)
{
        enum { MANY = 3000 };
        struct line *l = *state;
        uint64_t dropped = 0, last = 0, read = 0, at;

        begin_tapping(l);
        for (uint64_t n = 1; n <= MANY; n++)
                flow(l, n); /* and none of them waits */
        while (last < MANY && dropped == 0) {
                at = copy(l, &dropped);
                assert_true(at > last);
                last = at;
                if (++read % 8 == 0)
                        flow(l, MANY + read); /* one that can tell */
        }
        assert_true(dropped > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(copies_begin_when_somebody_taps, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_slow_reader_is_told_what_he_missed, set_up,
                                            tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
