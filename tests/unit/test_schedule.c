#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/schedule.h"

enum { NOW = 1000000, HOUR = 3600, FULL = 24 * HOUR };

/* Of two fabrics. */
struct row {
        const char *what;
        struct schedule s;
        struct schedule_fabric a, b;
        struct schedule_decision expected;
};

#define HERE .heard = true, .left_ms = -1
#define CURRENT(age_s)                                                                             \
        HERE, .has_checkpoint = true, .checkpoint = NOW - (age_s), .last_full = NOW - (age_s)
#define AWAY .left_ms = -1
#define SERVICE                                                                                    \
        .now_s = NOW, .interval_ms = 2 * HOUR * 1000, .full_interval_ms = FULL * 1000,             \
        .follow_up = true
#define SWEPT(age_s) SERVICE, .ever = true, .last_begun_s = NOW - (age_s)

#define NOTHING .what = SCHEDULE_NOTHING, .since = -1
#define WAIT .what = SCHEDULE_WAIT, .since = -1

static const struct row rows[] = {
    {"first start, nobody there", {SERVICE}, {AWAY}, {AWAY}, {WAIT}},
    {"one is there, the other is waited for", {SERVICE}, {HERE}, {AWAY}, {WAIT}},
    {"… but not for ever",
     {SERVICE, .gathering_ms = 3000},
     {HERE},
     {AWAY},
     {.what = SCHEDULE_START, .kind = SWEEP_FULL, .since = -1, .targets = 1}},
    {"both are there",
     {SERVICE},
     {HERE},
     {HERE},
     {.what = SCHEDULE_START, .kind = SWEEP_FULL, .since = -1, .targets = 3}},
    {"not yet time", {SWEPT(HOUR)}, {CURRENT(HOUR)}, {CURRENT(HOUR)}, {NOTHING}},
    {"a new fabric has a full one of its own at once",
     {SWEPT(HOUR)},
     {CURRENT(HOUR)},
     {HERE, .is_new = true},
     {.what = SCHEDULE_START, .follow_up = true, .kind = SWEEP_FULL, .since = -1, .targets = 2}},
    {"… but not when the last one failed, which it would, too",
     {SWEPT(60), .last_failed = true},
     {CURRENT(HOUR)},
     {HERE, .is_new = true},
     {NOTHING}},
    {"… and before the first sweep all are waited for",
     {SERVICE},
     {HERE, .is_new = true},
     {AWAY, .is_new = true},
     {WAIT}},
    {"time for an incremental one, back to the older",
     {SWEPT(2 * HOUR)},
     {CURRENT(2 * HOUR)},
     {CURRENT(5 * HOUR)},
     {.what = SCHEDULE_START,
      .kind = SWEEP_INCREMENTAL,
      .since = NOW - 5 * HOUR - 300,
      .targets = 3}},
    {"the other one is away: not so far back",
     {SWEPT(2 * HOUR), .gathering_ms = 3000},
     {CURRENT(2 * HOUR)},
     {AWAY, .has_checkpoint = true, .checkpoint = NOW - 5 * HOUR},
     {.what = SCHEDULE_START,
      .kind = SWEEP_INCREMENTAL,
      .since = NOW - 2 * HOUR - 300,
      .targets = 1}},
    {"one without a checkpoint makes it full, and still tells the other of what was touched",
     {SWEPT(2 * HOUR)},
     {CURRENT(2 * HOUR)},
     {HERE},
     {.what = SCHEDULE_START, .kind = SWEEP_FULL, .since = NOW - 2 * HOUR - 300, .targets = 3}},
    {"a full one once a day",
     {SWEPT(2 * HOUR)},
     {CURRENT(2 * HOUR)},
     {HERE, .has_checkpoint = true, .checkpoint = NOW - 2 * HOUR, .last_full = NOW - FULL},
     {.what = SCHEDULE_START, .kind = SWEEP_FULL, .since = NOW - 2 * HOUR - 300, .targets = 3}},
    {"the clock was set back",
     {SWEPT(-HOUR)},
     {CURRENT(0)},
     {CURRENT(0)},
     {.what = SCHEDULE_START, .kind = SWEEP_INCREMENTAL, .since = NOW - 300, .targets = 3}},
    {"a checkpoint lies ahead",
     {SWEPT(-HOUR)},
     {CURRENT(-HOUR)},
     {CURRENT(-HOUR)},
     {.what = SCHEDULE_START, .kind = SWEEP_FULL, .since = NOW - 300, .targets = 3}},
    {"after a failure sooner, but not at once",
     {SWEPT(299), .last_failed = true},
     {CURRENT(299)},
     {CURRENT(299)},
     {NOTHING}},
    {"after a failure sooner",
     {SWEPT(300), .last_failed = true},
     {CURRENT(HOUR)},
     {CURRENT(HOUR)},
     {.what = SCHEDULE_START, .kind = SWEEP_INCREMENTAL, .since = NOW - HOUR - 300, .targets = 3}},
    {"on request: never by itself", {SERVICE, .on_request = true}, {HERE}, {HERE}, {NOTHING}},
    {"on request: asked",
     {SERVICE, .on_request = true, .requested = true},
     {CURRENT(HOUR)},
     {CURRENT(HOUR)},
     {.what = SCHEDULE_START,
      .for_request = true,
      .kind = SWEEP_INCREMENTAL,
      .since = NOW - HOUR - 300,
      .targets = 3}},
    {"asked for a full one",
     {SWEPT(10), .requested = true, .requested_full = true},
     {CURRENT(10)},
     {CURRENT(10)},
     {.what = SCHEDULE_START,
      .for_request = true,
      .kind = SWEEP_FULL,
      .since = NOW - 310,
      .targets = 3}},
    {"asked, nobody there", {SWEPT(10), .requested = true}, {AWAY}, {AWAY}, {WAIT}},
    {"one was left behind and is back",
     {SWEPT(10)},
     {CURRENT(10)},
     {HERE, .lagging = true, .has_checkpoint = true, .checkpoint = NOW - HOUR,
      .last_full = NOW - HOUR},
     {.what = SCHEDULE_START,
      .follow_up = true,
      .kind = SWEEP_INCREMENTAL,
      .since = NOW - HOUR - 300,
      .targets = 2}},
    {"left behind just now: not at once again",
     {SWEPT(10)},
     {CURRENT(10)},
     {.heard = true, .lagging = true, .left_ms = 4999},
     {NOTHING}},
    {"left behind and still away", {SWEPT(10)}, {CURRENT(10)}, {AWAY, .lagging = true}, {NOTHING}},
    {"on request, before the request: it does not begin with the one left behind",
     {.now_s = NOW,
      .on_request = true,
      .interval_ms = 1,
      .full_interval_ms = FULL * 1000,
      .ever = true},
     {CURRENT(10)},
     {HERE, .lagging = true},
     {NOTHING}},
    {"interrupted: goes on, and waits for nobody",
     {SWEPT(10), .unfinished = true, .unfinished_targets = 3},
     {AWAY},
     {AWAY},
     {.what = SCHEDULE_RESUME, .since = -1, .targets = 3}},
    {"interrupted, on request too",
     {SWEPT(10), .on_request = true, .unfinished = true, .unfinished_targets = 2},
     {CURRENT(10)},
     {CURRENT(10)},
     {.what = SCHEDULE_RESUME, .since = -1, .targets = 2}},
    {"interrupted, and nobody of it has its pages: a new one",
     {SWEPT(10), .unfinished = true, .gathering_ms = 3000},
     {HERE},
     {AWAY},
     {.what = SCHEDULE_START, .kind = SWEEP_FULL, .since = -1, .targets = 1}},
    {"the last one failed: none for those left behind",
     {SWEPT(10), .last_failed = true},
     {CURRENT(10)},
     {HERE, .lagging = true},
     {NOTHING}},
};

static void test_decisions(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct schedule_fabric fabrics[2] = {rows[i].a, rows[i].b};
                const struct schedule_decision *e = &rows[i].expected;
                struct schedule s = rows[i].s;
                struct schedule_decision d;

                s.fabrics = fabrics;
                s.fabric_count = 2;
                schedule_decide(&s, &d);
                if (d.what != e->what || d.for_request != e->for_request ||
                    d.follow_up != e->follow_up || d.kind != e->kind || d.since != e->since ||
                    d.targets != e->targets)
                        fail_msg("%s: what=%d for_request=%d follow_up=%d kind=%d since=%ld "
                                 "targets=%lu",
                                 rows[i].what, (int)d.what, d.for_request, d.follow_up, (int)d.kind,
                                 (long)d.since, (unsigned long)d.targets);
        }
}

/* A checkpoint is by ThreatQ's clock where that is behind: it stamps what is touched. */
static void test_checkpoints(void **state)
{
        static const int64_t cases[][3] = {
            {NOW, 0, NOW},   {NOW, 3600, NOW},     {NOW, -5, NOW},
            {NOW, -60, NOW}, {NOW, -61, NOW - 61}, {NOW, -7200, NOW - 7200},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(schedule_checkpoint(cases[i][0], cases[i][1]), cases[i][2]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_decisions),
            cmocka_unit_test(test_checkpoints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
