#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/delivery.h"
#include "publisher/outbox.h"
#include "publisher/shared.h"
#include "tests/unit/publisher_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <zmq.h>

/* An enricher's end of the channel, and the publisher's delivery on the other. */
struct line {
        struct fixture *f;
        void *zmq;
        struct chan *push, *pull;
        struct delivery *delivery;
};

static struct line line_open(struct fixture *f)
{
        struct line l = {.f = f, .zmq = zmq_ctx_new()};
        char endpoint[128];

        snprintf(endpoint, sizeof(endpoint), "ipc://%s/out", f->folder);
        assert_int_equal(chan_open(l.zmq, CHAN_PUSH, true, endpoint, &l.push), 0);
        assert_int_equal(chan_open(l.zmq, CHAN_PULL, false, endpoint, &l.pull), 0);
        assert_int_equal(delivery_open(f->store, &f->state, "emea", l.push, NULL, &l.delivery), 0);
        return l;
}

static void line_close(struct line *l)
{
        char path[128];

        delivery_close(l->delivery);
        chan_close(l->push);
        chan_close(l->pull);
        zmq_ctx_term(l->zmq);
        snprintf(path, sizeof(path), "%s/out", l->f->folder);
        unlink(path);
}

struct outcome {
        struct state state;
        uint64_t id;
        enum share share;
};

static int put_outcome(struct work *w, void *userdata)
{
        struct outcome *o = userdata;
        struct entry entry = {.id = o->id, .hash = fixture_hash(o->id), .level = 1};
        int r = outbox_put(w, &o->state, &entry, o->share, &outbox_nothing_known);

        if (r == 0 && (o->share == SHARE_SHARED || o->share == SHARE_OVERRIDE))
                r = shared_put(w, &entry, o->state.version, 1);
        return r == 0 ? state_save(w, &o->state) : r;
}

static void put(struct fixture *f, uint64_t id, enum share share)
{
        struct outcome o = {.state = f->state, .id = id, .share = share};

        fixture_do(f, put_outcome, &o);
        f->state = o.state;
}

/* Pumps until a message is there; its outcomes, bounded by the channel's patience. */
static unsigned next_message(struct line *l, struct wire_outcome *ret, unsigned max)
{
        struct wire_msg msg;
        const void *frame;
        unsigned count = 0;
        size_t len;

        for (int i = 0; i < 1000; i++) {
                assert_int_equal(delivery_pump(l->delivery), 0);
                if (chan_recv(l->pull, &frame, &len) == 0)
                        break;
                poll(NULL, 0, 10); /* the sockets are still connecting */
                assert_true(i < 999);
        }
        assert_int_equal(wire_decode(frame, len, &msg), 0);
        while (count < max && wire_next_outcome(&msg.outcomes.outcomes, &ret[count]))
                count++;
        return count;
}

static void receipt(struct line *l, const struct wire_outcome *outcome)
{
        struct wire_receipt r = {.id = outcome->id, .version = outcome->version, .attributes = 2};
        struct wire_written written = {.fabric = text_of("emea")};
        msgpack_sbuffer elements;

        msgpack_sbuffer_init(&elements);
        wire_pack_receipt(&elements, &r);
        written.receipts = wire_list_of(&elements, 1);
        assert_int_equal(delivery_receive(l->delivery, &written), 0);
        msgpack_sbuffer_destroy(&elements);
}

static void an_outcome_leaves_only_when_written(void **state)
{
        struct line l = line_open(*state);
        struct wire_outcome o[16];

        put(l.f, 7, SHARE_SHARED);
        delivery_wake(l.delivery);
        assert_int_equal(next_message(&l, o, 16), 1);
        assert_int_equal(o[0].id, 7);
        assert_int_equal(fixture_count(l.f, TABLE_OUTBOX), 1);
        receipt(&l, &o[0]);
        assert_int_equal(fixture_count(l.f, TABLE_OUTBOX), 0);
        assert_int_equal(l.f->state.written, 2);
        line_close(&l);
}

static void what_is_held_stays(void **state)
{
        struct line l = line_open(*state);
        struct wire_outcome o[16];
        const void *frame;
        size_t len;

        put(l.f, 7, SHARE_SHARED);
        delivery_wake(l.delivery);
        assert_int_equal(next_message(&l, o, 16), 1); /* the sockets are connected */
        put(l.f, 8, SHARE_SHARED);
        delivery_hold(l.delivery);
        delivery_again(l.delivery);
        assert_int_equal(delivery_pump(l.delivery), 0);
        poll(NULL, 0, 50);
        assert_int_not_equal(chan_recv(l.pull, &frame, &len), 0);
        assert_int_equal(fixture_count(l.f, TABLE_OUTBOX), 2);
        line_close(&l);
}

static void a_new_enricher_gets_what_the_old_one_had(void **state)
{
        struct line l = line_open(*state);
        struct wire_outcome first[16], again[16];

        put(l.f, 7, SHARE_SHARED);
        delivery_wake(l.delivery);
        next_message(&l, first, 16);
        delivery_again(l.delivery);
        assert_int_equal(next_message(&l, again, 16), 1);
        assert_int_equal(again[0].version, first[0].version);
        line_close(&l);
}

static void only_the_newest_of_an_indicator_is_sent(void **state)
{
        static const enum share orders[][3] = {
            {SHARE_PENDING, SHARE_PENDING, SHARE_SHARED},
            {SHARE_PENDING, SHARE_SHARED, SHARE_FAILED},
            {SHARE_SHARED, SHARE_FAILED, SHARE_OVERRIDE},
        };

        for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
                struct line l = line_open(*state);
                struct wire_outcome o[16];

                for (size_t k = 0; k < 3; k++)
                        put(l.f, 7 + i, orders[i][k]);
                delivery_wake(l.delivery);
                assert_int_equal(next_message(&l, o, 16), 1);
                assert_int_equal(o[0].share, orders[i][2]);
                receipt(&l, &o[0]);
                assert_int_equal(fixture_count(l.f, TABLE_OUTBOX), 0);
                assert_int_equal(fixture_count(l.f, TABLE_LATEST), 0);
                line_close(&l);
        }
}

/* The receipt of an older outcome must not take a newer one with it. */
static void an_old_receipt_leaves_the_new_outcome(void **state)
{
        struct line l = line_open(*state);
        struct wire_outcome old[16], now[16];

        put(l.f, 7, SHARE_PENDING);
        delivery_wake(l.delivery);
        next_message(&l, old, 16);
        put(l.f, 7, SHARE_FAILED);
        receipt(&l, &old[0]);
        assert_int_equal(fixture_count(l.f, TABLE_OUTBOX), 1);
        assert_int_equal(next_message(&l, now, 16), 1);
        assert_int_equal(now[0].share, SHARE_FAILED);
        line_close(&l);
}

static void messages_are_small_and_bounded(void **state)
{
        struct line l = line_open(*state);
        struct wire_outcome o[64];
        unsigned count = 0;

        for (uint64_t id = 1; id <= 300; id++)
                put(l.f, id, SHARE_SHARED);
        delivery_wake(l.delivery);
        while (count < 256) {
                unsigned n = next_message(&l, o, 64);

                assert_int_equal(n, 16);
                assert_int_equal(o[0].id, count + 1); /* in the order in which they happened */
                count += n;
        }
        line_close(&l);
}

/* As when one enricher serves many fabrics: each receipt makes room for one. */
static void what_waits_for_room_keeps_its_order(void **state)
{
        enum { ROOM = 256, MORE = 40, WAITING = 1500 };
        struct line l = line_open(*state);
        struct wire_outcome on_way[ROOM], next[16];
        unsigned count = 0;

        for (uint64_t id = 1; id <= ROOM + WAITING; id++)
                put(l.f, id, SHARE_SHARED);
        delivery_wake(l.delivery);
        while (count < ROOM)
                count += next_message(&l, on_way + count, ROOM - count);
        for (unsigned i = 0; i < MORE; i++) {
                receipt(&l, &on_way[i]);
                assert_int_equal(next_message(&l, next, 16), 1);
                assert_int_equal(next[0].id, ROOM + 1 + i);
        }
        line_close(&l);
}

#define STORE_TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
            STORE_TEST(what_is_held_stays),
            STORE_TEST(an_outcome_leaves_only_when_written),
            STORE_TEST(a_new_enricher_gets_what_the_old_one_had),
            STORE_TEST(only_the_newest_of_an_indicator_is_sent),
            STORE_TEST(an_old_receipt_leaves_the_new_outcome),
            STORE_TEST(messages_are_small_and_bounded),
            STORE_TEST(what_waits_for_room_keeps_its_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
