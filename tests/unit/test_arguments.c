#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/proc_options.h"
#include "console/arguments.h"
#include "console/commands.h"

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
                const char *command; /* NULL: run */
        } cases[] = {
            {.words = {NULL}, .options = {.config = standard, .verbosity = 1}},
            {.words = {"run"}, .options = {.config = standard, .verbosity = 1}},
            {.words = {"status"},
             .options = {.config = standard, .verbosity = 1},
             .command = "status"},
            {.words = {"status", "--json"},
             .options = {.config = standard, .verbosity = 1, .json = true},
             .command = "status"},
            {.words = {"--json", "status", "--watch"},
             .options = {.config = standard, .verbosity = 1, .json = true},
             .command = "status"},
            {.words = {"-c", "status", "status", "-cn", "run"},
             .options = {.config = "status", .fabric = "run", .verbosity = 1},
             .command = "status"},
            {.words = {"-v2", "run", "-v3", "-c", "/c"},
             .options = {.config = "/c", .verbosity = 3}},
            {.words = {"--json", "run"},
             .options = {.config = standard, .verbosity = 1, .json = true}},
            {.words = {"-ll", "/var/log/tq_labs/", "-c", "/etc/tq_labs/", "-v3"},
             .options = {.config = "/etc/tq_labs/",
                         .log_dir = "/var/log/tq_labs/",
                         .verbosity = 3}},
            {.words = {"--loglocation", "/l", "--config=/c", "--verbosity", "1"},
             .options = {.config = "/c", .log_dir = "/l", .verbosity = 1}},
            {.words = {"-ll", "/l"},
             .options = {.config = standard, .log_dir = "/l", .verbosity = 2}},
            {.words = {"-ll", "stdout"}, .options = {.config = standard, .verbosity = 1}},
            {.words = {"-v", "2"}, .options = {.config = standard, .verbosity = 2}},
            {.words = {"-cn", "emea"},
             .options = {.config = standard, .fabric = "emea", .verbosity = 1}},
            {.words = {"--con-name", "emea"},
             .options = {.config = standard, .fabric = "emea", .verbosity = 1}},
            {.words = {"--conn-name=emea"},
             .options = {.config = standard, .fabric = "emea", .verbosity = 1}},
            {.words = {"-x", "/cache"},
             .options = {.config = standard, .cache = "/cache", .verbosity = 1}},
            {.words = {"--cache", "/cache"},
             .options = {.config = standard, .cache = "/cache", .verbosity = 1}},
            {.words = {"-dc", "/d"},
             .options = {.config = standard, .dxl_config_dir = "/d", .verbosity = 1}},
            {.words = {"--dxl-config-dir", "/d"},
             .options = {.config = standard, .dxl_config_dir = "/d", .verbosity = 1}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct console_options *wanted = &cases[i].options;
                struct console_options is;

                assert_int_equal(parse(cases[i].words, &is), 0);
                assert_ptr_equal(is.command,
                                 commands_find(cases[i].command ? cases[i].command : "run"));
                assert_int_equal(is.own != NULL, is.command->arguments != NULL);
                assert_text(is.config, wanted->config);
                assert_text(is.log_dir, wanted->log_dir);
                assert_text(is.fabric, wanted->fabric);
                assert_text(is.dxl_config_dir, wanted->dxl_config_dir);
                assert_text(is.cache, wanted->cache);
                assert_int_equal(is.verbosity, wanted->verbosity);
                assert_int_equal(is.json, wanted->json);
                arguments_done(&is);
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
            {"--watch", "status"}, /* a command's own options stand after it */
            {"status", "more"},
            {"run", "run"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct console_options is = {.verbosity = -1};

                assert_int_not_equal(parse(cases[i], &is), 0);
                assert_int_equal(is.verbosity, -1);
        }
}

/* Whoever adds a row fills it in, and gives it a name of its own. */
static void test_the_table(void **state)
{
        const struct command *c;

        (void)state;
        assert_string_equal(commands_at(0)->name, "run");
        for (size_t i = 0; (c = commands_at(i)); i++) {
                assert_ptr_equal(commands_find(c->name), c);
                assert_non_null(c->run);
                assert_true(strlen(c->help) > 10);
                assert_true(!c->arguments || (c->arguments->argp && c->arguments->size > 0));
        }
        assert_null(commands_find(""));
        assert_null(commands_find("ru"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_the_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
