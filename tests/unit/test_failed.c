#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/failed.h"
#include "tests/unit/publisher_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const enum trust_level A = TRUST_KNOWN_MALICIOUS, B = TRUST_UNKNOWN;

static void an_order_names_what_it_means(void **state)
{
        static const struct {
                const char *words;
                bool good, drop, all;
                unsigned count;
        } cases[] = {
            {"retry all", true, false, true, 0},
            {"drop all\n", true, true, true, 0},
            {"drop 1, 2,44d88612fea8a8f36de82e1278abb02f", true, true, false, 3},
            {"retry 7", true, false, false, 1},
            {"retry", false, false, false, 0},
            {"retry all 7", false, false, false, 0},
            {"", false, false, false, 0},
            {"all", false, false, false, 0},
            {"retry x", false, false, false, 0},
            {"forget all", false, false, false, 0},
        };
        char many[4 * (FAILED_NAMED_MAX + 2)] = "drop";

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct failed_order order = {0};

                assert_int_equal(failed_parse(cases[i].words, &order), cases[i].good);
                assert_int_equal(order.drop, cases[i].drop);
                assert_int_equal(order.all, cases[i].all);
                assert_int_equal(order.count, cases[i].count);
        }
        for (unsigned i = 0; i <= FAILED_NAMED_MAX; i++)
                snprintf(many + strlen(many), sizeof(many) - strlen(many), " 7");
        assert_false(failed_parse(many, &(struct failed_order){0}));
}

static int put_in(struct work *w, void *userdata)
{
        return failed_put(w, userdata);
}

static void refuse(struct fixture *f, uint64_t id, enum trust_level level)
{
        struct failure failure = {.id = id,
                                  .level = level,
                                  .code = 0x1f,
                                  .at = 5000,
                                  .hash = fixture_hash(id),
                                  .text = "no such thing"};

        fixture_do(f, put_in, &failure);
}

struct look {
        uint64_t id;
        int r;
        struct failure found;
};

static int look_in(struct work *w, void *userdata)
{
        struct look *look = userdata;

        look->r = failed_get(w, look->id, &look->found);
        return 0;
}

static struct look look(struct fixture *f, uint64_t id)
{
        struct look l = {.id = id};

        fixture_do(f, look_in, &l);
        return l;
}

static int put_old(struct work *w, void *userdata)
{
        static const uint8_t value[] = {50, 0, 0, 0, 0x1f}; /* level and code, as it once was */
        uint8_t key[8];

        store_put_u64(key, 9);
        return store_put(w->store, w->txn, TABLE_FAILED, key, sizeof(key), value,
                         sizeof(value) - *(const size_t *)userdata);
}

static void a_failure_comes_back_whole(void **state)
{
        struct fixture *f = *state;
        struct look l;
        size_t cut = 0;

        refuse(f, 3, A);
        l = look(f, 3);
        assert_int_equal(l.r, 0);
        assert_int_equal(l.found.level, A);
        assert_int_equal(l.found.code, 0x1f);
        assert_int_equal(l.found.at, 5000);
        assert_string_equal(l.found.text, "no such thing");
        assert_true(hash_eq(&l.found.hash, &(struct hash[]){fixture_hash(3)}[0]));
        assert_int_equal(look(f, 2).r, STORE_E_NONE);
        assert_int_equal(look(f, 4).r, STORE_E_NONE);
        fixture_do(f, put_old, &cut);
        l = look(f, 9);
        assert_int_equal(l.r, 0);
        assert_int_equal(l.found.level, TRUST_UNKNOWN);
        assert_int_equal(l.found.code, 0x1f);
        assert_int_equal(l.found.hash.type, HASH_NONE);
        cut = 1;
        fixture_do(f, put_old, &cut);
        assert_int_equal(look(f, 9).r, -EBADMSG);
}

struct execution {
        struct failed_order order;
        struct failed_done done;
};

static int execute_in(struct work *w, void *userdata)
{
        struct execution *e = userdata;

        return failed_execute(w, &e->order, &e->done);
}

static struct failed_done execute(struct fixture *f, const char *words)
{
        struct execution e = {0};

        assert_true(failed_parse(words, &e.order));
        fixture_do(f, execute_in, &e);
        return e.done;
}

static int unqueue_in(struct work *w, void *userdata)
{
        struct item item;
        int r = item_get(w, *(const uint64_t *)userdata, &item);

        return r == 0 ? queue_remove(w, &item.entry) : r;
}

/* Judged by the sweep, pushed, and failed for good. */
static void pushed_and_failed(struct fixture *f, uint64_t id, double score)
{
        struct wire_item item = fixture_candidate(id, A, score);

        fixture_take(f, &item);
        fixture_do(f, unqueue_in, &id);
        refuse(f, id, A);
}

static int first_in(struct work *w, void *userdata)
{
        return queue_next(w, NULL, userdata);
}

static void retry_queues_what_is_wanted_still(void **state)
{
        struct fixture *f = *state;
        struct wire_item item = fixture_candidate(3, B, 7);
        struct failed_done done;
        struct entry entry;
        uint64_t ids[4];

        pushed_and_failed(f, 1, 5);
        pushed_and_failed(f, 2, 9);
        pushed_and_failed(f, 3, 7);
        fixture_take(f, &item); /* wanted at another level by now, and queued at it */
        refuse(f, 4, A);        /* never seen by a sweep */
        done = execute(f, "retry all");
        assert_int_equal(done.done, 4);
        assert_int_equal(done.unwanted, 2);
        assert_int_equal(fixture_count(f, TABLE_FAILED), 0);
        assert_int_equal(fixture_order(f, ids, 4), 3);
        assert_int_equal(ids[0], 2);
        assert_int_equal(ids[1], 3);
        assert_int_equal(ids[2], 1);
        fixture_do(f, first_in, &entry);
        assert_false(entry.last_try);
        assert_int_equal(entry.errors, 0);
        assert_int_equal(entry.level, A);
        done = execute(f, "retry all");
        assert_int_equal(done.done, 0);
}

static void only_what_is_named_is_meant(void **state)
{
        struct fixture *f = *state;
        char words[128], hex[HASH_MAX_HEX + 1];
        struct hash hash = fixture_hash(2);
        uint64_t ids[4];

        for (uint64_t id = 1; id <= 3; id++)
                pushed_and_failed(f, id, 5);
        hash_format(&hash, hex);
        snprintf(words, sizeof(words), "retry 7 %s", hex);
        assert_int_equal(execute(f, words).done, 1);
        assert_int_equal(fixture_order(f, ids, 4), 1);
        assert_int_equal(ids[0], 2);
        assert_int_equal(execute(f, "drop 1").done, 1);
        assert_int_equal(fixture_order(f, ids, 4), 1);
        assert_int_equal(fixture_count(f, TABLE_FAILED), 1);
        assert_int_equal(look(f, 3).r, 0);
}

static int fly_in(struct work *w, void *userdata)
{
        struct entry entry = {.id = 1, .hash = fixture_hash(1), .level = A};

        (void)userdata;
        return inflight_put(w, &entry);
}

static void what_is_on_its_way_is_not_queued_twice(void **state)
{
        struct fixture *f = *state;
        uint64_t ids[2];

        pushed_and_failed(f, 1, 5);
        fixture_do(f, fly_in, NULL);
        assert_int_equal(execute(f, "retry 1").done, 1);
        assert_int_equal(fixture_order(f, ids, 2), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_order_names_what_it_means),
            cmocka_unit_test_setup_teardown(a_failure_comes_back_whole, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(retry_queues_what_is_wanted_still, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(only_what_is_named_is_meant, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(what_is_on_its_way_is_not_queued_twice, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
