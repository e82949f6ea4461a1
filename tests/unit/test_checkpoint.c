#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/checkpoint.h"
#include "fetcher/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char emea[] = "emea", apac[] = "apac", amer[] = "amer";
static struct config_fabric two[] = {{.name = emea}, {.name = apac}};
static struct config_fabric others[] = {{.name = amer}, {.name = apac}};
static const struct config config = {.fabrics = two, .fabric_count = 2};

static char folder[64];

static int make_folder(void **state)
{
        (void)state;
        strcpy(folder, "/tmp/test-checkpoint-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        char command[128];

        (void)state;
        snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        return system(command);
}

static struct checkpoint *open_in(const char *path)
{
        struct checkpoint *c = NULL;

        assert_int_equal(checkpoint_open(path, false, &c), 0);
        return c;
}

static const struct checkpoint_sweep some_sweep = {
    .number = 7,
    .kind = SWEEP_INCREMENTAL,
    .since = 1000,
    .started_at = 2000,
    .finished_at = 0,
    .request = UINT64_MAX >> 1,
    .clock_ahead = -77,
    .open = true,
    .error = "a \"text\"",
    .targets = 3,
    .fetched = 123456,
    .pages = 124,
    .next_page = 200,
    .paging = {.by_cursor = true, .cursor = "AoJ3=", .offset = 5, .last_id = 99, .limit_max = 500},
};

static void test_keeps_what_was_saved(void **state)
{
        const struct checkpoint_fabric saved[] = {
            {.exists = true,
             .started_at = 10,
             .last_full = 5,
             .sweep = 6,
             .lagging = true,
             .store = "s1",
             .sweep_store = "s2"},
            {.exists = true, .started_at = 11},
        };
        struct checkpoint *c = open_in(folder);
        struct checkpoint_fabric fabrics[2];
        struct checkpoint_sweep sweep;

        (void)state;
        assert_int_equal(checkpoint_load(c, &config, &sweep, fabrics), 0);
        assert_int_equal(sweep.number, 0);
        assert_false(sweep.open);
        assert_false(fabrics[0].exists);

        /* Only the fabric that changed is written. */
        assert_int_equal(checkpoint_save(c, &config, &some_sweep, saved, 1), 0);
        checkpoint_close(c);
        c = open_in(folder);
        assert_int_equal(checkpoint_load(c, &config, &sweep, fabrics), 0);
        assert_int_equal(sweep.number, 7);
        assert_int_equal(sweep.kind, SWEEP_INCREMENTAL);
        assert_int_equal(sweep.since, 1000);
        assert_int_equal(sweep.started_at, 2000);
        assert_int_equal(sweep.request, UINT64_MAX >> 1);
        assert_int_equal(sweep.clock_ahead, -77);
        assert_true(sweep.open);
        assert_false(sweep.failed);
        assert_string_equal(sweep.error, "a \"text\"");
        assert_int_equal(sweep.targets, 3);
        assert_int_equal(sweep.fetched, 123456);
        assert_int_equal(sweep.pages, 124);
        assert_int_equal(sweep.next_page, 200);
        assert_true(sweep.paging.by_cursor);
        assert_string_equal(sweep.paging.cursor, "AoJ3=");
        assert_int_equal(sweep.paging.offset, 5);
        assert_int_equal(sweep.paging.last_id, 99);
        assert_int_equal(sweep.paging.limit, 500);
        assert_true(fabrics[0].exists);
        assert_int_equal(fabrics[0].started_at, 10);
        assert_int_equal(fabrics[0].last_full, 5);
        assert_int_equal(fabrics[0].sweep, 6);
        assert_true(fabrics[0].lagging);
        assert_string_equal(fabrics[0].store, "s1");
        assert_string_equal(fabrics[0].sweep_store, "s2");
        assert_false(fabrics[1].exists);
        checkpoint_close(c);
}

/* Targets are kept by name: the configuration may have changed meanwhile. */
static void test_other_configuration(void **state)
{
        const struct config changed = {.fabrics = others, .fabric_count = 2};
        const struct checkpoint_fabric saved[2] = {{.exists = true}, {.exists = true}};
        struct checkpoint *c = open_in(folder);
        struct checkpoint_fabric fabrics[2];
        struct checkpoint_sweep sweep;

        (void)state;
        assert_int_equal(checkpoint_save(c, &config, &some_sweep, saved, 3), 0);
        assert_int_equal(checkpoint_load(c, &changed, &sweep, fabrics), 0);
        assert_int_equal(sweep.targets, 2);
        assert_false(fabrics[0].exists);
        assert_true(fabrics[1].exists);
        checkpoint_close(c);
}

static void test_readonly_and_nowhere(void **state)
{
        struct checkpoint_fabric fabrics[2];
        struct checkpoint_sweep sweep;
        struct checkpoint *c = NULL;
        char none[96];

        (void)state;
        snprintf(none, sizeof(none), "%s/none", folder);
        assert_int_equal(checkpoint_open(none, true, &c), STORE_E_NONE);
        c = open_in(NULL);
        assert_int_equal(checkpoint_save(c, &config, &some_sweep, fabrics, 0), 0);
        assert_int_equal(checkpoint_load(c, &config, &sweep, fabrics), 0);
        assert_int_equal(sweep.number, 0);
        checkpoint_close(c);
}

static void test_roster(void **state)
{
        struct roster roster = {0};

        (void)state;
        assert_false(roster_heard(&roster, 1, 0));
        assert_true(roster_hello(&roster, 1, 42, text_of("s1"), 1000));
        assert_true(roster_heard(&roster, 1, 3999));
        assert_false(roster_heard(&roster, 1, 4000));
        assert_false(roster_heard(&roster, 0, 1000));
        assert_false(roster_hello(&roster, 1, 42, text_of("s1"), 5000));
        assert_true(roster_hello(&roster, 1, 43, text_of("s2"), 6000));
        assert_string_equal(roster.fabrics[1].store, "s2");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_keeps_what_was_saved, make_folder, remove_folder),
            cmocka_unit_test_setup_teardown(test_other_configuration, make_folder, remove_folder),
            cmocka_unit_test_setup_teardown(test_readonly_and_nowhere, make_folder, remove_folder),
            cmocka_unit_test(test_roster),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
