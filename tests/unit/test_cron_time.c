#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/cron_time.h"

#include <stdio.h>
#include <string.h>

static void test_good(void **state)
{
        static const struct {
                const char *schedule;
                const char *text; /* NULL: as it is */
                bool often;
        } cases[] = {
            {"0 */2 * * *", NULL, false},
            {"  0\t*/2   * * * ", "0 */2 * * *", false},
            {"* * * * *", NULL, true},
            {"*/15 * * * *", NULL, true},
            {"0,30 4 * * *", NULL, true},
            {"*/60 * * * *", NULL, false},
            {"59 23 31 12 7", NULL, false},
            {"0 0 1 1 0", NULL, false},
            {"5 1-5,7,9-21/4 1,15 jan,MAR-may mon-FRI,Sun", NULL, false},
            {"0 0 * * 5-7", NULL, false},
            {"00 06 01 02 *", NULL, false},
            {"0 0 29 2 *", NULL, false},
            {"0 0 31 2 1", NULL, false}, /* on Mondays in February */
            {"0 0 30,31 2,3 *", NULL, false},
            {"@hourly", NULL, false},
            {" @daily ", "@daily", false},
            {"@midnight", NULL, false},
            {"@weekly", NULL, false},
            {"@monthly", NULL, false},
            {"@yearly", NULL, false},
            {"@annually", NULL, false},
            {"@reboot", NULL, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char fault[CRON_TIME_FAULT_MAX] = "";
                struct cron_time t;

                print_message("\"%s\"\n", cases[i].schedule);
                assert_true(cron_time_parse(cases[i].schedule, &t, fault));
                assert_string_equal(t.text, cases[i].text ? cases[i].text : cases[i].schedule);
                assert_int_equal(t.often, cases[i].often);
        }
}

static void test_bad(void **state)
{
        static const struct {
                const char *schedule;
                const char *said; /* which field, and what */
        } cases[] = {
            {"", "0 fields"},
            {"0", "1 field,"},
            {"* * * *", "4 fields"},
            {"0 0 * * * root", "6 fields"},
            {"@fortnightly", "1 field,"},
            {"@hourly @hourly", "2 fields"},
            {"60 * * * *", "the minute '60' is not in 0–59"},
            {"0 24 * * *", "the hour '24' is not in 0–23"},
            {"0 0 0 * *", "the day of the month '0' is not in 1–31"},
            {"0 0 32 * *", "the day of the month '32'"},
            {"0 0 * 13 *", "the month '13' is not in 1–12"},
            {"0 0 * 0 *", "the month '0'"},
            {"0 0 * * 8", "the day of the week '8' is not in 0–7"},
            {"99999999999999999999 * * * *", "is not in 0–59"},
            {"-1 * * * *", "the minute '-1' lacks a number"},
            {"1- * * * *", "lacks a number"},
            {"1, * * * *", "lacks a number"},
            {",1 * * * *", "lacks a number"},
            {"5-1 * * * *", "ends before it begins"},
            {"0 0 * * fri-sun", "Sunday is 0 and 7"},
            {"*/0 * * * *", "a step that is none"},
            {"*/ * * * *", "a step that is none"},
            {"*/61 * * * *", "a step larger than 0–59"},
            {"0 5/2 * * *", "write 5-23/2"},
            {"0 8-10/4 * * *", "larger than 8–10"},
            {"1-2-3 * * * *", "cannot be read from '-3' on"},
            {"**  * * * *", "cannot be read from '*' on"},
            {"1a * * * *", "cannot be read from 'a' on"},
            {"jan * * * *", "the minute 'jan' is written in numbers"},
            {"0 0 * janu *", "no name 'janu'"},
            {"0 0 * * mo", "no name 'mo'"},
            {"0 0 * mon *", "no name 'mon'"},
            {"0 0 31 2 *", "never comes"},
            {"0 0 30-31 feb *", "never comes"},
            {"0 0 31 2,4,6,9,11 *", "never comes"},
            {"0 0 ? * *", "'?'"},
            {"0 0 L * *", "numbers"},
            {"0~9 * * * *", "'~'"},
            {"0 0 * * 1#2", "'#'"},
            {"0 0 * * *%", "'%'"},
            {"0 0 * * *\n", "in one line"},
            {"0 0 * * *\n* * * * * root id", "in one line"},
            {"0 0 * *\v*", "in one line"},
            {"\xd9\xa1 0 * * *", "in one line"},
        };
        char longest[300];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char fault[CRON_TIME_FAULT_MAX] = "";
                struct cron_time t = {.text = "untouched"};

                print_message("\"%s\"\n", cases[i].schedule);
                assert_false(cron_time_parse(cases[i].schedule, &t, fault));
                assert_non_null(strstr(fault, cases[i].said));
                assert_string_equal(t.text, "untouched");
        }
        memset(longest, '1', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        assert_false(cron_time_parse(longest, &(struct cron_time){.often = false},
                                     (char[CRON_TIME_FAULT_MAX]){0}));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
