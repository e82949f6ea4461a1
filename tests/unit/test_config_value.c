#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/config_internal.h"

static void test_durations(void **state)
{
        static const struct {
                const char *text;
                int64_t ms; /* -1: none */
        } rows[] = {
            {"90", 90000},
            {"90s", 90000},
            {"2h", 7200000},
            {"24h", 86400000},
            {"7d", 604800000},
            {"500ms", 500},
            {"5m", 300000},
            {" 5m ", 300000},
            {"0", 0},
            {"366d", 31622400000},
            {"367d", -1},
            {"8785h", -1},
            {"", -1},
            {"h", -1},
            {"-5s", -1},
            {"1.5h", -1},
            {"5 m", -1},
            {"5M", -1},
            {"5mm", -1},
            {"99999999999999999999d", -1},
            {"18446744073709551617", -1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                int64_t ms = -1;

                assert_int_equal(config_parse_duration(text_of(rows[i].text), &ms),
                                 rows[i].ms >= 0);
                if (ms != rows[i].ms)
                        fail_msg("\"%s\" gives %lld", rows[i].text, (long long)ms);
        }
}

static void test_decimals(void **state)
{
        static const struct {
                const char *text;
                bool ok;
                double value;
        } rows[] = {
            {"0", true, 0},      {"7.5", true, 7.5}, {" 9 ", true, 9},  {"-1", true, -1},
            {".5", true, 0.5},   {"1e3", false, 0},  {"inf", false, 0}, {"0x5", false, 0},
            {"1.2.3", false, 0}, {"", false, 0},     {".", false, 0},   {"5,5", false, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                double value = 0;

                if (config_parse_decimal(text_of(rows[i].text), &value) != rows[i].ok ||
                    value != rows[i].value)
                        fail_msg("\"%s\" gives %g", rows[i].text, value);
        }
}

static void test_attribute_with_colons(void **state)
{
        struct config_attribute attribute = {0};

        (void)state;
        assert_true(config_parse_attribute(text_of(" Link : https://a:8 "), &attribute));
        assert_string_equal(attribute.name, "Link");
        assert_string_equal(attribute.value, "https://a:8");
        free(attribute.name);
        free(attribute.value);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_durations),
            cmocka_unit_test(test_decimals),
            cmocka_unit_test(test_attribute_with_colons),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
