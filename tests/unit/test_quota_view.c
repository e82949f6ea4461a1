#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/quota_view.h"
#include "console/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_reset_is_read_whole_or_refused(void **state)
{
        static const struct {
                const char *json;
                int result;
        } cases[] = {
            {"{\"fabric\":\"emea\",\"forgotten\":7,\"limit\":50,\"pid\":12}\n", 0},
            {"{\"forgotten\":7,\"limit\":50}", REPORT_E_BAD},
            {"{\"forgotten\":-7,\"limit\":50,\"pid\":12}", REPORT_E_BAD},
            {"{\"forgotten\":\"7\",\"limit\":50,\"pid\":12}", REPORT_E_BAD},
            {"[7,50,12]", REPORT_E_BAD},
            {"7", REPORT_E_BAD},
            {"", REPORT_E_BAD},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct quota_view view = {.fabric = "x"};

                assert_int_equal(
                    quota_view_parse_reset(cases[i].json, strlen(cases[i].json), &view),
                    cases[i].result);
                assert_int_equal(view.forgotten, cases[i].result == 0 ? 7 : 0);
                assert_int_equal(view.quota.limit, cases[i].result == 0 ? 50 : 0);
                assert_int_equal(view.pid, cases[i].result == 0 ? 12 : 0);
        }
}

static void what_waits_is_told_in_days_rounded_up(void **state)
{
        static const struct {
                uint64_t backlog, wait_s;
                const char *table, *json;
        } cases[] = {
            {0, 0, " -\n", "\"days\":0.0,"},
            {5, 0, " now\n", "\"days\":0.0,"},
            {5, 1, " 0.1 d\n", "\"days\":0.1"},
            {5, 8640, " 0.1 d\n", "\"days\":0.1"},
            {5, 8641, " 0.2 d\n", "\"days\":0.2"},
            {5, 86400, " 1.0 d\n", "\"days\":1.0,"},
            {5, 86401, " 1.1 d\n", "\"days\":1.1"},
            {10000000, 864000000000, " 10,000,000.0 d\n", "\"days\":10000000.0,"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct quota_view view = {
                    .fabric = "emea",
                    .quota = {.backlog = cases[i].backlog, .wait_s = cases[i].wait_s},
                };
                char *table = quota_view_table(&view, 1), *json = quota_view_json(&view, 1, false);

                assert_non_null(strstr(table, cases[i].table));
                assert_non_null(strstr(json, cases[i].json));
                free(table);
                free(json);
        }
}

static void a_table_fits_whatever_is_in_it(void **state)
{
        static const struct quota_view views[] = {
            {.fabric = "a-name-of-many-letters-which-is-cut-in-the-table",
             .pid = 4194304,
             .quota = {.limit = 100000,
                       .used = 200000,
                       .left = 100000,
                       .backlog = 10000000,
                       .wait_s = 864000000,
                       .next_free_at = "2026-05-02T10:00:00Z",
                       .through_at = "2053-05-02T10:00:00Z"}},
            {.fabric = "short", .error = "no store"},
        };
        char *table = quota_view_table(views, 2), *save = NULL;

        (void)state;
        assert_non_null(strstr(table, "a-name-of-many-l.. 100,000 200,000 100,000  05-02 10:00"));
        assert_non_null(strstr(table, "\nshort: no store\n"));
        for (char *line = strtok_r(table, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                assert_true(strlen(line) <= SUMMARY_COLUMNS);
        free(table);
}

static void a_fabric_without_an_answer_has_its_error_alone(void **state)
{
        const struct quota_view view = {.fabric = "emea", .error = "bad \xff byte"};
        char *json = quota_view_json(&view, 1, true), *done = quota_view_done(&view, 1);

        (void)state;
        assert_string_equal(json, "{\"fabrics\":{\"emea\":{\"error\":\"?\"}}}");
        assert_string_equal(done, "emea: bad \xff byte\n");
        free(json);
        free(done);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_reset_is_read_whole_or_refused),
            cmocka_unit_test(what_waits_is_told_in_days_rounded_up),
            cmocka_unit_test(a_table_fits_whatever_is_in_it),
            cmocka_unit_test(a_fabric_without_an_answer_has_its_error_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
