#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answer with one connector "TIE" that has these custom_fields. */
static int parse_fields(const char *fields, struct config_remote *ret, char error[REMOTE_ERROR_MAX])
{
        char body[4096];

        snprintf(body, sizeof(body),
                 "{\"total\":1,\"data\":[{\"id\":3,\"name\":\"TIE\",\"is_active\":true,"
                 "\"custom_fields\":%s}]}",
                 fields);
        error[0] = '\0';
        return remote_parse(body, strlen(body), "TIE", ret, error);
}

/* The values of a parameter, joined by '|'. */
static void join(const struct config_values *v, char *out, size_t size)
{
        size_t used = 0;

        out[0] = '\0';
        for (unsigned i = 0; i < v->count && used < size; i++)
                used +=
                    (size_t)snprintf(out + used, size - used, "%s%s", i ? "|" : "", v->items[i]);
}

static void every_form_of_a_value_is_read(void **state)
{
        static const struct {
                const char *fields;
                enum config_parameter parameter;
                const char *values; /* joined by '|' */
        } rows[] = {
            /* numbers, as such and as text */
            {"{\"Daily Rate Limiting\":5000}", PARAMETER_DAILY_LIMIT, "5000"},
            {"{\"Daily Rate Limiting\":\" 5000 \"}", PARAMETER_DAILY_LIMIT, "5000"},
            {"{\"Daily Rate Limiting\":5000.0}", PARAMETER_DAILY_LIMIT, "5000"},
            {"{\"Daily Rate Limiting\":{\"value\":\"5000\"}}", PARAMETER_DAILY_LIMIT, "5000"},
            {"{\"daily_rate_limiting\":5000}", PARAMETER_DAILY_LIMIT, "5000"},
            {"[{\"name\":\"Daily Rate Limiting\",\"value\":5000}]", PARAMETER_DAILY_LIMIT, "5000"},
            {"{\"f1\":{\"label\":\"Number of Days\",\"value\":\"30\"}}", PARAMETER_DAYS, "30"},
            {"\"{\\\"Number of Days\\\":30}\"", PARAMETER_DAYS, "30"},
            {"{\"Filter by Indicator Score\":7.5}", PARAMETER_MIN_SCORE, "7.5"},
            {"{\"Filter by Indicator Score\":\"0\"}", PARAMETER_MIN_SCORE, "0"},
            /* multi-selects */
            {"{\"Known Malicious Reputation Mapping\":[\"Very High\",\"High\"]}",
             PARAMETER_KNOWN_MALICIOUS, "Very High|High"},
            {"{\"Known Malicious Reputation Mapping\":\"very high, high\"}",
             PARAMETER_KNOWN_MALICIOUS, "very high|high"},
            {"{\"Known Malicious Reputation Mapping\":{\"value\":[{\"label\":\"Very "
             "High\",\"value\":"
             "\"very_high\"},{\"value\":\"high\"}]}}",
             PARAMETER_KNOWN_MALICIOUS, "very_high|high"},
            {"{\"Known Malicious Reputation Mapping\":{\"Very High\":true,\"High\":false,\"Low\":"
             "true}}",
             PARAMETER_KNOWN_MALICIOUS, "Very High|Low"},
            {"{\"Possible Malicious Reputation Mapping\":[\"Low\"]}", PARAMETER_MIGHT_BE_MALICIOUS,
             "Low"},
            {"{\"Filter by Indicator Status\":\"Active\"}", PARAMETER_STATUS, "Active"},
            {"{\"Filter by Indicator Status\":\"Active, Under Review\"}", PARAMETER_STATUS,
             "Active|Under Review"},
            {"{\"Filter by Indicator Attributes\":\"Attribute1:Value1, Attribute2:Value2, "
             "Attribute1:Value2\"}",
             PARAMETER_ATTRIBUTES, "Attribute1:Value1|Attribute2:Value2|Attribute1:Value2"},
            /* yes and no */
            {"{\"Intelligence Data Enrichment\":true}", PARAMETER_ENRICHMENT, "true"},
            {"{\"Intelligence Data Enrichment\":\"yes\"}", PARAMETER_ENRICHMENT, "yes"},
            {"{\"Intelligence Data Enrichment\":\"1\"}", PARAMETER_ENRICHMENT, "true"},
            {"{\"Intelligence Data Enrichment\":0}", PARAMETER_ENRICHMENT, "false"},
            /* not set */
            {"{}", PARAMETER_DAYS, ""},
            {"[]", PARAMETER_DAYS, ""},
            {"null", PARAMETER_DAYS, ""},
            {"\"\"", PARAMETER_DAYS, ""},
            {"{\"Number of Days\":\"\"}", PARAMETER_DAYS, ""},
            {"{\"Number of Days\":null}", PARAMETER_DAYS, ""},
            {"{\"Number of Days\":{\"value\":null,\"label\":\"Number of Days\"}}", PARAMETER_DAYS,
             ""},
            {"{\"Number of Days\":{\"label\":\"Number of Days\",\"type\":\"text\"}}",
             PARAMETER_DAYS, ""},
            {"{\"Known Malicious Reputation Mapping\":[]}", PARAMETER_KNOWN_MALICIOUS, ""},
            /* others are passed over */
            {"{\"color\":\"red\",\"Number of Days\":5}", PARAMETER_DAYS, "5"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char error[REMOTE_ERROR_MAX], got[512];
                struct config_remote remote;

                if (parse_fields(rows[i].fields, &remote, error) != 0)
                        fail_msg("%s: %s", rows[i].fields, error);
                join(&remote.values[rows[i].parameter], got, sizeof(got));
                if (strcmp(got, rows[i].values) != 0)
                        fail_msg("%s: %s", rows[i].fields, got);
                config_remote_done(&remote);
        }
}

static void what_is_not_understood_is_a_fault(void **state)
{
        static const struct {
                const char *fields;
                const char *error; /* a part of it */
        } rows[] = {
            {"{\"Number of Days\":[1,2]}", "Number of Days holds several values"},
            {"{\"Number of Days\":1,\"number_of_days\":2}", "Number of Days is there twice"},
            {"{\"Number of Days\":{\"a\":1}}", "Number of Days has a form"},
            {"{\"Number of Days\":{\"value\":[[[[[[1]]]]]]}}", "Number of Days has a form"},
            {"{\"Known Malicious Reputation Mapping\":{\"High\":\"on\"}}", "Mapping has a form"},
            {"{\"color\":\"red\"}", "none of the parameters"},
            {"7", "custom_fields has a form"},
            {"\"no json\"", "custom_fields has a form"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char error[REMOTE_ERROR_MAX];
                struct config_remote remote;

                if (parse_fields(rows[i].fields, &remote, error) != REMOTE_E_BAD ||
                    !strstr(error, rows[i].error))
                        fail_msg("%s: %s", rows[i].fields, error);
        }
}

static void the_row_of_this_name_is_found(void **state)
{
        static const struct {
                const char *body;
                const char *error; /* NULL: it is found */
                bool active;
        } rows[] = {
            {"{\"data\":[{\"name\":\"tie\",\"is_active\":0},{\"name\":\"TIE\",\"is_active\":1}]}",
             NULL, true},
            {"{\"data\":{\"name\":\"TIE\",\"is_active\":\"1\"}}", NULL, true},
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":\"True\"}]}", NULL, true},
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":\"False\"}]}", NULL, false},
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":\"\"}]}", NULL, false},
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":0}]}", NULL, false},
            /* the parameters of one that is off are not looked at */
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":false,\"custom_fields\":7}]}", NULL,
             false},
            {"{\"data\":[{\"name\":\"TIE\"}]}", "switched on", false},
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":\"maybe\"}]}", "switched on", false},
            {"{\"data\":[{\"name\":\"TIE\",\"is_active\":1},{\"name\":\"TIE\",\"is_active\":1}]}",
             "two of this name", false},
            {"{\"data\":[]}", "none of this name", false},
            {"{\"data\":{}}", "none of this name", false},
            {"{\"data\":[{\"name\":\"TIE 2\",\"is_active\":1}]}", "none of this name", false},
            {"{\"total\":0}", "cannot be read", false},
            {"<html>", "cannot be read", false},
            {"", "cannot be read", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char error[REMOTE_ERROR_MAX] = "";
                struct config_remote remote = {0};
                int r = remote_parse(rows[i].body, strlen(rows[i].body), "TIE", &remote, error);

                if (r != (rows[i].error ? REMOTE_E_BAD : 0) ||
                    (rows[i].error && !strstr(error, rows[i].error)))
                        fail_msg("%s: %d %s", rows[i].body, r, error);
                assert_int_equal(remote.active, rows[i].active);
                config_remote_done(&remote);
        }
}

static void names_are_asked_for_as_they_are(void **state)
{
        static const char *const rows[][2] = {
            {"TIE", "/api/connectors?name=TIE&limit=100"},
            {"TIE & co", "/api/connectors?name=TIE%20%26%20co&limit=100"},
            {"100%", "/api/connectors?name=100%25&limit=100"},
            {"TIE, emea", "/api/connectors?name=TIE%25&limit=100"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char *path = remote_path(rows[i][0]);

                assert_string_equal(path, rows[i][1]);
                free(path);
        }
}

static void what_is_kept_comes_back(void **state)
{
        static const char fields[] = "{\"Number of Days\":7,\"Filter by Indicator Status\":"
                                     "\"b, a\"}";
        static const char moved[] = "[{\"label\":\"Filter by Indicator Status\",\"value\":[\"b\","
                                    "\"a\"]},{\"label\":\"Number of Days\",\"value\":\"7\"}]";
        char error[REMOTE_ERROR_MAX], values[64];
        struct config_remote remote, same, back = {0};
        char *text, *text_of_same;

        (void)state;
        assert_int_equal(parse_fields(fields, &remote, error), 0);
        assert_int_equal(parse_fields(moved, &same, error), 0);
        text = remote_text("TIE", &remote);
        text_of_same = remote_text("TIE", &same);
        assert_string_equal(text, text_of_same);
        assert_false(remote_of_text(text, "other", &back));
        assert_false(remote_of_text(NULL, "TIE", &back));
        assert_false(remote_of_text("nonsense", "TIE", &back));
        assert_true(remote_of_text(text, "TIE", &back));
        assert_true(back.active);
        join(&back.values[PARAMETER_STATUS], values, sizeof(values));
        assert_string_equal(values, "b|a");
        config_remote_done(&remote);
        config_remote_done(&same);
        config_remote_done(&back);
        free(text);
        free(text_of_same);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_form_of_a_value_is_read),
            cmocka_unit_test(what_is_not_understood_is_a_fault),
            cmocka_unit_test(the_row_of_this_name_is_found),
            cmocka_unit_test(names_are_asked_for_as_they_are),
            cmocka_unit_test(what_is_kept_comes_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
