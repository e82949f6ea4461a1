#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/failed.h"
#include "publisher/shared.h"
#include "tests/unit/publisher_fixture.h"

static const enum trust_level A = TRUST_KNOWN_MALICIOUS, B = TRUST_MIGHT_BE_MALICIOUS;

static void assert_order(struct fixture *f, const uint64_t *want, unsigned count)
{
        uint64_t ids[16];

        assert_int_equal(fixture_order(f, ids, 16), count);
        for (unsigned i = 0; i < count; i++)
                assert_int_equal(ids[i], want[i]);
}

static void overrides_then_score_then_age_then_id(void **state)
{
        struct fixture *f = *state;
        static const struct {
                uint64_t id;
                double score;
                int64_t created_at;
                bool override;
        } rows[] = {
            {1, 3, 50, false},   {2, 9.5, 50, false}, {3, 9.5, 40, false},
            {4, 9.49, 1, false}, {5, 0, 1, true},     {6, 12, 9, false},
            {7, 2, 1, true},     {8, 9.5, 40, false}, {9, -1, 1, false},
        };
        static const uint64_t want[] = {7, 5, 6, 3, 8, 2, 4, 1, 9};

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct wire_item item = fixture_candidate(rows[i].id, A, rows[i].score);

                item.created_at = rows[i].created_at;
                item.override = rows[i].override;
                fixture_take(f, &item);
        }
        assert_order(f, want, 9);
        assert_int_equal(f->state.counts[REASON_QUEUED], 9);
}

static void an_item_seen_twice_counts_once(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, A, 5);
        struct wire_item dropped = fixture_dropped(1, VERDICT_STATUS);

        fixture_take(f, &item);
        fixture_take(f, &item);
        assert_int_equal(f->state.fetched, 1);
        assert_int_equal(f->state.counts[REASON_QUEUED], 1);
        fixture_take(f, &dropped);
        assert_int_equal(f->state.fetched, 1);
        assert_int_equal(f->state.counts[REASON_QUEUED], 0);
        assert_int_equal(f->state.counts[VERDICT_STATUS], 1);
        assert_order(f, NULL, 0);
        /* the next sweep counts it anew */
        intake_begin(&f->state, 2, 2000, SWEEP_INCREMENTAL);
        fixture_take(f, &item);
        assert_int_equal(f->state.fetched, 1);
        assert_int_equal(f->state.counts[REASON_QUEUED], 1);
        assert_order(f, (uint64_t[]){1}, 1);
}

/* Pages of a saved search and pages of all that was touched come in any order, and again. */
static void only_what_no_saved_search_page_judged_is_outside(void **state)
{
        struct fixture *f = *state;
        struct wire_item inside = fixture_candidate(1, A, 5), dropped = {.id = 2};
        struct wire_item outside = fixture_dropped(1, VERDICT_COLLECTION);
        struct wire_item outside_too = fixture_dropped(2, VERDICT_COLLECTION);

        dropped.verdict = VERDICT_UNMAPPED;
        fixture_take(f, &outside);
        fixture_take(f, &dropped);
        assert_int_equal(f->state.counts[REASON_COLLECTION], 1);
        fixture_take(f, &inside);
        fixture_take(f, &outside);
        fixture_take(f, &outside_too);
        assert_order(f, (uint64_t[]){1}, 1);
        assert_int_equal(f->state.fetched, 2);
        assert_int_equal(f->state.counts[REASON_QUEUED], 1);
        assert_int_equal(f->state.counts[VERDICT_UNMAPPED], 1);
        assert_int_equal(f->state.counts[REASON_COLLECTION], 0);
        /* one that has left the saved search is seen so by the next sweep */
        intake_begin(&f->state, 2, 2000, SWEEP_INCREMENTAL);
        fixture_take(f, &outside);
        assert_order(f, NULL, 0);
        assert_int_equal(f->state.counts[REASON_COLLECTION], 1);
}

static void a_waiting_item_follows_its_new_score(void **state)
{
        struct fixture *f = *state;
        struct wire_item low = fixture_candidate(1, B, 5), other = fixture_candidate(2, B, 6);
        struct wire_item high = fixture_candidate(1, A, 10);

        fixture_take(f, &low);
        fixture_take(f, &other);
        assert_order(f, (uint64_t[]){2, 1}, 2);
        fixture_take(f, &high);
        assert_order(f, (uint64_t[]){1, 2}, 2);
}

struct told {
        struct hash hash;
        enum trust_level level;
        bool uncertain;
};

static int tell(struct work *w, void *userdata)
{
        struct told *told = userdata;
        bool was;
        struct entry entry = {.id = 1, .hash = told->hash, .level = told->level};
        int r = shared_put(w, &entry, 1, 1);

        return r == 0 ? shared_mark(w, &told->hash, told->uncertain, &was) : r;
}

static void what_was_told_is_not_queued(void **state)
{
        struct fixture *f = *state;
        struct told told = {.hash = fixture_hash(1), .level = A};
        struct wire_item same = fixture_candidate(1, A, 5), other = fixture_candidate(1, B, 5);

        fixture_do(f, tell, &told);
        fixture_take(f, &same);
        assert_order(f, NULL, 0);
        assert_int_equal(f->state.counts[REASON_SHARED], 1);
        fixture_take(f, &other);
        assert_order(f, (uint64_t[]){1}, 1);
        /* taken back before it was sent */
        fixture_take(f, &same);
        assert_order(f, NULL, 0);
        /* the same hash under another id was told too */
        same.id = 77;
        fixture_take(f, &same);
        assert_order(f, NULL, 0);
}

static void what_another_connector_told_is_adopted(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, A, 5), moved = fixture_candidate(1, B, 5);

        item.adopt = moved.adopt = true;
        fixture_take(f, &item);
        assert_order(f, NULL, 0);
        assert_int_equal(f->state.counts[REASON_SHARED], 1);
        assert_int_equal(fixture_count(f, TABLE_RECENT), 1);
        assert_int_equal(fixture_count(f, TABLE_OUTBOX), 0);
        /* from now on the own memory decides */
        fixture_take(f, &moved);
        assert_order(f, (uint64_t[]){1}, 1);
        item.adopt = false;
        fixture_take(f, &item);
        assert_order(f, NULL, 0);
}

static void what_waits_is_adopted_when_it_is_shown_as_told(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, A, 5);

        fixture_take(f, &item);
        assert_order(f, (uint64_t[]){1}, 1);
        item.adopt = true;
        fixture_take(f, &item);
        assert_order(f, NULL, 0);
        assert_int_equal(f->state.counts[REASON_SHARED], 1);
        assert_int_equal(f->state.counts[REASON_QUEUED], 0);
}

static void what_is_uncertain_is_queued(void **state)
{
        struct fixture *f = *state;
        struct told told = {.hash = fixture_hash(1), .level = A, .uncertain = true};
        struct wire_item same = fixture_candidate(1, A, 5);

        fixture_do(f, tell, &told);
        fixture_take(f, &same);
        assert_order(f, (uint64_t[]){1}, 1);
}

static int fly(struct work *w, void *userdata)
{
        struct entry *entry = userdata;
        int r = queue_remove(w, entry);

        return r == 0 ? inflight_put(w, entry) : r;
}

static int wait_long(struct work *w, void *userdata)
{
        struct entry *entry = userdata;
        int r = queue_remove(w, entry);

        return r == 0 ? retry_put(w, entry, 1000000) : r;
}

static struct entry entry_of(const struct wire_item *item)
{
        return (struct entry){.id = item->id,
                              .hash = item->hash,
                              .level = item->level,
                              .override = item->override,
                              .score = item->score,
                              .created_at = item->created_at};
}

static void nothing_waits_behind_the_same_in_flight(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, B, 5), changed = fixture_candidate(1, A, 10);
        struct entry entry = entry_of(&item);

        fixture_take(f, &item);
        fixture_do(f, fly, &entry);
        fixture_take(f, &item);
        assert_order(f, NULL, 0);
        /* another level waits behind it, and goes when the first level is wanted again */
        fixture_take(f, &changed);
        assert_order(f, (uint64_t[]){1}, 1);
        fixture_take(f, &item);
        assert_order(f, NULL, 0);
        assert_int_equal(f->state.counts[REASON_QUEUED], 1);
}

static void a_retry_keeps_waiting_until_the_level_changes(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, B, 5), changed = fixture_candidate(1, A, 10);
        struct entry entry = entry_of(&item);

        fixture_take(f, &item);
        fixture_do(f, wait_long, &entry);
        item.score = 6;
        fixture_take(f, &item);
        assert_order(f, NULL, 0);
        assert_int_equal(fixture_count(f, TABLE_RETRY), 1);
        assert_int_equal(fixture_count(f, TABLE_DUE), 1);
        fixture_take(f, &changed);
        assert_order(f, (uint64_t[]){1}, 1);
        assert_int_equal(fixture_count(f, TABLE_RETRY), 0);
        assert_int_equal(fixture_count(f, TABLE_DUE), 0);
}

static int fail_b(struct work *w, void *userdata)
{
        (void)userdata;
        return failed_put(w, &(struct failure){.id = 1, .level = B});
}

static void what_this_store_tried_is_not_adopted(void **state)
{
        struct fixture *f = *state;
        static int (*const ways[])(struct work *, void *) = {fly, wait_long, fail_b};

        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
                struct wire_item item = fixture_candidate(1 + i, B, 5);
                struct entry entry = entry_of(&item);

                item.id = entry.id = ways[i] == fail_b ? 1 : 10 + i;
                fixture_do(f, ways[i], &entry);
                item.adopt = true;
                fixture_take(f, &item);
                assert_int_equal(fixture_count(f, TABLE_RECENT), 0);
        }
}

static int first_entry(struct work *w, void *userdata)
{
        return queue_next(w, NULL, userdata);
}

static void a_failed_one_is_tried_once_in_a_later_sweep(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, B, 5);
        struct entry first;

        fixture_do(f, fail_b, NULL);
        fixture_take(f, &item);
        fixture_do(f, first_entry, &first);
        assert_true(first.last_try);
        item.level = A;
        fixture_take(f, &item);
        fixture_do(f, first_entry, &first);
        assert_false(first.last_try);
}

static void sweeps_are_told_apart(void **state)
{
        static const struct {
                bool ended;
                uint64_t sweep;
                int64_t started_at;
                enum intake want;
        } cases[] = {
            {false, 5, 1000, INTAKE_TAKE},
            {true, 5, 1000, INTAKE_STALE},
            {false, 4, 900, INTAKE_STALE},
            {false, 4, 1000, INTAKE_STALE},
            {true, 6, 2000, INTAKE_NEW},
            {true, 6, 1000, INTAKE_NEW},
            {true, 6, 500, INTAKE_NEW} /* the wall clock went back */,
            {true, 1, 2000, INTAKE_NEW} /* the fetcher lost its store */,
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct state now = {.sweep = 5, .started_at = 1000, .ended = cases[i].ended};

                assert_int_equal(intake_judge(&now, cases[i].sweep, cases[i].started_at),
                                 cases[i].want);
        }
}

#define STORE_TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
            STORE_TEST(overrides_then_score_then_age_then_id),
            STORE_TEST(an_item_seen_twice_counts_once),
            STORE_TEST(only_what_no_saved_search_page_judged_is_outside),
            STORE_TEST(a_waiting_item_follows_its_new_score),
            STORE_TEST(what_was_told_is_not_queued),
            STORE_TEST(what_another_connector_told_is_adopted),
            STORE_TEST(what_waits_is_adopted_when_it_is_shown_as_told),
            STORE_TEST(what_this_store_tried_is_not_adopted),
            STORE_TEST(what_is_uncertain_is_queued),
            STORE_TEST(nothing_waits_behind_the_same_in_flight),
            STORE_TEST(a_retry_keeps_waiting_until_the_level_changes),
            STORE_TEST(a_failed_one_is_tried_once_in_a_later_sweep),
            cmocka_unit_test(sweeps_are_told_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
