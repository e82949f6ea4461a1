#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/proc_options.h"
#include "console/arguments.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 8, TEXT_MAX = 64 };

static int parse(const char *const words[], struct console_options *ret)
{
        static char text[WORDS_MAX + 1][TEXT_MAX];
        char *argv[WORDS_MAX + 2] = {text[0]};
        int argc = 1;

        snprintf(text[0], TEXT_MAX, "tq-trellix-tie");
        for (; words[argc - 1]; argc++) {
                snprintf(text[argc], TEXT_MAX, "%s", words[argc - 1]);
                argv[argc] = text[argc];
        }
        return arguments_parse(argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, ret);
}

static void assert_text(const char *is, const char *wanted)
{
        if (wanted)
                assert_string_equal(is, wanted);
        else
                assert_null(is);
}

static void test_good(void **state)
{
        static const char *const standard = PROC_CONFIG_DEFAULT;
        static const struct {
                const char *words[WORDS_MAX];
                struct console_options options;
        } cases[] = {
            {{NULL}, {.config = standard, .verbosity = 1}},
            {{"run"}, {.config = standard, .verbosity = 1}},
            {{"status"}, {.command = COMMAND_STATUS, .config = standard, .verbosity = 1}},
            {{"status", "--json"},
             {.command = COMMAND_STATUS, .config = standard, .verbosity = 1, .json = true}},
            {{"--watch", "status"},
             {.command = COMMAND_STATUS, .config = standard, .verbosity = 1, .watch = true}},
            {{"--json", "run"}, {.config = standard, .verbosity = 1, .json = true}},
            {{"-ll", "/var/log/tq_labs/", "-c", "/etc/tq_labs/", "-v3"},
             {.config = "/etc/tq_labs/", .log_dir = "/var/log/tq_labs/", .verbosity = 3}},
            {{"--loglocation", "/l", "--config=/c", "--verbosity", "1"},
             {.config = "/c", .log_dir = "/l", .verbosity = 1}},
            {{"-ll", "/l"}, {.config = standard, .log_dir = "/l", .verbosity = 2}},
            {{"-ll", "stdout"}, {.config = standard, .verbosity = 1}},
            {{"-v", "2"}, {.config = standard, .verbosity = 2}},
            {{"-cn", "emea"}, {.config = standard, .fabric = "emea", .verbosity = 1}},
            {{"--con-name", "emea"}, {.config = standard, .fabric = "emea", .verbosity = 1}},
            {{"--conn-name=emea"}, {.config = standard, .fabric = "emea", .verbosity = 1}},
            {{"-x", "/cache"}, {.config = standard, .cache = "/cache", .verbosity = 1}},
            {{"--cache", "/cache"}, {.config = standard, .cache = "/cache", .verbosity = 1}},
            {{"-dc", "/d"}, {.config = standard, .dxl_config_dir = "/d", .verbosity = 1}},
            {{"--dxl-config-dir", "/d"},
             {.config = standard, .dxl_config_dir = "/d", .verbosity = 1}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct console_options *wanted = &cases[i].options;
                struct console_options is;

                assert_int_equal(parse(cases[i].words, &is), 0);
                assert_int_equal(is.command, wanted->command);
                assert_text(is.config, wanted->config);
                assert_text(is.log_dir, wanted->log_dir);
                assert_text(is.fabric, wanted->fabric);
                assert_text(is.dxl_config_dir, wanted->dxl_config_dir);
                assert_text(is.cache, wanted->cache);
                assert_int_equal(is.verbosity, wanted->verbosity);
                assert_int_equal(is.json, wanted->json);
                assert_int_equal(is.watch, wanted->watch);
        }
}

static void test_bad(void **state)
{
        static const char *const cases[][WORDS_MAX] = {
            {"sweep"},
            {"run", "status"},
            {"-v", "0"},
            {"-v4"},
            {"-v", "x"},
            {"-v33"},
            {"--frobnicate"},
            {"-c"},
            {"-ll"},
            {"-cn"},
            {"run", "--watch"},
            {"--watch"},
            {"-q"},
            {""},
            {"status", "--watch", "--json"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct console_options is = {.verbosity = -1};

                assert_int_not_equal(parse(cases[i], &is), 0);
                assert_int_equal(is.verbosity, -1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
