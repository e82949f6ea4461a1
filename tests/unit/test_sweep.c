#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/wire.h"
#include "fetcher/sweep.h"

#include <stdlib.h>
#include <string.h>

enum { A = 0, B = 1, BOTH = 3 };

static struct sweep *open_sweep(uint64_t targets, unsigned window)
{
        const struct sweep_spec spec = {.targets = targets, .first_page = 1, .window = window};
        struct sweep *s = NULL;

        assert_int_equal(sweep_open(&spec, 0, &s), 0);
        return s;
}

static void add(struct sweep *s, uint32_t rows)
{
        struct sweep_page page = {.rows = rows, .fresh = rows, .after = {.offset = rows}};

        msgpack_sbuffer_init(&page.packed);
        msgpack_sbuffer_write(&page.packed, "rows", 4);
        assert_int_equal(sweep_add(s, &page), 0);
        assert_null(page.packed.data);
}

/* Sends all that is due; returns "page/targets" of each, "E" for SWEEP_END. */
static const char *send_all(struct sweep *s, int64_t now)
{
        static char out[512];
        struct sweep_send send;
        size_t n = 0;

        out[0] = '\0';
        while (sweep_next_send(s, now, &send)) {
                if (send.end)
                        n += (size_t)snprintf(out + n, sizeof(out) - n, "E%u ", send.fabric);
                else
                        n += (size_t)snprintf(out + n, sizeof(out) - n, "%u/%lu ", send.page,
                                              (unsigned long)send.targets);
                sweep_sent(s, &send, now);
        }
        return out;
}

/* Takes what is settled out; returns the numbers of the pages. */
static const char *settle_all(struct sweep *s)
{
        static char out[256];
        struct sweep_page page;
        uint32_t number;
        size_t n = 0;

        out[0] = '\0';
        while (sweep_settle(s, &page, &number)) {
                n += (size_t)snprintf(out + n, sizeof(out) - n, "%u ", number);
                msgpack_sbuffer_destroy(&page.packed);
        }
        return out;
}

static void test_from_begin_to_end(void **state)
{
        struct sweep *s = open_sweep(BOTH, 8);

        (void)state;
        assert_true(sweep_wants_page(s));
        add(s, 10);
        add(s, 20);
        assert_string_equal(send_all(s, 0), "1/3 2/3 ");
        assert_string_equal(send_all(s, 1), "");
        /* Out of order, and twice: pages leave the window in order. */
        sweep_acked(s, A, 2, 10);
        sweep_acked(s, B, 2, 10);
        sweep_acked(s, B, 2, 10);
        assert_string_equal(settle_all(s), "");
        sweep_acked(s, A, 1, 11);
        sweep_acked(s, B, 1, 12);
        assert_string_equal(settle_all(s), "1 2 ");
        assert_string_equal(send_all(s, 13), "");
        assert_false(sweep_done(s));
        sweep_paged(s);
        assert_false(sweep_wants_page(s));
        assert_string_equal(send_all(s, 14), "E0 E1 ");
        sweep_acked(s, A, WIRE_PAGE_END, 15);
        assert_int_equal(sweep_ended(s), 1);
        assert_false(sweep_done(s));
        sweep_acked(s, B, WIRE_PAGE_END, 16);
        assert_int_equal(sweep_ended(s), BOTH);
        assert_true(sweep_done(s));
        assert_int_equal(sweep_next_page(s), 3);
        sweep_close(s);
}

static void test_window(void **state)
{
        struct sweep *s = open_sweep(1, 2);

        (void)state;
        add(s, 1);
        add(s, 1);
        assert_false(sweep_wants_page(s));
        send_all(s, 0);
        sweep_acked(s, A, 2, 1);
        assert_string_equal(settle_all(s), "");
        assert_false(sweep_wants_page(s));
        sweep_acked(s, A, 1, 1);
        assert_string_equal(settle_all(s), "1 2 ");
        assert_true(sweep_wants_page(s));
        sweep_close(s);
}

/* One page over the bound of bytes is let in, a second is not. */
static void test_window_bytes(void **state)
{
        struct sweep *s = open_sweep(1, 8);
        struct sweep_page page = {.rows = 1};
        char *bytes = calloc(1, SWEEP_WINDOW_BYTES_MAX);

        (void)state;
        assert_non_null(bytes);
        msgpack_sbuffer_init(&page.packed);
        msgpack_sbuffer_write(&page.packed, bytes, SWEEP_WINDOW_BYTES_MAX);
        free(bytes);
        assert_true(sweep_wants_page(s));
        assert_int_equal(sweep_add(s, &page), 0);
        assert_false(sweep_wants_page(s));
        send_all(s, 0);
        sweep_acked(s, A, 1, 1);
        assert_string_equal(settle_all(s), "1 ");
        assert_true(sweep_wants_page(s));
        sweep_close(s);
}

/* Resent to those that owe it: after 1 s, then 2, 4, 8, 10, 10. */
static void test_resends(void **state)
{
        static const struct {
                int64_t at;
                const char *sent;
        } steps[] = {{0, "1/3 "},     {999, ""},      {1000, "1/2 "},  {2999, ""},
                     {3000, "1/2 "},  {7000, "1/2 "}, {15000, "1/2 "}, {24999, ""},
                     {25000, "1/2 "}, {35000, "1/2 "}};
        struct sweep *s = open_sweep(BOTH, 8);

        (void)state;
        add(s, 1);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                assert_string_equal(send_all(s, steps[i].at), steps[i].sent);
                sweep_acked(s, A, 1, steps[i].at);
        }
        sweep_acked(s, B, 1, 40000);
        sweep_paged(s);
        settle_all(s);
        assert_string_equal(send_all(s, 40000), "E0 E1 ");
        assert_string_equal(send_all(s, 40999), "");
        sweep_acked(s, A, WIRE_PAGE_END, 41000);
        assert_string_equal(send_all(s, 41000), "E1 ");
        assert_string_equal(send_all(s, 43000), "E1 ");
        sweep_close(s);
}

static void test_restart_resends_at_once(void **state)
{
        struct sweep *s = open_sweep(BOTH, 8);

        (void)state;
        add(s, 1);
        add(s, 1);
        send_all(s, 0);
        sweep_acked(s, B, 1, 1);
        sweep_heard(s, B, false, 10);
        assert_string_equal(send_all(s, 10), "");
        sweep_heard(s, B, true, 20);
        assert_string_equal(send_all(s, 20), "2/2 ");
        /* Once more soon, then as ever. */
        assert_string_equal(send_all(s, 21), "");
        assert_string_equal(send_all(s, 269), "");
        assert_string_equal(send_all(s, 270), "2/3 ");
        assert_string_equal(send_all(s, 1000), "1/1 ");
        assert_string_equal(send_all(s, 1269), "");
        assert_string_equal(send_all(s, 1270), "2/3 ");
        sweep_acked(s, A, 1, 1300);
        sweep_acked(s, A, 2, 1300);
        sweep_acked(s, B, 2, 1300);
        settle_all(s);
        sweep_paged(s);
        assert_string_equal(send_all(s, 1400), "E0 E1 ");
        sweep_heard(s, A, true, 1450);
        assert_string_equal(send_all(s, 1450), "E0 ");
        assert_string_equal(send_all(s, 1699), "");
        assert_string_equal(send_all(s, 1700), "E0 ");
        sweep_close(s);
}

/* An end goes to a fabric that has all pages, while another still owes some. */
static void test_ends_by_fabric(void **state)
{
        struct sweep *s = open_sweep(BOTH, 8);

        (void)state;
        add(s, 1);
        send_all(s, 0);
        sweep_paged(s);
        assert_string_equal(send_all(s, 1), "");
        sweep_acked(s, B, 1, 2);
        assert_string_equal(send_all(s, 3), "E1 ");
        /* An end nobody was sent yet cannot be acknowledged. */
        sweep_acked(s, A, WIRE_PAGE_END, 3);
        assert_int_equal(sweep_ended(s), 0);
        sweep_close(s);
}

static void test_ignores_strange_acks(void **state)
{
        struct sweep *s = open_sweep(1, 8);

        (void)state;
        add(s, 1);
        sweep_acked(s, A, 1, 0);
        assert_string_equal(settle_all(s), "");
        send_all(s, 0);
        sweep_acked(s, B, 1, 1);
        sweep_acked(s, A, 7, 1);
        assert_string_equal(settle_all(s), "");
        sweep_acked(s, A, 1, 1);
        assert_string_equal(settle_all(s), "1 ");
        sweep_close(s);
}

struct leaving {
        const char *what;
        uint64_t targets;
        bool a_acks, b_acks;   /* page 1 */
        bool a_heard, b_heard; /* HELLO each second */
        int64_t until;
        uint64_t left;
};

static void test_leaving_behind(void **state)
{
        static const struct leaving cases[] = {
            {"all is well", BOTH, true, true, true, true, 100000, 0},
            {"B silent", BOTH, true, false, true, false, 4000, 0},
            {"B silent", BOTH, true, false, true, false, 6000, 2},
            {"B silent though it has all", BOTH, false, true, true, false, 6000, 2},
            {"both silent", BOTH, true, false, false, false, 100000, 0},
            {"B stuck, A ahead", BOTH, true, false, true, true, 14000, 0},
            {"B stuck, A ahead", BOTH, true, false, true, true, 16000, 2},
            {"both stuck", BOTH, false, false, true, true, 59000, 0},
            {"alone and silent", 1, false, false, false, false, 100000, 0},
            {"alone, silent, another fabric alive", 1, false, false, false, true, 6000, 1},
            {"alone, stuck, another fabric alive", 1, false, false, true, true, 59000, 0},
            {"alone, stuck, another fabric alive", 1, false, false, true, true, 61000, 1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct leaving *c = &cases[i];
                struct sweep *s = open_sweep(c->targets, 8);
                uint64_t left = 0;

                add(s, 1);
                for (int64_t now = 0; now <= c->until; now += 500) {
                        send_all(s, now);
                        if (c->a_acks)
                                sweep_acked(s, A, 1, now);
                        if (c->b_acks)
                                sweep_acked(s, B, 1, now);
                        if (c->a_heard && now % 1000 == 0)
                                sweep_heard(s, A, false, now);
                        if (c->b_heard && now % 1000 == 0)
                                sweep_heard(s, B, false, now);
                        left |= sweep_leave_behind(s, now);
                }
                if (left != c->left)
                        fail_msg("%s: left %lu", c->what, (unsigned long)left);
                assert_int_equal(sweep_active(s), c->targets & ~left);
                sweep_close(s);
        }
}

/* What the one left behind still owes holds nobody up. */
static void test_goes_on_without(void **state)
{
        struct sweep *s = open_sweep(BOTH, 8);

        (void)state;
        add(s, 1);
        send_all(s, 0);
        sweep_acked(s, A, 1, 1);
        assert_string_equal(settle_all(s), "");
        sweep_leave(s, 2);
        assert_string_equal(settle_all(s), "1 ");
        sweep_paged(s);
        assert_string_equal(send_all(s, 2), "E0 ");
        sweep_acked(s, A, WIRE_PAGE_END, 3);
        assert_true(sweep_done(s));
        sweep_close(s);
}

/* With nobody left the sweep is over, and its pages are not settled. */
static void test_nobody_left(void **state)
{
        struct sweep *s = open_sweep(1, 8);

        (void)state;
        add(s, 1);
        send_all(s, 0);
        sweep_leave(s, 1);
        assert_true(sweep_done(s));
        assert_string_equal(settle_all(s), "");
        sweep_close(s);
}

/* A fabric that had its end before the fetcher was killed gets nothing again. */
static void test_resumed(void **state)
{
        const struct sweep_spec spec = {
            .targets = BOTH, .ended = 2, .first_page = 100, .window = 8};
        struct sweep *s = NULL;

        (void)state;
        assert_int_equal(sweep_open(&spec, 0, &s), 0);
        add(s, 1);
        assert_string_equal(send_all(s, 0), "100/1 ");
        /* A late acknowledgement of a page from before. */
        sweep_acked(s, A, 99, 1);
        assert_string_equal(settle_all(s), "");
        sweep_acked(s, A, 100, 1);
        assert_string_equal(settle_all(s), "100 ");
        sweep_paged(s);
        assert_string_equal(send_all(s, 2), "E0 ");
        sweep_acked(s, A, WIRE_PAGE_END, 3);
        assert_true(sweep_done(s));
        sweep_close(s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_from_begin_to_end),
            cmocka_unit_test(test_window),
            cmocka_unit_test(test_window_bytes),
            cmocka_unit_test(test_resends),
            cmocka_unit_test(test_restart_resends_at_once),
            cmocka_unit_test(test_ends_by_fabric),
            cmocka_unit_test(test_ignores_strange_acks),
            cmocka_unit_test(test_leaving_behind),
            cmocka_unit_test(test_goes_on_without),
            cmocka_unit_test(test_nobody_left),
            cmocka_unit_test(test_resumed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
