#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const struct report_sweep sweep = {
    .number = 3,
    .kind = "full",
    .state = "idle",
    .fetched = 3000,
    .pages = 3,
    .started_at = "2026-05-01T10:00:00Z",
    .finished_at = "2026-05-01T10:00:04Z",
};

static const struct report_publisher emea = {
    .pid = 4711,
    .connected = true,
    .broker = "{guid} host:8883",
    .shared = 2876,
    .last_error = "\"quoted\"",
    .breaker = "open",
    .breaker_silent = 9,
    .next_probe_at = "2026-05-01T10:30:00Z",
    .certificates = {{"2026-05-13T10:00:00Z", 12, "warning"},
                     {"2030-05-01T10:00:00Z", 1461, "ok"},
                     {"2026-04-30T10:00:00Z", -1, "expired"}},
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
               .sent = 876,
               .failed = 0,
               .waiting_quota = 124},
    .enrichment_written = 17000,
    .enrichment_pending = 1,
};

static const struct report_publisher apac = {
    .quota = {.limit = 100000, .left = 100000}, .enrichment_written = 256, .enrichment_pending = 2};

static const struct summary_fabric fabrics[] = {
    {.name = "emea", .report = &emea},
    {.name = "apac", .report = &apac, .lagging = true},
    {.name = "a-fabric-whose-name-is-as-long-as-a-name-may-be-which-is-64-bytes"},
};

static const struct trouble_line trouble = {
    .at = "2026-05-01T09:00:00Z", .error = true, .text = "cannot write to ThreatQ"};

static const struct summary_stage stages[] = {
    {"fetcher", NULL, 4710, true, 0, NULL},
    {"publisher", "emea", 4711, true, 2, NULL},
    {"enricher", NULL, 0, false, 0, &trouble},
};

static const char *const problems[] = {
    "apac: left for the next run: no answer from broker or TIE for 61 s (Connection refused); its "
    "queue of 3190 is kept."};

static struct summary summary_of(bool ended)
{
        return (struct summary){
            .sweep = &sweep,
            .fabrics = fabrics,
            .fabric_count = 3,
            .stages = stages,
            .stage_count = 3,
            .problems = problems,
            .problem_count = 1,
            .ended = ended,
            .exit = 1,
            .elapsed_ms = 4210,
        };
}

static json_t *json_of(const struct summary *summary)
{
        char *text = summary_json(summary);
        json_t *root;

        assert_non_null(text);
        assert_null(strchr(text, '\n'));
        root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        free(text);
        return root;
}

/* Exactly the keys of the design's example, in the order that reads best. */
static void test_json_of_a_status(void **state)
{
        struct summary summary = summary_of(false);
        json_t *root = json_of(&summary), *wanted, *f;

        (void)state;
        wanted = json_loads(
            "{\"connected\":true,\"broker\":\"{guid} host:8883\",\"queued\":0,\"in_flight\":0,"
            "\"outbox\":0,\"shared\":2876,\"failed\":0,\"lagging\":false,"
            "\"last_error\":\"\\\"quoted\\\"\",\"quota\":{\"limit\":1000,\"used\":876,\"left\":124,"
            "\"next_free_at\":\"2026-05-02T10:00:00Z\"},\"oldest_waiting_at\":null,"
            "\"breaker\":{\"state\":\"open\",\"silent\":9,\"next_probe_at\":"
            "\"2026-05-01T10:30:00Z\"},"
            "\"certificates\":{\"client\":{\"expires_at\":\"2026-05-13T10:00:00Z\","
            "\"days\":12,\"state\":\"warning\"},\"ca\":{\"expires_at\":"
            "\"2030-05-01T10:00:00Z\",\"days\":1461,\"state\":\"ok\"},\"broker\":"
            "{\"expires_at\":\"2026-04-30T10:00:00Z\",\"days\":-1,\"state\":\"expired\"}}}",
            0, NULL);
        f = json_object_get(root, "fabrics");
        assert_true(json_equal(json_object_get(f, "emea"), wanted));
        assert_true(json_is_true(json_object_get(json_object_get(f, "apac"), "lagging")));
        json_decref(wanted);
        wanted = json_loads("{\"expires_at\":null,\"days\":null,\"state\":\"unknown\"}", 0, NULL);
        assert_true(json_equal(
            json_object_get(json_object_get(json_object_get(f, "apac"), "certificates"), "broker"),
            wanted));
        assert_int_equal(json_object_size(f), 3);
        json_decref(wanted);
        wanted = json_loads("[{\"stage\":\"fetcher\",\"pid\":4710,\"state\":\"running\","
                            "\"restarts\":0},{\"stage\":\"publisher\",\"fabric\":\"emea\","
                            "\"pid\":4711,\"state\":\"running\",\"restarts\":2},"
                            "{\"stage\":\"enricher\",\"pid\":0,\"state\":\"stopped\","
                            "\"restarts\":0,\"trouble\":{\"at\":\"2026-05-01T09:00:00Z\","
                            "\"level\":\"error\",\"text\":\"cannot write to ThreatQ\"}}]",
                            0, NULL);
        assert_true(json_equal(json_object_get(root, "stages"), wanted));
        json_decref(wanted);
        wanted = json_loads("{\"written\":17256,\"pending\":3}", 0, NULL);
        assert_true(json_equal(json_object_get(root, "enrichment"), wanted));
        json_decref(wanted);
        wanted = json_loads("{\"number\":3,\"kind\":\"full\",\"state\":\"idle\",\"fetched\":3000,"
                            "\"pages\":3,\"started_at\":\"2026-05-01T10:00:00Z\","
                            "\"finished_at\":\"2026-05-01T10:00:04Z\",\"error\":\"\"}",
                            0, NULL);
        assert_true(json_equal(json_object_get(root, "sweep"), wanted));
        json_decref(wanted);
        assert_null(json_object_get(root, "exit"));
        assert_null(json_object_get(root, "counts"));
        json_decref(root);
}

static void test_json_of_a_run(void **state)
{
        struct summary summary = summary_of(true);
        json_t *root = json_of(&summary), *wanted;

        (void)state;
        assert_int_equal(json_integer_value(json_object_get(root, "exit")), 1);
        wanted = json_loads("{\"fetched\":3000,\"invalid\":1,\"filtered\":{\"days\":2,\"status\":3,"
                            "\"score\":4,\"attributes\":5},\"conflicting_override\":6,"
                            "\"unmapped\":7,\"already_shared\":1972,\"queued\":1000,\"sent\":876,"
                            "\"failed\":0,\"waiting_quota\":124}",
                            0, NULL);
        assert_true(json_equal(json_object_get(json_object_get(root, "counts"), "emea"), wanted));
        json_decref(wanted);
        assert_string_equal(json_string_value(json_array_get(json_object_get(root, "problems"), 0)),
                            problems[0]);
        json_decref(root);
}

static void test_json_of_what_never_swept(void **state)
{
        static const struct report_sweep none;
        struct summary summary = {.sweep = &none};
        json_t *root = json_of(&summary), *s = json_object_get(root, "sweep");

        (void)state;
        assert_string_equal(json_string_value(json_object_get(s, "state")), "idle");
        assert_true(json_is_null(json_object_get(s, "started_at")));
        json_decref(root);
}

/* A server's text that is no UTF-8 costs that text, not the summary. */
static void test_json_with_odd_bytes(void **state)
{
        struct report_publisher odd = {.last_error = "\xff\xfe"};
        struct summary_fabric fabric = {.name = "emea", .report = &odd};
        struct summary summary = {.sweep = &sweep, .fabrics = &fabric, .fabric_count = 1};
        json_t *root = json_of(&summary), *f;

        (void)state;
        f = json_object_get(json_object_get(root, "fabrics"), "emea");
        assert_non_null(json_object_get(f, "last_error"));
        json_decref(root);
}

static void assert_narrow(const char *text)
{
        while (*text) {
                size_t len = strcspn(text, "\n");

                assert_in_range(len, 0, SUMMARY_COLUMNS);
                text += len;
                text += *text == '\n';
        }
}

static void test_table(void **state)
{
        static const char *const run_lines[] = {
            "Sweep 3 (full), complete: 3,000 indicators in 3 pages\n",
            "Began 2026-05-01 10:00:00, ended 2026-05-01 10:00:04 UTC\n",
            "Indicators in the sweep                 3,000                0                ?\n",
            "Sent to TIE                               876                0                ?\n",
            "  next free (UTC)                 05-02 10:00                -                ?\n",
            "Ended with something left (exit 1) after 4.2 s.\n",
        };
        static const char *const status_lines[] = {
            "Stages: fetcher 4710, publisher[emea] 4711, enricher stopped.\n",
            "Broker                              host:8883    not connected                ?\n",
            "Client certificate              12 days left!                -                ?\n",
            "CA certificate                      1461 days                -                ?\n",
            "Broker certificate                   expired!                -                ?\n",
            "Shared, ever                            2,876                0                ?\n",
        };
        struct summary run = summary_of(true), status = summary_of(false);
        char *text = summary_table(&run);

        (void)state;
        assert_narrow(text);
        for (size_t i = 0; i < sizeof(run_lines) / sizeof(run_lines[0]); i++)
                assert_non_null(strstr(text, run_lines[i]));
        assert_non_null(strstr(text, "a-fabric-whos.."));
        free(text);
        text = summary_table(&status);
        assert_narrow(text);
        for (size_t i = 0; i < sizeof(status_lines) / sizeof(status_lines[0]); i++)
                assert_non_null(strstr(text, status_lines[i]));
        assert_null(strstr(text, "exit"));
        free(text);
}

/* Up to three fabrics stand side by side; none is left out, whatever their number. */
static void test_table_of_many_fabrics(void **state)
{
        struct summary_fabric many[9];
        char names[9][8];
        struct summary summary = {.sweep = &sweep, .fabrics = many, .ended = true};

        (void)state;
        for (size_t i = 0; i < 9; i++) {
                snprintf(names[i], sizeof(names[i]), "fab%zu", i);
                many[i] = (struct summary_fabric){.name = names[i], .report = &emea};
        }
        for (summary.fabric_count = 1; summary.fabric_count <= 9; summary.fabric_count++) {
                char *text = summary_table(&summary);

                assert_narrow(text);
                for (size_t i = 0; i < 9; i++)
                        assert_int_equal(strstr(text, names[i]) != NULL, i < summary.fabric_count);
                free(text);
        }
}

static void test_number(void **state)
{
        static const struct {
                uint64_t n;
                const char *text;
        } cases[] = {
            {0, "0"},          {999, "999"},           {1000, "1,000"},
            {12345, "12,345"}, {1234567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(SUMMARY_N(cases[i].n), cases[i].text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_json_of_a_status),
            cmocka_unit_test(test_json_of_a_run),
            cmocka_unit_test(test_json_of_what_never_swept),
            cmocka_unit_test(test_json_with_odd_bytes),
            cmocka_unit_test(test_table),
            cmocka_unit_test(test_table_of_many_fabrics),
            cmocka_unit_test(test_number),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
