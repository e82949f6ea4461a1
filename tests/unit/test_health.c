#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/health.h"
#include "console/span.h"

#include <stdio.h>
#include <string.h>

/* 2026-05-01T12:00:00Z */
enum { NOW = 1777636800, INTERVAL = 7200, PATIENCE = 60 };

/* The pipeline that the rows change: two fabrics, all running and well. */
struct world {
        struct report_sweep sweep;
        struct report_publisher reports[2];
        struct summary_fabric fabrics[2];
        struct summary_stage stages[5];
        struct health_view view;
};

static void stop_all(struct world *w)
{
        for (size_t i = 0; i < 5; i++)
                w->stages[i].running = false;
        for (size_t i = 0; i < 2; i++)
                w->reports[i].connected = false;
}

static void change_nothing(struct world *w)
{
        (void)w;
}

static void no_fetcher(struct world *w)
{
        w->stages[0].running = false;
}

static void no_mapper(struct world *w)
{
        w->stages[1].running = false;
}

static void no_enricher(struct world *w)
{
        w->stages[4].running = false;
}

static void no_publisher(struct world *w)
{
        w->stages[3].running = false;
}

static void no_publishers(struct world *w)
{
        w->stages[2].running = w->stages[3].running = false;
}

static void no_broker(struct world *w)
{
        w->reports[1].connected = false;
        strcpy(w->reports[1].last_error, "Connection refused");
}

static void no_brokers(struct world *w)
{
        w->reports[0].connected = w->reports[1].connected = false;
}

static void silent_a_while(struct world *w)
{
        w->reports[1].unanswered_since = NOW - PATIENCE + 1;
}

static void silent_too_long(struct world *w)
{
        w->reports[1].unanswered_since = NOW - PATIENCE;
}

static void failed_for_good(struct world *w)
{
        w->reports[0].counts.failed = 3;
}

static void behind(struct world *w)
{
        w->fabrics[1].lagging = true;
}

static void sweep_failed(struct world *w)
{
        strcpy(w->sweep.state, "failed");
        strcpy(w->sweep.error, "ThreatQ is down");
}

static void no_report(struct world *w)
{
        w->fabrics[1].report = NULL;
        w->view.unreadable = "apac: killed";
}

static void no_report_at_all(struct world *w)
{
        w->fabrics[0].report = w->fabrics[1].report = NULL;
}

static void old(struct world *w)
{
        strcpy(w->sweep.finished_at, "2026-05-01T07:44:59Z");
}

static void old_but_sweeping(struct world *w)
{
        old(w);
        strcpy(w->sweep.state, "running");
}

static void between_runs(struct world *w)
{
        stop_all(w);
}

static void between_runs_as_service(struct world *w)
{
        stop_all(w);
        w->view.service = true;
}

static void between_runs_just_in_time(struct world *w)
{
        stop_all(w);
        strcpy(w->sweep.finished_at, "2026-05-01T07:45:00Z");
}

static void between_runs_old(struct world *w)
{
        stop_all(w);
        old(w);
}

static void never_ran(struct world *w)
{
        stop_all(w);
        w->sweep = (struct report_sweep){.state = "idle"};
}

static void interrupted(struct world *w)
{
        stop_all(w);
        strcpy(w->sweep.state, "running");
}

static void left_for_the_next_run(struct world *w)
{
        stop_all(w);
        w->reports[1].queued = 7;
}

static void waits_for_quota(struct world *w)
{
        stop_all(w);
        w->reports[1].queued = 7;
        w->reports[1].quota.left = 0;
}

static void not_written_back(struct world *w)
{
        stop_all(w);
        w->reports[0].outbox = 1234;
}

/* The host of apac's publisher: the other stages are on other hosts. */
static void publisher_alone(struct world *w)
{
        w->view.part = true;
        w->sweep = (struct report_sweep){.state = "idle"};
        w->reports[0].pid = 0;
        w->reports[0].connected = false;
        for (size_t i = 0; i < 5; i++)
                w->stages[i].running = i == 3;
}

static void publisher_alone_without_broker(struct world *w)
{
        publisher_alone(w);
        w->reports[1].connected = false;
}

static void two_publishers_one_stopped(struct world *w)
{
        publisher_alone(w);
        w->reports[0].shared = 5;
}

static void mapper_alone(struct world *w)
{
        publisher_alone(w);
        w->stages[3].running = false;
        w->stages[1].running = true;
}

static void fetcher_alone(struct world *w)
{
        w->view.part = true;
        for (size_t i = 1; i < 5; i++)
                w->stages[i].running = false;
        w->fabrics[1].lagging = true;
}

static void nothing_here(struct world *w)
{
        publisher_alone(w);
        w->stages[3].running = false;
}

static void switched_off(struct world *w)
{
        static const struct report_remote off = {.connector = "TIE", .known = true};

        stop_all(w);
        w->fabrics[1].remote = &off;
        w->reports[1].off = true;
        w->reports[1].queued = 7;
}

static void switched_on(struct world *w)
{
        static const struct report_remote on = {.connector = "TIE", .known = true, .active = true};

        w->fabrics[1].remote = &on;
}

static void not_taken(struct world *w)
{
        static const struct report_remote bad = {
            .connector = "TIE", .known = true, .active = true, .error = "Number of Days: 0"};

        w->fabrics[1].remote = &bad;
}

static void never_good(struct world *w)
{
        static const struct report_remote bad = {.connector = "TIE", .error = "none of this name"};

        w->fabrics[1].remote = &bad;
}

static const struct {
        void (*change)(struct world *w);
        enum health_level level;
        const char *said; /* a part of a reason; NULL: there is none */
} rows[] = {
    {change_nothing, HEALTH_FINE, NULL},
    {no_fetcher, HEALTH_DEGRADED, "no fetcher runs"},
    {no_mapper, HEALTH_DEGRADED, "no mapper runs"},
    {no_enricher, HEALTH_DEGRADED, "no enricher runs"},
    {no_publisher, HEALTH_DEGRADED, "apac: its publisher does not run"},
    {no_publishers, HEALTH_DOWN, "no fabric can be told"},
    {no_broker, HEALTH_DEGRADED, "apac: no broker is connected: Connection refused"},
    {no_brokers, HEALTH_DOWN, "no fabric can be told"},
    {silent_a_while, HEALTH_FINE, NULL},
    {silent_too_long, HEALTH_DEGRADED, "apac: TIE does not answer"},
    {failed_for_good, HEALTH_DEGRADED, "emea: 3 failed for good"},
    {behind, HEALTH_DEGRADED, "apac: left behind"},
    {sweep_failed, HEALTH_DEGRADED, "sweep 3: ThreatQ is down"},
    {no_report, HEALTH_DEGRADED, "no report of apac: killed"},
    {no_report_at_all, HEALTH_DOWN, "no fabric's publisher gives a report"},
    {old, HEALTH_DOWN, "the last sweep ended 4 h ago, and connector.interval is 2 h"},
    {old_but_sweeping, HEALTH_FINE, NULL},
    {between_runs, HEALTH_FINE, NULL},
    {between_runs_as_service, HEALTH_DOWN, "nothing runs: start the service"},
    {between_runs_just_in_time, HEALTH_FINE, NULL},
    {between_runs_old, HEALTH_DOWN, "nothing runs, the last sweep ended 4 h ago"},
    {never_ran, HEALTH_DOWN, "nothing was ever swept"},
    {interrupted, HEALTH_DEGRADED, "sweep 3 was interrupted"},
    {left_for_the_next_run, HEALTH_DEGRADED, "apac: 7 wait though the quota has room"},
    {waits_for_quota, HEALTH_FINE, NULL},
    {publisher_alone, HEALTH_FINE, NULL},
    {publisher_alone_without_broker, HEALTH_DOWN, "no fabric can be told anything"},
    {two_publishers_one_stopped, HEALTH_DEGRADED, "emea: its publisher does not run"},
    {mapper_alone, HEALTH_FINE, NULL},
    {fetcher_alone, HEALTH_DEGRADED, "apac: left behind"},
    {nothing_here, HEALTH_DOWN, "nothing runs on this host"},
    {switched_off, HEALTH_FINE, "apac: the connector \"TIE\" is switched off in ThreatQ"},
    {switched_on, HEALTH_FINE, NULL},
    {not_taken, HEALTH_DEGRADED, "the last good one holds: Number of Days: 0"},
    {never_good, HEALTH_DEGRADED, "nothing is swept for it: none of this name"},
    {not_written_back, HEALTH_DEGRADED, "emea: 1,234 results are not in ThreatQ yet"},
};

static void fill(struct world *w, struct summary *summary)
{
        *w = (struct world){
            .sweep = {.number = 3, .state = "idle", .finished_at = "2026-05-01T11:00:00Z"},
            .reports = {{.pid = 1, .connected = true, .quota = {.limit = 1000, .left = 1000}},
                        {.pid = 2, .connected = true, .quota = {.limit = 1000, .left = 1000}}},
            .fabrics = {{.name = "emea", .report = &w->reports[0]},
                        {.name = "apac", .report = &w->reports[1]}},
            .stages = {{"fetcher", NULL, 1, true, 0, NULL},
                       {"mapper", NULL, 1, true, 0, NULL},
                       {"publisher", "emea", 1, true, 0, NULL},
                       {"publisher", "apac", 1, true, 0, NULL},
                       {"enricher", NULL, 1, true, 0, NULL}},
            .view = {.unreadable = "",
                     .now_s = NOW,
                     .interval_s = INTERVAL,
                     .patience_s = PATIENCE},
        };
        *summary = (struct summary){.sweep = &w->sweep,
                                    .fabrics = w->fabrics,
                                    .fabric_count = 2,
                                    .stages = w->stages,
                                    .stage_count = 5};
        w->view.summary = summary;
}

static void test_rows(void **state)
{
        static struct health health;
        struct summary summary;
        struct world w;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                bool said = false;

                fill(&w, &summary);
                rows[i].change(&w);
                health_judge(&w.view, &health);
                for (size_t k = 0; rows[i].said && k < health.count; k++)
                        said = said || strstr(health.reasons[k], rows[i].said);
                if (health.level != rows[i].level || said != (rows[i].said != NULL) ||
                    (!rows[i].said && health.count > 0))
                        fail_msg("row %zu: %s, %zu reasons, the first: %s", i,
                                 health_name(health.level), health.count, health.reasons[0]);
        }
}

static void test_spans(void **state)
{
        static const struct {
                int64_t s;
                const char *text;
        } spans[] = {{-5, "0 s"},      {0, "0 s"},        {119, "119 s"},
                     {120, "2 min"},   {7199, "119 min"}, {7200, "2 h"},
                     {172799, "47 h"}, {172800, "2 d"},   {86400 * 400, "400 d"}};

        (void)state;
        for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
                assert_string_equal(SPAN(spans[i].s), spans[i].text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_spans),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
