#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "enricher/lane.h"

#include <zmq.h>

static const char endpoint[] = "inproc://written";

struct fixture {
        void *zmq;
        struct chan *push, *pull;
        struct lane lane;
};

static int setup(void **state)
{
        static struct fixture f;

        f.zmq = zmq_ctx_new();
        assert_int_equal(chan_open(f.zmq, CHAN_PULL, true, endpoint, &f.pull), 0);
        assert_int_equal(chan_open(f.zmq, CHAN_PUSH, false, endpoint, &f.push), 0);
        lane_init(&f.lane, "emea", f.push);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        lane_done(&f->lane);
        chan_close(f->push);
        chan_close(f->pull);
        return zmq_ctx_term(f->zmq);
}

static int receive(struct fixture *f, struct wire_msg *ret)
{
        const void *frame;
        size_t len;
        int r = chan_recv(f->pull, &frame, &len);

        if (r == 0)
                assert_int_equal(wire_decode(frame, len, ret), 0);
        return r;
}

static void add(struct fixture *f, uint64_t id)
{
        const struct wire_receipt receipt = {
            .id = id, .version = id + 1, .result = WRITTEN_GONE, .attributes = 6};

        assert_int_equal(lane_add(&f->lane, &receipt), 0);
}

static void test_hello_comes_first(void **state)
{
        struct fixture *f = *state;
        struct wire_msg msg;

        assert_int_equal(lane_hello(&f->lane, 77), 0);
        assert_int_equal(receive(f, &msg), 0);
        assert_int_equal(msg.type, WIRE_HELLO);
        assert_int_equal(msg.hello.incarnation, 77);
        assert_int_equal(msg.hello.fabric.len, 0);
}

static void test_receipts_go_in_one_message(void **state)
{
        struct fixture *f = *state;
        struct wire_receipt receipt;
        struct wire_msg msg;

        assert_int_equal(lane_flush(&f->lane), 0);
        assert_int_equal(receive(f, &msg), CHAN_E_AGAIN); /* an empty one is not sent */
        for (uint64_t id = 1; id <= 3; id++)
                add(f, id);
        assert_int_equal(lane_flush(&f->lane), 0);
        assert_int_equal(f->lane.count, 0);
        assert_int_equal(receive(f, &msg), 0);
        assert_int_equal(msg.type, WIRE_WRITTEN);
        assert_true(text_eq_str(msg.written.fabric, "emea"));
        for (uint64_t id = 1; id <= 3; id++) {
                assert_true(wire_next_receipt(&msg.written.receipts, &receipt));
                assert_int_equal(receipt.id, id);
                assert_int_equal(receipt.version, id + 1);
                assert_int_equal(receipt.result, WRITTEN_GONE);
                assert_int_equal(receipt.attributes, 6);
        }
        assert_false(wire_next_receipt(&msg.written.receipts, &receipt));
        assert_int_equal(receive(f, &msg), CHAN_E_AGAIN);
}

/* Nobody reads: receipts wait, up to one message full, and memory does not grow. */
static void test_waits_then_drops(void **state)
{
        struct fixture *f = *state;
        uint64_t id = 0;
        struct wire_msg msg;

        do
                add(f, ++id);
        while (lane_flush(&f->lane) == 0 && id < 1000);
        assert_int_equal(f->lane.count, 1);
        for (int n = 1; n < WIRE_OUTCOMES_MAX; n++)
                add(f, ++id);
        assert_int_equal(lane_flush(&f->lane), CHAN_E_AGAIN);
        assert_int_equal(f->lane.count, WIRE_OUTCOMES_MAX);
        assert_int_equal(f->lane.dropped, 0);
        add(f, ++id);
        assert_int_equal(f->lane.dropped, WIRE_OUTCOMES_MAX);
        assert_int_equal(f->lane.count, 1);
        while (receive(f, &msg) == 0)
                ;
        while (lane_flush(&f->lane) == CHAN_E_AGAIN) /* ZeroMQ hears of it within a millisecond */
                ;
        assert_int_equal(f->lane.count, 0);
        assert_int_equal(f->lane.dropped, WIRE_OUTCOMES_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_hello_comes_first, setup, teardown),
            cmocka_unit_test_setup_teardown(test_receipts_go_in_one_message, setup, teardown),
            cmocka_unit_test_setup_teardown(test_waits_then_drops, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
