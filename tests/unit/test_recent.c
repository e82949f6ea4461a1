#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/facts.h"
#include "publisher/shared.h"
#include "tests/unit/publisher_fixture.h"

#include <errno.h>

enum { MANY = 9000 /* more than the log holds before it is merged */ };

struct telling {
        uint64_t from, count;
        enum trust_level level;
        int result; /* of the transaction */
};

static int tell(struct work *w, void *userdata)
{
        const struct telling *t = userdata;
        int r = 0;

        for (uint64_t n = t->from; r == 0 && n < t->from + t->count; n++) {
                struct entry entry = {.id = n, .hash = fixture_hash(n), .level = t->level};

                r = shared_put(w, &entry, n, 1);
        }
        return r == 0 ? t->result : r;
}

static void told(struct fixture *f, uint64_t from, uint64_t count, enum trust_level level)
{
        struct telling t = {.from = from, .count = count, .level = level};

        fixture_do(f, tell, &t);
}

struct question {
        uint64_t n;
        enum trust_level level;
        bool holds;
};

static int ask(struct work *w, void *userdata)
{
        struct question *q = userdata;
        struct hash hash = fixture_hash(q->n);

        return shared_holds(w, &hash, q->level, &q->holds);
}

static bool holds(struct fixture *f, uint64_t n, enum trust_level level)
{
        struct question q = {.n = n, .level = level};

        fixture_do(f, ask, &q);
        return q.holds;
}

static uint64_t shared_count(struct fixture *f)
{
        struct facts facts;

        assert_int_equal(facts_read(f->store, &facts), 0);
        return facts.shared;
}

static void the_newest_of_a_hash_counts(void **state)
{
        struct fixture *f = *state;

        told(f, 1, 3, TRUST_KNOWN_MALICIOUS);
        told(f, 2, 1, TRUST_MIGHT_BE_MALICIOUS);
        assert_true(holds(f, 1, TRUST_KNOWN_MALICIOUS));
        assert_true(holds(f, 2, TRUST_MIGHT_BE_MALICIOUS));
        assert_false(holds(f, 4, TRUST_KNOWN_MALICIOUS));
        assert_int_equal(fixture_count(f, TABLE_RECENT), 4);
        assert_int_equal(shared_count(f), 3);
}

static int abort_it(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};

        return tell(&w, userdata);
}

static void an_aborted_transaction_told_nothing(void **state)
{
        struct fixture *f = *state;
        struct telling t = {1, 3, TRUST_MIGHT_BE_MALICIOUS, -ENOSPC};

        told(f, 1, 1, TRUST_KNOWN_MALICIOUS);
        assert_int_equal(store_update(f->store, abort_it, &t), -ENOSPC);
        assert_true(holds(f, 1, TRUST_KNOWN_MALICIOUS));
        assert_false(holds(f, 2, TRUST_MIGHT_BE_MALICIOUS));
        told(f, 3, 1, TRUST_KNOWN_MALICIOUS);
        fixture_reopen(f);
        assert_true(holds(f, 1, TRUST_KNOWN_MALICIOUS));
        assert_false(holds(f, 2, TRUST_MIGHT_BE_MALICIOUS));
        assert_true(holds(f, 3, TRUST_KNOWN_MALICIOUS));
}

static void a_restart_remembers(void **state)
{
        struct fixture *f = *state;

        told(f, 1, 2, TRUST_KNOWN_MALICIOUS);
        told(f, 1, 1, TRUST_MOST_LIKELY_MALICIOUS);
        fixture_reopen(f);
        assert_true(holds(f, 1, TRUST_MOST_LIKELY_MALICIOUS));
        assert_true(holds(f, 2, TRUST_KNOWN_MALICIOUS));
        told(f, 2, 1, TRUST_MIGHT_BE_MALICIOUS);
        fixture_reopen(f);
        assert_true(holds(f, 2, TRUST_MIGHT_BE_MALICIOUS));
        assert_int_equal(shared_count(f), 2);
}

static void a_long_log_is_merged(void **state)
{
        struct fixture *f = *state;

        told(f, 1, 10, TRUST_KNOWN_MALICIOUS);
        assert_int_equal(recent_tidy(f->store), 0);
        assert_int_equal(fixture_count(f, TABLE_SHARED), 0);
        told(f, 1, MANY, TRUST_MIGHT_BE_MALICIOUS);
        assert_int_equal(shared_count(f), MANY);
        assert_int_equal(recent_tidy(f->store), 0);
        assert_int_equal(fixture_count(f, TABLE_RECENT), 0);
        assert_int_equal(fixture_count(f, TABLE_SHARED), MANY);
        assert_true(holds(f, 1, TRUST_MIGHT_BE_MALICIOUS));
        assert_true(holds(f, MANY, TRUST_MIGHT_BE_MALICIOUS));
        told(f, 5, 1, TRUST_KNOWN_MALICIOUS);
        fixture_reopen(f);
        assert_true(holds(f, 5, TRUST_KNOWN_MALICIOUS));
        assert_true(holds(f, 6, TRUST_MIGHT_BE_MALICIOUS));
        assert_int_equal(shared_count(f), MANY);
}

static int put_garbage(struct work *w, void *userdata)
{
        (void)userdata;
        return store_put(w->store, w->txn, TABLE_RECENT, "12345678", 8, "short", 5);
}

static void a_broken_log_is_refused(void **state)
{
        struct fixture *f = *state;
        struct recent *recent;

        fixture_do(f, put_garbage, NULL);
        recent_close(f->recent);
        f->recent = NULL;
        assert_int_equal(recent_open(f->store, &recent), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(the_newest_of_a_hash_counts, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(an_aborted_transaction_told_nothing, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(a_restart_remembers, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(a_long_log_is_merged, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(a_broken_log_is_refused, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
