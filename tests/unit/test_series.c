#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/web/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static struct report_sweep sweep;
static struct report_publisher report;
static const struct summary_fabric fabrics[] = {{.name = "emea", .report = &report}};

static struct trouble_line trouble(const char *at, const char *text)
{
        struct trouble_line line = {.error = true};

        snprintf(line.at, sizeof(line.at), "%s", at);
        snprintf(line.text, sizeof(line.text), "%s", text);
        return line;
}

static json_t *print(const struct history *history, const struct incidents *incidents)
{
        const struct summary summary = {.sweep = &sweep, .fabrics = fabrics, .fabric_count = 1};
        char *text = series_json(history, &summary, incidents);
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(root);
        free(text);
        return root;
}

static json_int_t at(const json_t *list, size_t i)
{
        return json_integer_value(json_array_get(list, i));
}

static void test_points(void **state)
{
        static const struct incidents none;
        const struct summary summary = {.sweep = &sweep, .fabrics = fabrics, .fabric_count = 1};
        struct history *history;
        json_t *root, *queued, *times;

        (void)state;
        assert_int_equal(history_open(1, 1000, &history), 0);
        root = print(history, &none);
        assert_int_equal(json_array_size(json_object_get(root, "at")), 0);
        json_decref(root);
        for (int64_t i = 0; i < 500; i++) {
                report.queued = (uint64_t)i;
                sweep.fetched = (uint64_t)(2 * i);
                history_add(history, &summary, i * 1000, 1777629600 + i);
                if (i + 1 != SERIES_POINTS_MAX)
                        continue;
                root = print(history, &none);
                assert_int_equal(json_array_size(json_object_get(root, "at")), SERIES_POINTS_MAX);
                json_decref(root);
        }
        /* Each third of 500, the newest among them. */
        root = print(history, &none);
        times = json_object_get(root, "at");
        queued =
            json_object_get(json_object_get(json_object_get(root, "fabrics"), "emea"), "queued");
        assert_int_equal(json_array_size(times), 167);
        assert_int_equal(json_array_size(queued), 167);
        assert_int_equal(json_array_size(json_object_get(root, "fetched")), 167);
        assert_int_equal(at(times, 166), 1777629600 + 499);
        assert_int_equal(at(times, 165), 1777629600 + 496);
        assert_int_equal(at(queued, 166), 499);
        assert_int_equal(at(json_object_get(root, "fetched"), 166), 998);
        json_decref(root);
        history_close(history);
}

static void test_incidents(void **state)
{
        static struct incidents incidents;
        struct trouble_line first = trouble("2026-05-01T10:00:00Z", "a \"quoted\" text"), second;
        struct summary_stage stages[] = {{"enricher", NULL, 1, true, 0, &first},
                                         {"enricher", NULL, 2, true, 0, &first},
                                         {"publisher", "emea", 3, true, 0, NULL}};
        const struct summary summary = {.sweep = &sweep, .stages = stages, .stage_count = 3};
        struct history *history;
        json_t *root, *errors;

        (void)state;
        assert_int_equal(history_open(1, 2, &history), 0);
        incidents_note(&incidents, &summary);
        incidents_note(&incidents, &summary);
        assert_int_equal(incidents_count(&incidents), 1);
        stages[2].trouble = &first;
        incidents_note(&incidents, &summary);
        assert_int_equal(incidents_count(&incidents), 2);
        root = print(history, &incidents);
        errors = json_object_get(root, "errors");
        assert_int_equal(json_array_size(errors), 2);
        assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "fabric")),
                            "emea");
        assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 1), "text")),
                            "a \"quoted\" text");
        json_decref(root);
        stages[2].trouble = &second;
        for (unsigned i = 0; i < 100; i++) {
                char text[16];

                snprintf(text, sizeof(text), "%u", i);
                second = trouble("2026-05-01T10:00:01Z", text);
                incidents_note(&incidents, &summary);
        }
        assert_int_equal(incidents_count(&incidents), INCIDENTS_MAX);
        assert_string_equal(incidents_at(&incidents, 0)->line.text, "99");
        history_close(history);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_points),
            cmocka_unit_test(test_incidents),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
