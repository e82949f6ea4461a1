#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/inbox.h"
#include "tests/unit/publisher_fixture.h"

#include <string.h>

static char emea[] = "emea";
static const struct config_fabric of_file = {.name = emea, .daily_limit = 1000, .enrichment = true};

/* A publisher's inbox over the fixture's store. */
struct bench {
        struct vault vault;
        struct inbox *inbox;
};

static void bench_open(struct bench *b, struct fixture *f)
{
        struct quota_now now = quota_read_clocks();

        *b = (struct bench){.vault = {.store = f->store}};
        assert_int_equal(rule_load(f->store, &of_file, &b->vault.rule), 0);
        assert_int_equal(
            quota_open(f->store, b->vault.rule.daily_limit, &now, false, &b->vault.quota), 0);
        assert_int_equal(inbox_open(&b->inbox), 0);
}

static void bench_close(struct bench *b)
{
        inbox_close(b->inbox);
        quota_close(b->vault.quota);
}

static void take(struct bench *b, struct wire_msg msg)
{
        msgpack_sbuffer frame;

        msgpack_sbuffer_init(&frame);
        wire_pack(&frame, &msg);
        assert_int_equal(inbox_add(b->inbox, frame.data, frame.size), 0);
        msgpack_sbuffer_destroy(&frame);
        assert_int_equal(inbox_commit(b->inbox, &of_file, &b->vault, NULL), 0);
        inbox_clear(b->inbox);
}

static struct wire_msg batch(uint64_t sweep, struct wire_push push)
{
        return (struct wire_msg){.type = WIRE_BATCH,
                                 .batch = {.sweep = sweep,
                                           .started_at = 1000 + (int64_t)sweep,
                                           .fabric = text_of(emea),
                                           .push = push}};
}

static struct wire_msg end(uint64_t sweep, struct wire_push push)
{
        return (struct wire_msg){.type = WIRE_SWEEP_END,
                                 .sweep_end = {.sweep = sweep,
                                               .started_at = 1000 + (int64_t)sweep,
                                               .fabric = text_of(emea),
                                               .push = push}};
}

static void assert_rule(const struct rule *rule, bool active, unsigned limit, bool enrichment)
{
        assert_int_equal(rule->active, active);
        assert_int_equal(rule->daily_limit, limit);
        assert_int_equal(rule->enrichment, enrichment);
}

static void the_file_holds_until_something_is_sent(void **state)
{
        struct bench b;

        bench_open(&b, *state);
        assert_rule(&b.vault.rule, true, 1000, true);
        take(&b, batch(1, (struct wire_push){0}));
        assert_rule(&b.vault.rule, true, 1000, true);
        assert_int_equal(quota_limit(b.vault.quota), 1000);
        bench_close(&b);
}

static void what_was_sent_holds_at_once_and_after_a_restart(void **state)
{
        struct fixture *f = *state;
        struct bench b;

        bench_open(&b, f);
        take(&b, batch(1, (struct wire_push){true, true, 7, false}));
        assert_rule(&b.vault.rule, true, 7, false);
        assert_int_equal(quota_limit(b.vault.quota), 7);
        take(&b, end(1, (struct wire_push){true, false, 8, true}));
        assert_rule(&b.vault.rule, false, 8, true);
        bench_close(&b);
        fixture_reopen(f);
        bench_open(&b, f);
        assert_rule(&b.vault.rule, false, 8, true);
        assert_int_equal(rule_left(&b.vault.rule, b.vault.quota), 0);
        take(&b, batch(2, (struct wire_push){true, true, 8, true}));
        assert_int_equal(rule_left(&b.vault.rule, b.vault.quota), 8);
        /* the file holds again when nothing is sent any more */
        take(&b, batch(2, (struct wire_push){0}));
        bench_close(&b);
        fixture_reopen(f);
        bench_open(&b, f);
        assert_rule(&b.vault.rule, true, 1000, true);
        bench_close(&b);
}

/* A page that is sent again late must not bring back what held in its time. */
static void a_stale_message_changes_nothing(void **state)
{
        struct bench b;

        bench_open(&b, *state);
        take(&b, batch(1, (struct wire_push){true, true, 7, true}));
        take(&b, end(2, (struct wire_push){true, false, 9, true}));
        take(&b, batch(1, (struct wire_push){true, true, 7, true}));
        take(&b, end(1, (struct wire_push){0}));
        assert_rule(&b.vault.rule, false, 9, true);
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(the_file_holds_until_something_is_sent, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(what_was_sent_holds_at_once_and_after_a_restart,
                                            fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(a_stale_message_changes_nothing, fixture_setup,
                                            fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
