#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dossier.h"
#include "publisher/outbox.h"
#include "publisher/shared.h"
#include "tests/unit/publisher_fixture.h"

#include <string.h>

struct reading {
        struct question question;
        struct dossier found[DOSSIER_MAX];
        unsigned count;
};

static int read_in(struct work *w, void *userdata)
{
        struct reading *r = userdata;

        return dossier_read(w, &r->question, r->found, &r->count);
}

static const struct reading *ask_id(struct fixture *f, uint64_t id)
{
        static struct reading r;

        r = (struct reading){.question.id = id};
        fixture_do(f, read_in, &r);
        return &r;
}

static const struct reading *ask_hash(struct fixture *f, uint64_t n)
{
        static struct reading r;

        r = (struct reading){.question.hash = fixture_hash(n)};
        fixture_do(f, read_in, &r);
        return &r;
}

static void nothing_is_known_of_a_stranger(void **state)
{
        const struct reading *r = ask_id(*state, 5);

        assert_int_equal(r->count, 1);
        assert_int_equal(r->found[0].id, 5);
        assert_false(r->found[0].judged || r->found[0].queued || r->found[0].told);
        r = ask_hash(*state, 5);
        assert_int_equal(r->count, 1);
        assert_int_equal(r->found[0].id, 0);
        assert_int_equal(r->found[0].hash.type, HASH_SHA256);
        assert_false(r->found[0].judged);
}

static void the_place_in_the_queue_counts_the_better_ones(void **state)
{
        static const double scores[] = {3, 9, 7, 10, 9};
        static const uint64_t places[] = {5, 2, 4, 1, 3}; /* of 1 … 5: equal scores by age */
        struct fixture *f = *state;

        for (uint64_t i = 0; i < 5; i++) {
                struct wire_item item = fixture_candidate(i + 1, TRUST_KNOWN_MALICIOUS, scores[i]);

                fixture_take(f, &item);
        }
        for (uint64_t i = 0; i < 5; i++) {
                const struct dossier *d = &ask_id(f, i + 1)->found[0];

                assert_true(d->judged && d->current && d->queued);
                assert_int_equal(d->place, places[i]);
                assert_int_equal(d->ready, 5);
                assert_true(hash_eq(&d->hash, &(struct hash[]){fixture_hash(i + 1)}[0]));
                d = &ask_hash(f, i + 1)->found[0];
                assert_int_equal(d->id, i + 1);
                assert_int_equal(d->place, places[i]);
        }
}

static void a_reason_outlives_its_sweep(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_dropped(7, VERDICT_SCORE);
        const struct dossier *d;

        fixture_take(f, &item);
        for (int by_hash = 0; by_hash < 2; by_hash++) {
                d = by_hash ? &ask_hash(f, 7)->found[0] : &ask_id(f, 7)->found[0];
                assert_int_equal(d->id, 7);
                assert_true(hash_eq(&d->hash, &item.hash));
                assert_true(d->judged && d->current && !d->queued);
                assert_int_equal(d->item.reason, VERDICT_SCORE);
                assert_true(d->item.entry.score == 2.5);
        }
        intake_begin(&f->state, 2, 2000, SWEEP_FULL);
        item.id = 8;
        fixture_take(f, &item);
        d = &ask_id(f, 7)->found[0];
        assert_true(d->judged && !d->current);
        assert_int_equal(d->state.started_at, 2000);
}

static int settle_in(struct work *w, void *userdata)
{
        struct fixture *f = userdata;
        struct entry told = {.id = 1, .hash = fixture_hash(1), .level = TRUST_KNOWN_MALICIOUS};
        struct entry flight = {.id = 2, .hash = fixture_hash(2), .level = TRUST_KNOWN_MALICIOUS};
        struct entry retry = {
            .id = 3, .hash = fixture_hash(3), .level = TRUST_UNKNOWN, .errors = 2};
        int r = outbox_put(w, &f->state, &told, SHARE_SHARED, &outbox_nothing_known);

        if (r == 0)
                r = shared_put(w, &told, f->state.version, 5000);
        if (r == 0)
                r = inflight_put(w, &flight);
        if (r == 0)
                r = retry_put(w, &retry, 777);
        return r == 0 ? failed_put(
                            w, &(struct failure){.id = 4, .level = TRUST_UNKNOWN, .code = 0x1234})
                      : r;
}

static void each_state_is_found_by_id_and_by_hash(void **state)
{
        struct fixture *f = *state;
        const struct dossier *d;

        for (uint64_t id = 1; id < 5; id++) {
                struct wire_item item = fixture_candidate(id, TRUST_KNOWN_MALICIOUS, 5);

                fixture_take(f, &item);
        }
        fixture_do(f, settle_in, f);
        for (int by_hash = 0; by_hash < 2; by_hash++) {
                d = by_hash ? &ask_hash(f, 1)->found[0] : &ask_id(f, 1)->found[0];
                assert_int_equal(d->id, 1);
                assert_true(d->told && d->outbox && !d->in_flight && !d->retrying);
                assert_int_equal(d->shared.at, 5000);
                assert_int_equal(d->outcome.share, SHARE_SHARED);
                d = by_hash ? &ask_hash(f, 2)->found[0] : &ask_id(f, 2)->found[0];
                assert_int_equal(d->id, 2);
                assert_true(d->in_flight && !d->told && !d->outbox);
                d = by_hash ? &ask_hash(f, 3)->found[0] : &ask_id(f, 3)->found[0];
                assert_int_equal(d->id, 3);
                assert_true(d->retrying && !d->in_flight);
                assert_int_equal(d->due_ms, 777);
                assert_int_equal(d->retry.errors, 2);
        }
        d = &ask_id(f, 4)->found[0];
        assert_true(d->failed);
        assert_int_equal(d->failure.level, TRUST_UNKNOWN);
        assert_int_equal(d->failure.code, 0x1234);
}

static int tell_in(struct work *w, void *userdata)
{
        struct entry told = {.id = 11, .hash = fixture_hash(11), .level = TRUST_UNKNOWN};

        (void)userdata;
        return shared_put(w, &told, 1, 5000);
}

/* ThreatQ gave the indicator another value since: it is found by both. */
static void the_hash_that_was_told_finds_it_too(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_dropped(11, VERDICT_DAYS);
        const struct dossier *d;

        item.hash = fixture_hash(12);
        fixture_take(f, &item);
        fixture_do(f, tell_in, NULL);
        d = &ask_hash(f, 11)->found[0];
        assert_int_equal(d->id, 11);
        assert_true(d->told && d->judged);
        d = &ask_hash(f, 12)->found[0];
        assert_int_equal(d->id, 11);
        assert_true(!d->told && d->judged);
}

static void two_indicators_of_a_hash_are_two(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(1, TRUST_KNOWN_MALICIOUS, 5);
        const struct reading *r;

        fixture_take(f, &item);
        item.id = 2;
        fixture_take(f, &item);
        r = ask_hash(f, 1);
        assert_int_equal(r->count, 2);
        assert_true(r->found[0].queued && r->found[1].queued);
        assert_int_equal(r->found[0].id + r->found[1].id, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(nothing_is_known_of_a_stranger, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(the_place_in_the_queue_counts_the_better_ones,
                                            fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(a_reason_outlives_its_sweep, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(each_state_is_found_by_id_and_by_hash, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(the_hash_that_was_told_finds_it_too, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(two_indicators_of_a_hash_are_two, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
