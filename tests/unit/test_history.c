#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/eta.h"
#include "console/history.h"

#include <stdio.h>

static struct report_sweep sweep;
static struct report_publisher report;
static struct summary_fabric fabric = {.name = "emea", .report = &report};
static const struct summary summary = {.sweep = &sweep, .fabrics = &fabric, .fabric_count = 1};

static void add(struct history *h, int64_t at_ms, uint64_t fetched, uint64_t sent)
{
        sweep.fetched = fetched;
        report.counts.sent = sent;
        report.queued = sent * 2;
        history_add(h, &summary, at_ms, at_ms / 1000);
}

/* A new sweep that came further than the last one between two looks counts whole. */
static void test_a_sweep_between_two_looks(void **state)
{
        _cleanup_(history_closep) struct history *h = NULL;
        const struct history_fabric *fabrics;
        const struct history_sample *last;

        (void)state;
        assert_int_equal(history_open(1, 10, &h), 0);
        sweep.number = report.sweep = 1;
        add(h, 1000, 500, 40);
        sweep.number = report.sweep = 2;
        add(h, 2000, 700, 60);
        last = history_at(h, 1, &fabrics);
        assert_int_equal(last->fetched, 700);
        assert_int_equal(fabrics[0].pushed, 60);
        sweep.number = report.sweep = 0;
}

/* What was there before the history is no rate; a new sweep begins its counts at 0. */
static void test_rates(void **state)
{
        _cleanup_(history_closep) struct history *h = NULL;

        (void)state;
        assert_int_equal(history_open(1, 10, &h), 0);
        assert_true(history_push_rate(h, 0, 60000) == 0);
        add(h, 1000, 5000, 400);
        assert_true(history_push_rate(h, 0, 60000) == 0);
        add(h, 11000, 6000, 500);
        assert_true(history_push_rate(h, 0, 60000) == 10);
        assert_true(history_fetch_rate(h, 60000) == 100);
        add(h, 21000, 100, 100);
        assert_true(history_push_rate(h, 0, 60000) == 10);
        assert_true(history_push_rate(h, 0, 10000) == 10);
        add(h, 31000, 100, 100);
        assert_true(history_push_rate(h, 0, 10000) == 0);
        fabric.report = NULL;
        history_add(h, &summary, 41000, 41);
        fabric.report = &report;
        add(h, 51000, 100, 100);
        assert_true(history_push_rate(h, 0, 10000) == 0);
}

static void test_the_ring_keeps_the_newest(void **state)
{
        _cleanup_(history_closep) struct history *h = NULL;
        const struct history_fabric *f;

        (void)state;
        assert_int_equal(history_open(1, 3, &h), 0);
        for (uint64_t i = 0; i < 8; i++) {
                add(h, (int64_t)i * 1000, i, i);
                assert_int_equal(history_count(h), i < 3 ? i + 1 : 3);
        }
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(history_at(h, i, &f)->wall_s, 5 + i);
                assert_int_equal(f->queued, 2 * (5 + i));
                assert_int_equal(f->pushed, 5 + i);
        }
}

static void test_etas(void **state)
{
        enum { NOW = 1777636800 }; /* 2026-05-01T12:00:00Z */
        static const struct {
                uint64_t queued, in_flight, left;
                const char *next_free;
                double rate;
                enum eta_kind kind;
                int64_t s;
        } etas[] = {
            {0, 0, 0, "", 5, ETA_NOTHING, 0},
            {100, 0, 1000, "", 0, ETA_UNKNOWN, 0},
            {90, 10, 90, "", 10, ETA_RATE, 10},
            {100, 0, 0, "2026-05-01T13:00:00Z", 0, ETA_QUOTA, 3600},
            {1000, 0, 0, "2026-05-01T13:00:00Z", 9, ETA_QUOTA, 3600},
            {1001, 0, 0, "2026-05-01T13:00:00Z", 9, ETA_QUOTA, 3600 + 86400},
            {3500, 0, 1000, "2026-05-01T11:00:00Z", 9, ETA_QUOTA, 2 * 86400},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(etas) / sizeof(etas[0]); i++) {
                struct report_publisher r = {.queued = etas[i].queued,
                                             .in_flight = etas[i].in_flight,
                                             .quota = {.limit = 1000, .left = etas[i].left}};
                struct eta eta;

                snprintf(r.quota.next_free_at, REPORT_DATE_MAX, "%s", etas[i].next_free);
                eta = eta_of(&r, etas[i].rate, NOW);
                if (eta.kind != etas[i].kind || eta.s != etas[i].s)
                        fail_msg("row %zu: kind %d, %lld s", i, (int)eta.kind, (long long)eta.s);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_a_sweep_between_two_looks),
            cmocka_unit_test(test_rates),
            cmocka_unit_test(test_the_ring_keeps_the_newest),
            cmocka_unit_test(test_etas),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
