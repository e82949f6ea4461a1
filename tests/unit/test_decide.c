#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/decide.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST = 77, PATIENCE_MS = 60000, WALL_S = 1800000000 };

/* What a case says of one fabric. */
struct fabric_case {
        bool absent; /* gives no report */
        bool stopped;
        bool lagging;
        uint64_t sweep; /* behind ours (5) or not */
        bool open;
        bool busy;
        uint64_t outbox;
        bool dry_run;
        int silent_s; /* since when nobody answers; 0: they do */
        uint64_t failed;
        const char *unusable;
        bool misconfigured;
};

struct look_case {
        const char *what;
        const char *state;
        uint64_t number; /* of the sweep reported */
        uint64_t request;
        const char *error;
        int after_s; /* since the start */
        const char *unusable;
        bool misconfigured;
        bool gone; /* no fetcher runs */
        bool attached;
        struct fabric_case fabrics[2];
        enum decide_verdict verdict;
        int exit;
        const char *reason;         /* part of the run's reason, or NULL */
        const char *fabric_reason0; /* part of the first fabric's, or NULL: it is not left */
};

#define FINE                                                                                       \
        {                                                                                          \
                .sweep = 5                                                                         \
        }
#define IDLE .state = "idle", .number = 5, .request = REQUEST

static const struct look_case cases[] = {
    {"not taken yet", .state = "idle", .number = 4, .request = 3, .fabrics = {FINE, FINE},
     .verdict = DECIDE_GO_ON},
    {"sweeping", .state = "running", .number = 5, .request = REQUEST, .fabrics = {FINE, FINE},
     .verdict = DECIDE_GO_ON},
    {"all done", IDLE, .fabrics = {FINE, FINE}, .verdict = DECIDE_DONE},
    {"a later sweep runs already", .state = "running", .number = 6, .request = 9,
     .fabrics = {{.sweep = 6}, FINE}, .verdict = DECIDE_GO_ON},
    {"one still pushes", IDLE, .fabrics = {{.sweep = 5, .busy = true}, FINE},
     .verdict = DECIDE_GO_ON},
    {"one has not seen the end", IDLE, .fabrics = {{.sweep = 5, .open = true}, FINE},
     .verdict = DECIDE_GO_ON},
    {"one has not seen the sweep", IDLE, .fabrics = {{.sweep = 4}, FINE}, .verdict = DECIDE_GO_ON},
    {"one writes back", IDLE, .fabrics = {{.sweep = 5, .outbox = 3}, FINE},
     .verdict = DECIDE_GO_ON},
    {"a dry run keeps what is to be written", IDLE,
     .fabrics = {{.sweep = 5, .outbox = 3, .dry_run = true}, FINE}, .verdict = DECIDE_DONE},
    {"ThreatQ takes nothing", IDLE, .after_s = 61, .fabrics = {{.sweep = 5, .outbox = 3}, FINE},
     .verdict = DECIDE_DONE, .exit = 1, .fabric_reason0 = "none of its 3 results"},
    {"an indicator failed", IDLE, .fabrics = {{.sweep = 5, .failed = 1}, FINE},
     .verdict = DECIDE_DONE, .exit = 1},
    {"silent, within patience", IDLE, .fabrics = {{.sweep = 5, .busy = true, .silent_s = 59}, FINE},
     .verdict = DECIDE_GO_ON},
    {"silent, beyond patience", IDLE, .fabrics = {{.sweep = 5, .busy = true, .silent_s = 61}, FINE},
     .verdict = DECIDE_DONE, .exit = 1, .fabric_reason0 = "no answer from broker or TIE for 61 s"},
    {"silent, but the sweep goes on", .state = "running", .number = 5, .request = REQUEST,
     .fabrics = {{.sweep = 5, .busy = true, .silent_s = 61}, FINE}, .verdict = DECIDE_GO_ON},
    {"silent, still writing back", IDLE,
     .fabrics = {{.sweep = 5, .busy = true, .silent_s = 61, .outbox = 2}, FINE},
     .verdict = DECIDE_GO_ON},
    {"left behind, within patience", IDLE, .after_s = 59,
     .fabrics = {{.sweep = 5, .lagging = true}, FINE}, .verdict = DECIDE_GO_ON},
    {"left behind, beyond patience", IDLE, .after_s = 61,
     .fabrics = {{.sweep = 4, .lagging = true}, FINE}, .verdict = DECIDE_DONE, .exit = 1,
     .fabric_reason0 = "its own checkpoint"},
    {"no report, within patience", IDLE, .after_s = 59, .fabrics = {{.absent = true}, FINE},
     .verdict = DECIDE_GO_ON},
    {"no report, beyond patience", IDLE, .after_s = 61, .fabrics = {{.absent = true}, FINE},
     .verdict = DECIDE_DONE, .exit = 1, .fabric_reason0 = "its publisher has not run"},
    {"not running, beyond patience", IDLE, .after_s = 61,
     .fabrics = {{.sweep = 5, .stopped = true, .busy = true}, FINE}, .verdict = DECIDE_DONE,
     .exit = 1, .fabric_reason0 = "its publisher has not run for 61 s"},
    {"one misconfigured, the other goes on", .state = "running", .number = 5, .request = REQUEST,
     .fabrics = {{.unusable = "no file", .misconfigured = true}, FINE}, .verdict = DECIDE_GO_ON},
    {"one misconfigured, the other is done", IDLE,
     .fabrics = {{.unusable = "no file", .misconfigured = true}, FINE}, .verdict = DECIDE_DONE,
     .exit = 2, .fabric_reason0 = "no file; its queue is kept"},
    {"one given up", IDLE, .fabrics = {{.unusable = "it crashes"}, FINE}, .verdict = DECIDE_DONE,
     .exit = 1, .fabric_reason0 = "it crashes"},
    {"all misconfigured", .state = "waiting",
     .fabrics = {{.unusable = "a", .misconfigured = true},
                 {.unusable = "b", .misconfigured = true}},
     .verdict = DECIDE_DONE, .exit = 2, .fabric_reason0 = "a"},
    {"the fetcher is misconfigured", .state = "idle", .unusable = "no CA", .misconfigured = true,
     .fabrics = {FINE, FINE}, .verdict = DECIDE_FAILED, .exit = 2, .reason = "no CA; queues"},
    {"the mapper is given up", .state = "idle", .unusable = "it crashes", .fabrics = {FINE, FINE},
     .verdict = DECIDE_FAILED, .exit = 1, .reason = "it crashes"},
    {"our sweep failed", .state = "failed", .number = 5, .request = REQUEST,
     .error = "login refused", .fabrics = {FINE, FINE}, .verdict = DECIDE_FAILED, .exit = 1,
     .reason = "The sweep failed: login refused"},
    {"an earlier sweep had failed", .state = "failed", .number = 4, .request = 3,
     .error = "login refused", .fabrics = {FINE, FINE}, .verdict = DECIDE_GO_ON},
    {"the sweep stands still", .state = "running", .number = 5, .request = REQUEST, .after_s = 121,
     .fabrics = {FINE, FINE}, .verdict = DECIDE_FAILED, .exit = 1,
     .reason = "has not moved for 121 s"},
    {"the service is being restarted", .state = "running", .number = 5, .request = REQUEST,
     .after_s = 9, .gone = true, .attached = true, .fabrics = {FINE, FINE},
     .verdict = DECIDE_GO_ON},
    {"the service has gone", .state = "running", .number = 5, .request = REQUEST, .after_s = 11,
     .gone = true, .attached = true, .fabrics = {FINE, FINE}, .verdict = DECIDE_FAILED, .exit = 1,
     .reason = "The service that was asked to sweep has ended"},
    {"the service has ended with all done", IDLE, .gone = true, .attached = true,
     .fabrics = {{.sweep = 5, .stopped = true}, {.sweep = 5, .stopped = true}},
     .verdict = DECIDE_DONE},
    {"the service ends with something to send", IDLE, .gone = true, .attached = true,
     .fabrics = {{.sweep = 5, .stopped = true, .busy = true}, FINE}, .verdict = DECIDE_GO_ON},
    {"our own fetcher is started again", .state = "running", .number = 5, .request = REQUEST,
     .after_s = 11, .gone = true, .fabrics = {FINE, FINE}, .verdict = DECIDE_GO_ON},
};

static const char *const names[] = {"emea", "apac"};

/* Both looks see the same, the first one at the start, so that what is remembered is set. */
static void set_input(const struct look_case *c, int after_s, struct report_fetcher *fetcher,
                      struct report_publisher publishers[2], struct decide_fabric_input fabrics[2],
                      struct decide_input *ret)
{
        memset(fetcher, 0, sizeof(*fetcher));
        fetcher->pid = c->gone ? 0 : 1;
        fetcher->sweep.number = c->number;
        fetcher->sweep.request = c->request;
        snprintf(fetcher->sweep.state, sizeof(fetcher->sweep.state), "%s", c->state);
        snprintf(fetcher->sweep.error, sizeof(fetcher->sweep.error), "%s",
                 c->error ? c->error : "");
        fetcher->fabric_count = 2;
        for (size_t i = 0; i < 2; i++) {
                const struct fabric_case *f = &c->fabrics[i];

                snprintf(fetcher->fabrics[i].fabric, REPORT_NAME_MAX, "%s", names[i]);
                fetcher->fabrics[i].lagging = f->lagging;
                publishers[i] = (struct report_publisher){
                    .pid = f->stopped ? 0 : 2,
                    .sweep = f->sweep,
                    .sweep_open = f->open,
                    .idle = !f->busy,
                    .outbox = f->outbox,
                    .dry_run = f->dry_run,
                    .unanswered_since = f->silent_s ? WALL_S - f->silent_s : 0,
                    .counts = {.failed = f->failed},
                };
                fabrics[i] = (struct decide_fabric_input){
                    .name = names[i],
                    .report = f->absent ? NULL : &publishers[i],
                    .unusable = f->unusable,
                    .misconfigured = f->misconfigured,
                };
        }
        *ret = (struct decide_input){
            .boot_ms = 1000 + after_s * 1000,
            .wall_s = WALL_S,
            .fetcher = fetcher,
            .unusable = c->unusable,
            .misconfigured = c->misconfigured,
            .fabrics = fabrics,
            .fabric_count = 2,
        };
}

static void check_case(const struct look_case *c)
{
        struct report_fetcher fetcher;
        struct report_publisher publishers[2];
        struct decide_fabric_input fabrics[2];
        struct summary_fabric summaries[2] = {{0}};
        struct decide_input in;
        struct decide d;
        enum decide_verdict verdict;

        decide_init(&d, 2, REQUEST, c->attached, PATIENCE_MS, 1000);
        set_input(c, 0, &fetcher, publishers, fabrics, &in);
        verdict = decide_look(&d, &in);
        if (c->after_s > 0) {
                assert_int_not_equal(verdict, DECIDE_FAILED);
                set_input(c, c->after_s, &fetcher, publishers, fabrics, &in);
                verdict = decide_look(&d, &in);
        }
        assert_int_equal(verdict, c->verdict);
        if (c->fabric_reason0) {
                assert_int_equal(d.fabrics[0].state, DECIDE_LEFT);
                assert_non_null(strstr(d.fabrics[0].reason, c->fabric_reason0));
        }
        if (c->reason)
                assert_non_null(strstr(d.reason, c->reason));
        if (verdict == DECIDE_GO_ON)
                return;
        for (size_t i = 0; i < 2; i++)
                summaries[i].report = fabrics[i].report;
        assert_int_equal(decide_exit(&d, summaries), c->exit);
}

static void test_looks(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                print_message("  %s\n", cases[i].what);
                check_case(&cases[i]);
        }
}

/* Our sweep was seen running; another one has followed it before the next look. Whoever only asked
 * is done; whoever runs the fetcher goes on for the one that asked meanwhile. */
static void check_later_sweep(bool attached)
{
        static const struct look_case ours = {"ours", .state = "running", .number = 5,
                                              .request = REQUEST, .fabrics = {FINE, FINE}};
        static const struct look_case later = {"later", .state = "running", .number = 6,
                                               .request = 9, .fabrics = {FINE, {.sweep = 6}}};
        static const struct look_case after = {"after", .state = "idle", .number = 6, .request = 9,
                                               .fabrics = {FINE, {.sweep = 6}}};
        struct report_fetcher fetcher;
        struct report_publisher publishers[2];
        struct decide_fabric_input fabrics[2];
        struct decide_input in;
        struct decide d;

        decide_init(&d, 2, REQUEST, attached, PATIENCE_MS, 1000);
        set_input(&ours, 0, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), DECIDE_GO_ON);
        set_input(&later, 1, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), attached ? DECIDE_DONE : DECIDE_GO_ON);
        set_input(&after, 2, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), DECIDE_DONE);
        assert_int_equal(d.seen.number, 5);
}

static void test_our_sweep_is_over_when_a_later_one_runs(void **state)
{
        (void)state;
        check_later_sweep(true);
        check_later_sweep(false);
}

/* An outbox that shrinks slowly is patience's friend; it is left when it stops shrinking. */
static void test_an_outbox_that_shrinks_is_waited_for(void **state)
{
        struct look_case c = {"outbox", IDLE, .fabrics = {{.sweep = 5, .outbox = 9}, FINE}};
        struct report_fetcher fetcher;
        struct report_publisher publishers[2];
        struct decide_fabric_input fabrics[2];
        struct decide_input in;
        struct decide d;

        (void)state;
        decide_init(&d, 2, REQUEST, false, PATIENCE_MS, 1000);
        for (int s = 0; s < 400; s += 50) {
                set_input(&c, s, &fetcher, publishers, fabrics, &in);
                assert_int_equal(decide_look(&d, &in), DECIDE_GO_ON);
                c.fabrics[0].outbox--;
        }
        c.fabrics[0].outbox++;
        set_input(&c, 400, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), DECIDE_GO_ON);
        set_input(&c, 411, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), DECIDE_DONE);
        assert_int_equal(d.fabrics[0].state, DECIDE_LEFT);
}

/* A fabric that answers again in time is not left. */
static void test_a_fabric_that_comes_back_is_not_left(void **state)
{
        struct look_case c = {
            "back", IDLE,
            .fabrics = {{.sweep = 5, .silent_s = 61, .busy = true}, {.sweep = 5, .busy = true}}};
        struct report_fetcher fetcher;
        struct report_publisher publishers[2];
        struct decide_fabric_input fabrics[2];
        struct decide_input in;
        struct decide d;

        (void)state;
        decide_init(&d, 2, REQUEST, false, PATIENCE_MS, 1000);
        set_input(&c, 0, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), DECIDE_GO_ON);
        assert_int_equal(d.fabrics[0].state, DECIDE_LEFT);
        c.fabrics[0] = (struct fabric_case){.sweep = 5};
        c.fabrics[1] = (struct fabric_case){.sweep = 5};
        set_input(&c, 1, &fetcher, publishers, fabrics, &in);
        assert_int_equal(decide_look(&d, &in), DECIDE_DONE);
        assert_int_equal(d.fabrics[0].state, DECIDE_FABRIC_DONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_looks),
            cmocka_unit_test(test_our_sweep_is_over_when_a_later_one_runs),
            cmocka_unit_test(test_an_outbox_that_shrinks_is_waited_for),
            cmocka_unit_test(test_a_fabric_that_comes_back_is_not_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
