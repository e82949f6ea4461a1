#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/facts.h"
#include "tests/unit/publisher_fixture.h"

#include <stdio.h>

static void take(struct fixture *f, uint64_t id, double score, int64_t created_at, bool override)
{
        struct wire_item item = fixture_candidate(id, 1, score);

        item.created_at = created_at;
        item.override = override;
        fixture_take(f, &item);
}

static int64_t oldest(struct fixture *f)
{
        int64_t s = -1;

        assert_int_equal(facts_oldest(f->store, &s), 0);
        return s;
}

static void test_nothing_waits(void **state)
{
        assert_int_equal(oldest(*state), 0);
}

/* The oldest stands neither first nor last in the order of priority. */
static void test_the_oldest_is_found_behind_every_score(void **state)
{
        struct fixture *f = *state;

        take(f, 1, 10.7, 5000, false);
        assert_int_equal(oldest(f), 5000);
        take(f, 2, 10.7, 6000, false);
        assert_int_equal(oldest(f), 5000);
        take(f, 3, 4.5, 3000, false);
        take(f, 4, 4.5, 3500, false);
        assert_int_equal(oldest(f), 3000);
        take(f, 5, 0, 4000, false);
        assert_int_equal(oldest(f), 3000);
        take(f, 6, -2, 2500, false);
        assert_int_equal(oldest(f), 2500);
        take(f, 7, 4.5, 2000, true);
        assert_int_equal(oldest(f), 2000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_nothing_waits, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(test_the_oldest_is_found_behind_every_score,
                                            fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
