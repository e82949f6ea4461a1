#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/report.h"

#include <stdio.h>
#include <string.h>

static const char fetcher_json[] =
    "{\"sweep\":{\"number\":3,\"kind\":\"full\",\"state\":\"running\",\"request\":4503599627370497,"
    "\"fetched\":3000,\"pages\":3,\"started_at\":\"2026-05-01T10:00:00Z\",\"finished_at\":null,"
    "\"error\":\"429\"},\"fabrics\":{\"emea\":{\"lagging\":false,\"checkpoint\":null},"
    "\"apac\":{\"lagging\":true,\"remote_config\":{\"connector\":\"TIE\",\"active\":false,"
    "\"error\":"
    "\"no\"}},\"us\":{\"remote_config\":{\"connector\":\"US\",\"active\":null,\"error\":\"\"}}},"
    "\"pid\":41,\"state\":\"running\"}";

static const char publisher_json[] =
    "{\"fabric\":\"emea\",\"pid\":42,\"state\":\"running\",\"connected\":true,"
    "\"broker\":\"{guid} h:1\",\"queued\":1,\"in_flight\":2,\"outbox\":3,\"shared\":4,\"failed\":5,"
    "\"last_error\":\"no\",\"quota\":{\"limit\":10,\"used\":6,\"left\":4,"
    "\"next_free_at\":\"2026-05-02T10:00:00Z\",\"backlog\":23,\"wait_s\":24,"
    "\"through_at\":\"2026-05-04T10:00:00Z\"},\"counts\":{\"fetched\":101,\"invalid\":11,"
    "\"filtered\":{\"days\":12,\"status\":13,\"score\":14,\"attributes\":15},"
    "\"conflicting_override\":16,\"unmapped\":17,\"already_shared\":18,\"queued\":19,\"sent\":20,"
    "\"failed\":21,\"waiting_quota\":22},\"sweep\":3,\"sweep_open\":true,\"idle\":true,"
    "\"unanswered_since\":\"2026-05-01T10:00:01Z\","
    "\"breaker\":{\"state\":\"paused\",\"silent\":9,\"next_probe_at\":\"2026-05-01T10:30:00Z\"},"
    "\"certificates\":{\"client\":{\"expires_at\":\"2026-04-30T10:00:00Z\",\"days\":-1,"
    "\"state\":\"expired\"},\"ca\":{\"expires_at\":null,\"days\":null,\"state\":\"unknown\"}},"
    "\"enrichment\":{\"written\":7,\"pending\":8},"
    "\"a key of another version\":[1]}";

static void test_fetcher(void **state)
{
        struct report_fetcher r;

        (void)state;
        assert_int_equal(report_parse_fetcher(fetcher_json, strlen(fetcher_json), &r), 0);
        assert_int_equal(r.pid, 41);
        assert_int_equal(r.sweep.number, 3);
        assert_int_equal(r.sweep.request, 4503599627370497);
        assert_int_equal(r.sweep.fetched, 3000);
        assert_int_equal(r.sweep.pages, 3);
        assert_string_equal(r.sweep.kind, "full");
        assert_string_equal(r.sweep.state, "running");
        assert_string_equal(r.sweep.started_at, "2026-05-01T10:00:00Z");
        assert_string_equal(r.sweep.finished_at, "");
        assert_string_equal(r.sweep.error, "429");
        assert_false(report_lagging(&r, "emea"));
        assert_true(report_lagging(&r, "apac"));
        assert_false(report_lagging(&r, "unheard of"));
}

static void test_remote(void **state)
{
        const struct report_remote *remote;
        struct report_fetcher r;

        (void)state;
        assert_int_equal(report_parse_fetcher(fetcher_json, strlen(fetcher_json), &r), 0);
        assert_null(report_remote(&r, "emea"));
        assert_null(report_remote(&r, "unheard of"));
        remote = report_remote(&r, "apac");
        assert_string_equal(remote->connector, "TIE");
        assert_true(remote->known && !remote->active);
        assert_string_equal(remote->error, "no");
        assert_false(report_remote(&r, "us")->known);
}

static void test_publisher(void **state)
{
        const struct report_counts *c;
        struct report_publisher r;

        (void)state;
        assert_int_equal(report_parse_publisher(publisher_json, strlen(publisher_json), &r), 0);
        c = &r.counts;
        assert_int_equal(r.pid, 42);
        assert_true(r.connected && !r.off);
        assert_string_equal(r.broker, "{guid} h:1");
        assert_int_equal(r.queued, 1);
        assert_int_equal(r.in_flight, 2);
        assert_int_equal(r.outbox, 3);
        assert_int_equal(r.shared, 4);
        assert_int_equal(r.failed, 5);
        assert_string_equal(r.last_error, "no");
        assert_int_equal(r.quota.limit, 10);
        assert_int_equal(r.quota.used, 6);
        assert_int_equal(r.quota.left, 4);
        assert_string_equal(r.quota.next_free_at, "2026-05-02T10:00:00Z");
        assert_int_equal(r.quota.backlog, 23);
        assert_int_equal(r.quota.wait_s, 24);
        assert_string_equal(r.quota.through_at, "2026-05-04T10:00:00Z");
        assert_int_equal(c->fetched, 101);
        assert_int_equal(c->invalid, 11);
        assert_int_equal(c->days, 12);
        assert_int_equal(c->status, 13);
        assert_int_equal(c->score, 14);
        assert_int_equal(c->attributes, 15);
        assert_int_equal(c->conflicting_override, 16);
        assert_int_equal(c->unmapped, 17);
        assert_int_equal(c->already_shared, 18);
        assert_int_equal(c->queued, 19);
        assert_int_equal(c->sent, 20);
        assert_int_equal(c->failed, 21);
        assert_int_equal(c->waiting_quota, 22);
        assert_int_equal(r.sweep, 3);
        assert_true(r.sweep_open);
        assert_true(r.idle);
        assert_int_equal(r.unanswered_since, 1777629601);
        assert_string_equal(r.certificates[0].expires_at, "2026-04-30T10:00:00Z");
        assert_int_equal(r.certificates[0].days, -1);
        assert_string_equal(r.certificates[0].state, "expired");
        assert_string_equal(r.certificates[1].expires_at, "");
        assert_string_equal(r.certificates[1].state, "unknown");
        assert_string_equal(r.certificates[2].state, "");
        assert_string_equal(r.breaker, "paused");
        assert_int_equal(r.breaker_silent, 9);
        assert_string_equal(r.next_probe_at, "2026-05-01T10:30:00Z");
        assert_int_equal(r.enrichment_written, 7);
        assert_int_equal(r.enrichment_pending, 8);
}

/* Every cut of a report is refused, and nothing is set. */
static void test_cuts_are_refused(void **state)
{
        (void)state;
        for (size_t len = 0; len < strlen(publisher_json); len++) {
                struct report_publisher r = {.pid = -7};

                assert_int_equal(report_parse_publisher(publisher_json, len, &r), REPORT_E_BAD);
                assert_int_equal(r.pid, -7);
        }
        for (size_t len = 0; len < strlen(fetcher_json); len++) {
                struct report_fetcher r = {.pid = -7};

                assert_int_equal(report_parse_fetcher(fetcher_json, len, &r), REPORT_E_BAD);
                assert_int_equal(r.pid, -7);
        }
}

static void test_odd_values_read_as_nothing(void **state)
{
        static const char odd[] = "{\"pid\":-1,\"queued\":\"7\",\"quota\":[],\"counts\":null,"
                                  "\"unanswered_since\":\"soon\",\"connected\":1}";
        static const char *const no_objects[] = {"[]", "7", "\"x\"", "null", "{} {}"};
        struct report_publisher r;

        (void)state;
        assert_int_equal(report_parse_publisher(odd, strlen(odd), &r), 0);
        assert_int_equal(r.pid, 0);
        assert_int_equal(r.queued, 0);
        assert_int_equal(r.quota.limit, 0);
        assert_int_equal(r.unanswered_since, 0);
        assert_false(r.connected);
        for (size_t i = 0; i < sizeof(no_objects) / sizeof(no_objects[0]); i++)
                assert_int_equal(report_parse_publisher(no_objects[i], strlen(no_objects[i]), &r),
                                 REPORT_E_BAD);
}

static void test_long_texts_are_cut(void **state)
{
        char json[2000], text[1000];
        struct report_publisher r;
        int n;

        (void)state;
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        n = snprintf(json, sizeof(json), "{\"last_error\":\"%s\"}", text);
        assert_int_equal(report_parse_publisher(json, (size_t)n, &r), 0);
        assert_int_equal(strlen(r.last_error), REPORT_TEXT_MAX - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_fetcher),
            cmocka_unit_test(test_remote),
            cmocka_unit_test(test_publisher),
            cmocka_unit_test(test_cuts_are_refused),
            cmocka_unit_test(test_odd_values_read_as_nothing),
            cmocka_unit_test(test_long_texts_are_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
