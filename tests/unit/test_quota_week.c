/* A week by an injected clock, with the real store: queue and quota as the publisher's cycle uses
 * them, while runs begin and end at random times, processes are killed between the reservation and
 * the request, the wall clock jumps, and the machine is booted anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/quota.h"
#include "tests/unit/publisher_fixture.h"

#include <stdio.h>
#include <string.h>

enum {
        LIMIT = 40,
        MINUTE_MS = 60 * 1000,
        DAY_MINUTES = 24 * 60,
        WEEK_MINUTES = 7 * DAY_MINUTES,
        SENT_MAX = 12 * LIMIT,
};

struct machine {
        int64_t real_ms; /* what really passes: the truth the rule is held against */
        int64_t boot_at; /* real time of the boot */
        int64_t wall_off;
        int boots;
        char boot_id[37];
};

struct week {
        struct fixture *f;
        struct quota *quota; /* NULL: no publisher runs */
        struct machine m;
        uint32_t random;
        uint64_t next_id;
        int64_t sent[SENT_MAX]; /* real times of the requests that may have left */
        size_t count;
        int64_t idle_minutes; /* a publisher ran, and had quota and queue, and sent nothing */
};

static uint32_t roll(struct week *w, uint32_t n)
{
        w->random = w->random * 1664525 + 1013904223;
        return (w->random >> 8) % n;
}

static int64_t boot_ms(const struct week *w)
{
        return w->m.real_ms - w->m.boot_at;
}

static void boot(struct week *w)
{
        w->m.boot_at = w->m.real_ms - 1000;
        snprintf(w->m.boot_id, sizeof(w->m.boot_id), "boot-%d", ++w->m.boots);
}

static void start(struct week *w)
{
        struct quota_now now = {.boot_ms = boot_ms(w), .wall_ms = w->m.real_ms + w->m.wall_off};

        memcpy(now.boot_id, w->m.boot_id, sizeof(now.boot_id));
        assert_int_equal(quota_open(w->f->store, LIMIT, &now, false, &w->quota), 0);
}

static void stop(struct week *w)
{
        quota_close(w->quota);
        w->quota = NULL;
        if (roll(w, 3) == 0)
                fixture_reopen(w->f);
}

struct take {
        struct week *week;
        uint64_t want;
        uint64_t taken;
};

/* As cycle_commit does: entries leave the queue and quota is reserved in one transaction. */
static int take_in(struct work *work, void *userdata)
{
        struct take *take = userdata;
        struct entry entry;

        take->taken = 0;
        while (take->taken < take->want && queue_next(work, NULL, &entry) == 0) {
                assert_int_equal(queue_remove(work, &entry), 0);
                assert_int_equal(inflight_put(work, &entry), 0);
                take->taken++;
        }
        return take->taken == 0 ? 0
                                : quota_reserve(take->week->quota, work->store, work->txn,
                                                take->taken, boot_ms(take->week));
}

static void push(struct week *w)
{
        uint64_t left = quota_left(w->quota, boot_ms(w));
        uint64_t queued = fixture_count(w->f, TABLE_ORDER);
        struct take take = {.week = w, .want = left < 16 ? left : 16};

        fixture_do(w->f, take_in, &take);
        if (left > 0 && queued > 0 && take.taken == 0)
                w->idle_minutes++;
        for (uint64_t i = 0; i < take.taken; i++) {
                assert_true(w->count < SENT_MAX);
                w->sent[w->count++] = w->m.real_ms;
        }
        /* Killed between the commit and the rest: what was reserved counts all the same. */
        if (take.taken > 0 && roll(w, 8) == 0) {
                stop(w);
                start(w);
        } else if (take.taken > 0) {
                quota_commit(w->quota, take.taken, boot_ms(w));
        }
}

static void feed(struct week *w)
{
        for (uint32_t n = roll(w, 30); n > 0; n--) {
                struct wire_item item = fixture_candidate(++w->next_id, TRUST_KNOWN_MALICIOUS, 5);

                fixture_take(w->f, &item);
        }
}

static void no_day_has_more_and_no_minute_is_lost(void **state)
{
        struct week w = {.f = *state, .random = 20260501};
        int64_t due_minutes = 0;

        w.m.real_ms = INT64_C(1777629600000);
        boot(&w);
        for (int minute = 0; minute < WEEK_MINUTES; minute++) {
                w.m.real_ms += MINUTE_MS;
                /* Jumps back and forth, by up to three days, only while the machine is up. */
                if (roll(&w, 200) == 0)
                        w.m.wall_off = ((int64_t)roll(&w, 144) - 72) * 60 * MINUTE_MS;
                if (roll(&w, 1500) == 0) {
                        if (w.quota)
                                stop(&w);
                        w.m.wall_off = 0; /* a machine that boots sets its clock by the network */
                        boot(&w);
                }
                if (roll(&w, 60) == 0)
                        feed(&w);
                if (!w.quota && roll(&w, 20) == 0)
                        start(&w);
                else if (w.quota && roll(&w, 90) == 0)
                        stop(&w);
                if (!w.quota)
                        continue;
                due_minutes++;
                push(&w);
        }
        if (w.quota)
                stop(&w);
        for (size_t i = LIMIT; i < w.count; i++)
                assert_true(w.sent[i] - w.sent[i - LIMIT] >= QUOTA_DAY_MS);
        assert_int_equal(w.idle_minutes, 0);
        assert_true(due_minutes > WEEK_MINUTES / 2);
        assert_true(w.m.boots > 2);
        /* The queue never ran dry after the first day, so nearly each day's quota was used. */
        assert_true(w.count >= 6 * LIMIT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(no_day_has_more_and_no_minute_is_lost, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
