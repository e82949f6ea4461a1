#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/quota.h"
#include "tests/unit/publisher_fixture.h"

#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

static struct quota_now now_at(int64_t boot_ms, int64_t wall_ms, const char *boot_id)
{
        struct quota_now now = {.boot_ms = boot_ms, .wall_ms = wall_ms};

        strncpy(now.boot_id, boot_id, sizeof(now.boot_id) - 1);
        return now;
}

struct reserve {
        struct quota *quota;
        uint64_t n;
        int64_t boot_ms;
};

static int reserve_in(struct work *w, void *userdata)
{
        struct reserve *r = userdata;

        return quota_reserve(r->quota, w->store, w->txn, r->n, r->boot_ms);
}

static void reserve(struct fixture *f, struct quota *quota, uint64_t n, int64_t boot_ms)
{
        struct reserve r = {.quota = quota, .n = n, .boot_ms = boot_ms};

        fixture_do(f, reserve_in, &r);
        quota_commit(quota, n, boot_ms);
}

static struct quota *open_at(struct fixture *f, unsigned limit, int64_t boot_ms, int64_t wall_ms,
                             const char *boot_id)
{
        struct quota_now now = now_at(boot_ms, wall_ms, boot_id);
        struct quota *quota = NULL;

        assert_int_equal(quota_open(f->store, limit, &now, false, &quota), 0);
        return quota;
}

static void the_window_slides(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 100, 1000, 5000000, "boot-a");

        reserve(f, quota, 60, 1000);
        reserve(f, quota, 40, 1000 + HOUR_MS);
        assert_int_equal(quota_left(quota, 1000 + HOUR_MS), 0);
        assert_int_equal(quota_left(quota, 1000 + QUOTA_WINDOW_MS - 1), 0);
        assert_int_equal(quota_next_free_ms(quota, 1000 + QUOTA_WINDOW_MS - 1), 1);
        assert_int_equal(quota_left(quota, 1000 + QUOTA_WINDOW_MS), 60);
        assert_int_equal(quota_left(quota, 1000 + HOUR_MS + QUOTA_WINDOW_MS), 100);
        assert_int_equal(quota_next_free_ms(quota, 1000 + HOUR_MS + QUOTA_WINDOW_MS), -1);
        quota_close(quota);
}

static void it_survives_a_restart(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 100, 1000, 5000000, "boot-a");

        reserve(f, quota, 30, 2000);
        reserve(f, quota, 5, 2000); /* the same millisecond adds up */
        quota_close(quota);
        fixture_reopen(f);
        quota = open_at(f, 100, 3000, 5002000, "boot-a");
        assert_int_equal(quota_used(quota, 3000), 35);
        quota_close(quota);
}

static void a_jump_of_the_wall_clock_frees_nothing(void **state)
{
        struct fixture *f = *state;
        static const int64_t walls[] = {5000000 + (int64_t)48 * HOUR_MS, 1000, 0};
        struct quota *quota = open_at(f, 10, 1000, 5000000, "boot-a");

        reserve(f, quota, 10, 1000);
        quota_close(quota);
        for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
                quota = open_at(f, 10, 2000, walls[i], "boot-a");
                assert_int_equal(quota_left(quota, 2000), 0);
                assert_int_equal(quota_left(quota, 1000 + QUOTA_WINDOW_MS), 10);
                quota_close(quota);
        }
}

static void a_new_boot_never_goes_back(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 10, 1000, (int64_t)100 * HOUR_MS, "boot-a");

        reserve(f, quota, 10, 1000);
        quota_close(quota);
        /* the wall clock was set back before this boot: time begins again where it stood */
        quota = open_at(f, 10, 50, HOUR_MS, "boot-b");
        assert_int_equal(quota_left(quota, 50 + QUOTA_WINDOW_MS - 1), 0);
        assert_int_equal(quota_left(quota, 50 + QUOTA_WINDOW_MS), 10);
        quota_close(quota);
        /* and a boot a day later, by the wall clock, has it all again */
        quota = open_at(f, 10, 50, (int64_t)125 * HOUR_MS, "boot-c");
        assert_int_equal(quota_left(quota, 50), 10);
        quota_close(quota);
}

static void a_lower_limit_counts_at_once(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 10, 1000, 5000000, "boot-a");

        reserve(f, quota, 10, 1000);
        quota_close(quota);
        quota = open_at(f, 4, 2000, 5001000, "boot-a");
        assert_int_equal(quota_left(quota, 2000), 0);
        quota_close(quota);
}

static void the_wait_for_the_nth_request(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 10, 1000, 5000000, "boot-a");
        const int64_t day = QUOTA_WINDOW_MS, now = 1000 + 3 * HOUR_MS;

        assert_int_equal(quota_wait_ms(quota, 1000, 0), 0);
        assert_int_equal(quota_wait_ms(quota, 1000, 10), 0);
        assert_int_equal(quota_wait_ms(quota, 1000, 11), day);
        assert_int_equal(quota_wait_ms(quota, 1000, 31), 3 * day);
        reserve(f, quota, 4, 1000);
        reserve(f, quota, 3, 1000 + HOUR_MS);
        assert_int_equal(quota_wait_ms(quota, now, 3), 0);
        assert_int_equal(quota_wait_ms(quota, now, 4), day - 3 * HOUR_MS);
        assert_int_equal(quota_wait_ms(quota, now, 7), day - 3 * HOUR_MS);
        assert_int_equal(quota_wait_ms(quota, now, 8), day - 2 * HOUR_MS);
        assert_int_equal(quota_wait_ms(quota, now, 11), day);
        assert_int_equal(quota_wait_ms(quota, now, 14), 2 * day - 3 * HOUR_MS);
        /* a limit that was lowered below what is used: the surplus has to leave the window first */
        quota_set_limit(quota, 5);
        assert_int_equal(quota_left(quota, now), 0);
        assert_int_equal(quota_wait_ms(quota, now, 1), day - 3 * HOUR_MS);
        assert_int_equal(quota_wait_ms(quota, now, 3), day - 2 * HOUR_MS);
        quota_set_limit(quota, 100);
        assert_int_equal(quota_left(quota, now), 93);
        quota_close(quota);
}

static void a_reset_empties_the_ledger(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 10, 1000, 5000000, "boot-a");

        reserve(f, quota, 10, 1000);
        assert_int_equal(quota_reset(quota, f->store, 0), 0);
        assert_int_equal(quota_left(quota, 1000), 10);
        assert_int_equal(fixture_count(f, TABLE_QUOTA), 0);
        reserve(f, quota, 4, 2000);
        quota_close(quota);
        quota = open_at(f, 10, 3000, 5002000, "boot-a");
        assert_int_equal(quota_used(quota, 3000), 4);
        quota_close(quota);
}

static void a_request_to_reset_is_done_once(void **state)
{
        static const struct {
                uint64_t request;
                int result;
        } cases[] = {
            {7, 0}, {7, QUOTA_E_DONE}, {7, QUOTA_E_DONE}, {8, 0}, {0, 0}, {8, QUOTA_E_DONE}, {7, 0},
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct quota *quota = open_at(f, 10, 1000, 5000000, "boot-a");
                uint64_t used;

                reserve(f, quota, 3, 1000);
                used = quota_used(quota, 1000);
                assert_int_equal(quota_reset(quota, f->store, cases[i].request), cases[i].result);
                used = cases[i].result == 0 ? 0 : used;
                assert_int_equal(quota_used(quota, 1000), used);
                quota_close(quota);
                /* and so it is on disk */
                quota = open_at(f, 10, 1000, 5000000, "boot-a");
                assert_int_equal(quota_used(quota, 1000), used);
                quota_close(quota);
        }
}

struct add {
        uint64_t n;
        int64_t at;
};

static int add_in(struct work *w, void *userdata)
{
        const struct add *add = userdata;

        return quota_add(w->store, w->txn, add->n, add->at);
}

static void what_another_sent_counts(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 10, 1000, (int64_t)50 * HOUR_MS, "boot-a");
        struct add add = {.n = 7, .at = (int64_t)48 * HOUR_MS};

        reserve(f, quota, 2, 1000);
        fixture_do(f, add_in, &add);
        assert_int_equal(quota_reload(quota, f->store), 0);
        assert_int_equal(quota_left(quota, 1000), 1);
        assert_int_equal(quota_next_free_ms(quota, 1000), QUOTA_WINDOW_MS - 2 * HOUR_MS);
        assert_int_equal(quota_left(quota, 1000 + QUOTA_WINDOW_MS - 2 * HOUR_MS), 8);
        quota_close(quota);
}

/* A week of greedy requests at odd times: in no window are there more than the limit, and when a
 * request was possible one was made. */
static void no_window_ever_holds_more(void **state)
{
        struct fixture *f = *state;
        enum { LIMIT = 7, STEPS = 2000, STEP_MS = 301 * 1000 };
        static int64_t sent[STEPS * LIMIT];
        size_t count = 0;
        struct quota *quota = open_at(f, LIMIT, 0, 5000000, "boot-a");

        for (int64_t i = 0; i < STEPS; i++) {
                int64_t t = i * STEP_MS;
                uint64_t left = quota_left(quota, t);
                uint64_t n = left > 0 && i % 3 == 0 ? left : (left > 0 ? 1 : 0);

                if (n > 0)
                        reserve(f, quota, n, t);
                for (uint64_t k = 0; k < n; k++)
                        sent[count++] = t;
                if (i % 100 == 99) {
                        quota_close(quota);
                        quota = open_at(f, LIMIT, t, i % 200 ? 1 : 5000000000, "boot-a");
                }
        }
        for (size_t i = LIMIT; i < count; i++)
                assert_true(sent[i] - sent[i - LIMIT] >= QUOTA_DAY_MS);
        assert_true(count >= (size_t)STEPS * STEP_MS / QUOTA_WINDOW_MS * LIMIT);
        /* old records are dropped, not kept for ever */
        assert_true(fixture_count(f, TABLE_QUOTA) <= 2 * LIMIT);
        quota_close(quota);
}

static void what_has_left_the_window_leaves_the_store(void **state)
{
        struct fixture *f = *state;
        struct quota *quota = open_at(f, 100, 1000, 5000000, "boot-a");

        for (int hour = 0; hour < 24 * 4; hour++)
                reserve(f, quota, 1, 1000 + hour * (int64_t)HOUR_MS);
        assert_in_range(fixture_count(f, TABLE_QUOTA), 24, 26);
        quota_close(quota);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(the_window_slides, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(it_survives_a_restart, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(a_jump_of_the_wall_clock_frees_nothing, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(a_new_boot_never_goes_back, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(a_lower_limit_counts_at_once, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(the_wait_for_the_nth_request, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(a_request_to_reset_is_done_once, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(a_reset_empties_the_ledger, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(what_another_sent_counts, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(what_has_left_the_window_leaves_the_store,
                                            fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(no_window_ever_holds_more, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
