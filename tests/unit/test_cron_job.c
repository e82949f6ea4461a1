#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "console/cron_job.h"

#include <stdio.h>
#include <string.h>

#define COMMAND "/usr/bin/tq-trellix-tie -c /etc/tq_labs -v2"
#define OURS "0 */2 * * * tq " COMMAND

static void test_command(void **state)
{
        static const struct {
                const char *words[4];
                const char *command; /* NULL: it cannot be written */
        } cases[] = {
            {{"/usr/bin/x", "-c", "/etc/tq_labs/"}, "/usr/bin/x -c /etc/tq_labs/"},
            {{"/my programs/x", "-v3"}, "'/my programs/x' -v3"},
            {{"x", "it's"}, "x 'it'\\''s'"},
            {{"x", ""}, "x ''"},
            {{"x", "$HOME `id` ; #"}, "x '$HOME `id` ; #'"},
            {{"x", "100%"}, "x '100\\%'"}, /* cron takes the backslash away */
            {{"x", "a\\b"}, "x 'a\\b'"},
            {{"x", "a\\%"}, NULL}, /* and would take this one for the escape */
            {{"x", "a\nb"}, NULL},
            {{"x", "a\tb"}, NULL},
            {{"x", "\x7f"}, NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(freep) char *command = NULL;
                size_t count = 0;

                while (cases[i].words[count])
                        count++;
                command = cron_job_command(cases[i].words, count);
                if (cases[i].command)
                        assert_string_equal(command, cases[i].command);
                else
                        assert_null(command);
        }
}

static void test_edit(void **state)
{
        static const struct {
                const char *old, *text;
                bool enabled;
        } cases[] = {
            {NULL, "#" OURS "\n", false},
            {"", "#" OURS "\n", false},
            {"#" OURS "\n", "#" OURS "\n", false},
            {OURS "\n", OURS "\n", true},
            {OURS, OURS "\n", true},
            /* schedule and command change, how it is switched, the user and other lines do not */
            {"#5 5 * * * root /opt/tq-trellix-tie -v1\n", "#0 */2 * * * root " COMMAND "\n", false},
            {"5 5 * * * root /opt/tq-trellix-tie -v1\n", "0 */2 * * * root " COMMAND "\n", true},
            {"# # @daily root tq-trellix-tie\n", "#0 */2 * * * root " COMMAND "\n", false},
            {"@daily root '/a b/tq-trellix-tie'\n", "0 */2 * * * root " COMMAND "\n", true},
            {"  5 5 * * *\ttq   tq-trellix-tie\r\n", OURS "\n", true},
            {"MAILTO=ops\n\n# ours:\n5 5 * * * tq /opt/tq-trellix-tie\n* * * * * root id\n",
             "MAILTO=ops\n\n# ours:\n" OURS "\n* * * * * root id\n", true},
            {"MAILTO=ops\n", "#" OURS "\nMAILTO=ops\n", false},
            /* a schedule that is wrong does not hide a job that is switched on */
            {"99 5 * * * tq tq-trellix-tie\n", OURS "\n", true},
            /* what an operator put before and after the command */
            {"5 5 * * * tq nice -n 10 /opt/tq-trellix-tie -v1\n",
             "0 */2 * * * tq nice -n 10 " COMMAND "\n", true},
            {"5 5 * * * tq " COMMAND " >/dev/null 2>&1\n", OURS " >/dev/null 2>&1\n", true},
            {"5 5 * * * tq " COMMAND "2\n", OURS "\n", true},
            /* the one that is switched on is meant */
            {"#1 1 * * * tq tq-trellix-tie\n2 2 * * * tq tq-trellix-tie\n",
             "#1 1 * * * tq tq-trellix-tie\n" OURS "\n", true},
            /* no jobs of ours */
            {"# run tq-trellix-tie by hand first\n",
             "#" OURS "\n# run tq-trellix-tie by hand first\n", false},
            {"5 5 * * * tq tq-trellix-tie-prov updateconfig\n",
             "#" OURS "\n5 5 * * * tq tq-trellix-tie-prov updateconfig\n", false},
            {"5 5 * * * tq my-tq-trellix-tie\n", "#" OURS "\n5 5 * * * tq my-tq-trellix-tie\n",
             false},
            {"# * * *\n#\n\n", "#" OURS "\n# * * *\n#\n\n", false},
        };
        const struct cron_job job = {"0 */2 * * *", "tq", COMMAND, NULL};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(freep) char *text = NULL;
                _cleanup_(freep) char *again = NULL;
                bool enabled;

                print_message("%zu: %s\n", i, cases[i].old ? cases[i].old : "");
                assert_int_equal(cron_job_edit(cases[i].old, &job, &text, &enabled), 0);
                assert_string_equal(text, cases[i].text);
                assert_int_equal(enabled, cases[i].enabled);
                assert_int_equal(cron_job_edit(text, &job, &again, &enabled), 0);
                assert_string_equal(again, text);
        }
}

static void test_refused(void **state)
{
        const struct cron_job all = {"0 */2 * * *", "tq", COMMAND, NULL};
        const struct cron_job one = {"0 */2 * * *", "tq", COMMAND " -cn a.b", "a.b"};
        char command[1001];
        const struct cron_job endless = {"0 */2 * * *", "tq", command, NULL};
        char *text = NULL;
        bool enabled;

        (void)state;
        assert_int_equal(cron_job_edit("1 1 * * * tq tq-trellix-tie\n@daily tq tq-trellix-tie\n",
                                       &all, &text, &enabled),
                         CRON_JOB_E_TWO);
        assert_int_equal(cron_job_edit("#" OURS " -cn a_b\n", &one, &text, &enabled),
                         CRON_JOB_E_OTHER);
        assert_int_equal(cron_job_edit("#" OURS " -cn a_b\n", &all, &text, &enabled),
                         CRON_JOB_E_OTHER);
        assert_int_equal(cron_job_edit("#" OURS "\n", &one, &text, &enabled), CRON_JOB_E_OTHER);
        memset(command, 'x', sizeof(command));
        command[sizeof(command) - 1] = '\0';
        assert_int_equal(cron_job_edit(NULL, &endless, &text, &enabled), CRON_JOB_E_LONG);
        assert_null(text);
        command[999] = '\0';
        assert_int_equal(cron_job_edit(NULL, &endless, &text, &enabled), 0);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_command),
            cmocka_unit_test(test_edit),
            cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
