#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/web/metrics.h"

#include "console/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct report_sweep sweep = {
    .number = 3,
    .state = "running",
    .fetched = 3000,
    .pages = 4,
    .started_at = "2026-05-01T10:00:00Z",
};

static const struct report_publisher emea = {
    .connected = true,
    .queued = 124,
    .breaker = "open",
    .certificates = {{"2026-05-13T10:00:00Z", 12, "warning"}},
    .quota = {.limit = 1000, .used = 876, .left = 124, .next_free_at = "2026-05-02T10:00:00Z"},
    .counts = {.fetched = 3000,
               .invalid = 1,
               .days = 2,
               .status = 3,
               .score = 4,
               .attributes = 5,
               .conflicting_override = 6,
               .unmapped = 7,
               .already_shared = 1972,
               .queued = 1000,
               .sent = 870,
               .failed = 6,
               .waiting_quota = 124},
    .enrichment_written = 17000,
};

static const struct summary_fabric fabrics[] = {{.name = "emea", .report = &emea},
                                                {.name = "apac", .lagging = true}};

static const struct summary_stage stages[] = {
    {"fetcher", NULL, 1, true, 0, NULL},      {"mapper", NULL, 2, true, 0, NULL},
    {"mapper", NULL, 3, true, 0, NULL},       {"publisher", "emea", 4, true, 0, NULL},
    {"publisher", "apac", 0, false, 0, NULL}, {"enricher", NULL, 0, false, 0, NULL},
};

static const struct health degraded = {.level = HEALTH_DEGRADED};

static const struct summary summary = {
    .sweep = &sweep,
    .fabrics = fabrics,
    .fabric_count = 2,
    .stages = stages,
    .stage_count = 6,
    .health = &degraded,
};

/* How often the line stands in the text. */
static unsigned count_of(const char *text, const char *line)
{
        size_t len = strlen(line);
        unsigned n = 0;

        for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
                n += strncmp(p, line, len) == 0 && p[len] == '\n';
        return n;
}

static void assert_line(const char *text, const char *line)
{
        if (count_of(text, line) != 1)
                fail_msg("%u times %s in\n%s", count_of(text, line), line, text);
}

static const char certificate[] =
    "tq_trellix_tie_certificate_expiry_timestamp_seconds{fabric=\"emea\",certificate=\"client\"} "
    "1778666400";

static void test_values(void **state)
{
        static const char *const lines[] = {
            "tq_trellix_tie_health_state{state=\"degraded\"} 1",
            "tq_trellix_tie_health_state{state=\"fine\"} 0",
            "tq_trellix_tie_stage_processes{stage=\"mapper\"} 2",
            "tq_trellix_tie_stage_processes{stage=\"publisher\",fabric=\"emea\"} 1",
            "tq_trellix_tie_stage_processes{stage=\"publisher\",fabric=\"apac\"} 0",
            "tq_trellix_tie_stage_processes{stage=\"enricher\"} 0",
            "tq_trellix_tie_sweep_state{state=\"running\"} 1",
            "tq_trellix_tie_sweep_state{state=\"idle\"} 0",
            "tq_trellix_tie_sweeps_total 3",
            "tq_trellix_tie_sweep_pages 4",
            "tq_trellix_tie_sweep_distinct_indicators 3000",
            "tq_trellix_tie_sweep_start_timestamp_seconds 1777629600",
            "tq_trellix_tie_sweep_indicators{fabric=\"emea\",outcome=\"filtered_score\"} 4",
            "tq_trellix_tie_sweep_indicators{fabric=\"emea\",outcome=\"unmapped\"} 7",
            "tq_trellix_tie_sweep_pushes{fabric=\"emea\",result=\"waiting_quota\"} 124",
            "tq_trellix_tie_fabric_reports{fabric=\"apac\"} 0",
            "tq_trellix_tie_fabric_lagging{fabric=\"apac\"} 1",
            "tq_trellix_tie_fabric_connected{fabric=\"emea\"} 1",
            "tq_trellix_tie_quota_used_requests{fabric=\"emea\"} 876",
            "tq_trellix_tie_quota_next_free_timestamp_seconds{fabric=\"emea\"} 1777716000",
            "tq_trellix_tie_enrichment_attributes_written_total{fabric=\"emea\"} 17000",
            certificate,
            "tq_trellix_tie_breaker_state{fabric=\"emea\",state=\"open\"} 1",
            "tq_trellix_tie_seen_answers_total{fabric=\"emea\"} 0",
        };

        (void)state;
        for (size_t format = 0; format < METRICS_FORMATS; format++) {
                char *text = metrics_print(&summary, NULL, (enum metrics_format)format);

                assert_non_null(text);
                for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                        assert_line(text, lines[i]);
                /* What is not known is not there, rather than 0. */
                assert_null(strstr(text, "\ntq_trellix_tie_sweep_end_timestamp_seconds "));
                assert_null(strstr(text, "queued_indicators{fabric=\"apac\"}"));
                assert_string_equal(text + strlen(text) - 6, "# EOF\n");
                free(text);
        }
}

static void test_declarations(void **state)
{
        char *open = metrics_print(&summary, NULL, METRICS_OPENMETRICS);
        char *old = metrics_print(&summary, NULL, METRICS_PROMETHEUS);

        (void)state;
        assert_line(open, "# TYPE tq_trellix_tie_sweeps counter");
        assert_line(open, "# UNIT tq_trellix_tie_sweep_start_timestamp_seconds seconds");
        assert_line(old, "# TYPE tq_trellix_tie_sweeps_total counter");
        assert_null(strstr(old, "# UNIT"));
        free(open);
        free(old);
}

static void test_seen(void **state)
{
        struct report_publisher report = emea;
        const struct summary_fabric one[] = {{.name = "emea", .report = &report}};
        struct report_sweep now = sweep;
        const struct summary seen = {.sweep = &now, .fabrics = one, .fabric_count = 1};
        struct history *history;
        char *text;

        (void)state;
        assert_int_equal(history_open(1, 4, &history), 0);
        history_add(history, &seen, 1000, 1777629600);
        report.counts.sent += 30;
        now.fetched += 11;
        history_add(history, &seen, 2000, 1777629601);
        text = metrics_print(&seen, history, METRICS_OPENMETRICS);
        assert_line(text, "tq_trellix_tie_seen_answers_total{fabric=\"emea\"} 30");
        assert_line(text, "tq_trellix_tie_seen_indicators_total 11");
        free(text);
        history_close(history);
}

static void test_format(void **state)
{
        (void)state;
        assert_int_equal(metrics_format_of(NULL), METRICS_PROMETHEUS);
        assert_int_equal(metrics_format_of("*/*"), METRICS_PROMETHEUS);
        /* What Prometheus 2.42 sends. */
        assert_int_equal(metrics_format_of("application/openmetrics-text;version=1.0.0,"
                                           "application/openmetrics-text;version=0.0.1;q=0.75,"
                                           "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
                         METRICS_OPENMETRICS);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_values),
            cmocka_unit_test(test_declarations),
            cmocka_unit_test(test_seen),
            cmocka_unit_test(test_format),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
