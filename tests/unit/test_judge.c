#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/judge.h"

#include <string.h>

#define PAGE(rows) "{\"type\":\"PAGE\",\"rows\":[" rows "]}\n"
#define BATCH(fabric, item) "{\"type\":\"BATCH\",\"fabric\":\"" fabric "\",\"items\":[" item "]}\n"

static const char *const fabrics[] = {"emea", "apac", "lab"};
static const struct explain_options options = {.fabrics = fabrics, .fabric_count = 3};

static const char page[] =
    PAGE("{\"id\":7,\"hash_type\":\"MD5\",\"value\":\"44D88612\",\"status\":\"Active\\u001b[2J\","
         "\"score\":9.5,\"created_at\":1777629600,\"attributes\":[]}");
static const char batches[] =
    BATCH("emea", "{\"id\":7,\"verdict\":\"candidate\",\"level\":1,\"override\":false,"
                  "\"adopt\":false,\"score\":9.5}")
        BATCH("apac", "{\"id\":8,\"verdict\":\"status\"},{\"id\":7,\"verdict\":\"days\"}");

static const char *word(const json_t *json, const char *fabric, const char *key)
{
        const json_t *one = json_array_get(json_object_get(json, "indicators"), 0);

        return json_string_value(
            json_object_get(json_object_get(json_object_get(one, "fabrics"), fabric), key));
}

static const char *sentence(const json_t *json, size_t i)
{
        const json_t *one = json_array_get(json_object_get(json, "indicators"), 0);

        return json_string_value(json_array_get(json_object_get(one, "story"), i));
}

static void each_fabric_says_what_it_makes_of_it(void **state)
{
        json_t *json = judge_read(page, strlen(page), batches, strlen(batches), &options);

        (void)state;
        assert_non_null(json);
        assert_string_equal(word(json, "emea", "verdict"), "candidate");
        assert_string_equal(word(json, "emea", "rule"), "high");
        assert_string_equal(word(json, "emea", "level"), "Known Malicious");
        assert_string_equal(word(json, "apac", "verdict"), "days");
        assert_null(word(json, "apac", "level"));
        assert_null(word(json, "lab", "verdict"));
        assert_string_equal(sentence(json, 0),
                            "ThreatQ has it: status \"Active\\x1b[2J\", score 9.5 "
                            "(high), created 2026-05-01 10:00:00 UTC.");
        assert_string_equal(sentence(json, 1),
                            "For emea it is to be Known Malicious, by score 9.5 (high).");
        assert_string_equal(sentence(json, 2),
                            "For apac it is left out: it was created before the last `days`.");
        assert_non_null(strstr(sentence(json, 3), "What lab makes of it is not known"));
        json_decref(json);
}

static void nothing_found_is_said(void **state)
{
        json_t *json = judge_read("", 0, "", 0, &options);

        (void)state;
        assert_int_equal(json_array_size(json_object_get(json, "indicators")), 0);
        assert_string_equal(json_string_value(json_array_get(json_object_get(json, "story"), 0)),
                            "ThreatQ does not have it.");
        json_decref(json);
}

static void what_is_missing_breaks_nothing(void **state)
{
        static const char *const pages[] = {
            PAGE("{}"), PAGE("{\"id\":7,\"score\":null,\"created_at\":0}"), PAGE("7"),
            "{\"type\":\"PAGE\"}\n", "{\"type\":\"PAGE\",\"rows\":{}}"};
        static const char *const items[] = {BATCH("emea", "{\"id\":7}"),
                                            BATCH("emea", "{\"id\":7,\"verdict\":\"maybe\"}"),
                                            BATCH("emea", "7"), "{\"type\":\"BATCH\"}\n"};

        (void)state;
        for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
                for (size_t k = 0; k < sizeof(items) / sizeof(items[0]); k++) {
                        json_t *json = judge_read(pages[i], strlen(pages[i]), items[k],
                                                  strlen(items[k]), &options);

                        assert_non_null(json);
                        json_decref(json);
                }
        }
}

static void what_is_no_message_is_refused(void **state)
{
        static const char *const bad[] = {"x", "{}\n", "{\"type\":7}\n", PAGE("") "x", "\n", "[]"};

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                assert_null(judge_read(bad[i], strlen(bad[i]), "", 0, &options));
                assert_null(judge_read(page, strlen(page), bad[i], strlen(bad[i]), &options));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_fabric_says_what_it_makes_of_it),
            cmocka_unit_test(nothing_found_is_said),
            cmocka_unit_test(what_is_missing_breaks_nothing),
            cmocka_unit_test(what_is_no_message_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
