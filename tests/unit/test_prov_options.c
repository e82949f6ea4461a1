/*
 * The command line of tq-trellix-tie-prov: where the files go, by which name, and what is left of
 * the secrets in it. What it refuses is tested with the program itself.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/provision/prov_options.h"

#include <stdio.h>
#include <string.h>

enum { ARGS_MAX = 12, ARG_SIZE = 64 };

/* Arguments that can be written to, as main has them. */
struct line {
        char text[ARGS_MAX][ARG_SIZE];
        char *argv[ARGS_MAX + 1];
        int argc;
};

static void read_line(struct line *line, const char *const args[ARGS_MAX], struct prov_options *ret)
{
        *line = (struct line){.argc = 0};
        for (size_t i = 0; i < ARGS_MAX && args[i]; i++) {
                snprintf(line->text[i], ARG_SIZE, "%s", args[i]);
                line->argv[line->argc++] = line->text[i];
        }
        prov_options_read(line->argc, line->argv, ret);
}

static void folder_and_name(void **state)
{
        (void)state;
        static const struct {
                const char *args[ARGS_MAX];
                const char *folder, *common_name;
        } cases[] = {
            {{"prov", "--epo-ip", "h"}, "/etc/pki/tls/certs/Trellix_dxl_certs", "threatq"},
            {{"prov", "--epo-ip", "h", "-cn", "emea"},
             "/etc/pki/tls/certs/Trellix_dxl_certs/emea",
             "threatq-emea"},
            {{"prov", "--epo-ip", "h", "--conn-name", "emea", "-dc", "/x"},
             "/x/emea",
             "threatq-emea"},
            {{"prov", "--epo-ip", "h", "--con-name=a.b", "--dxl-config-dir=/x"},
             "/x/a.b",
             "threatq-a.b"},
            {{"prov", "generatecsr", "--dxl-config-dir", "/x"}, "/x", "threatq"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct prov_options options;
                struct line line;

                read_line(&line, cases[i].args, &options);
                assert_string_equal(options.folder, cases[i].folder);
                assert_string_equal(options.csr.common_name, cases[i].common_name);
                prov_options_done(&options);
        }
}

static void commands(void **state)
{
        (void)state;
        static const struct {
                const char *word;
                enum prov_command command;
        } cases[] = {
            {NULL, PROV_PROVISION},
            {"provision", PROV_PROVISION},
            {"provisionconfig", PROV_PROVISION},
            {"generatecsr", PROV_GENERATECSR},
            {"updateconfig", PROV_UPDATECONFIG},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                const char *const args[ARGS_MAX] = {"prov", "--epo-ip", "h", cases[i].word};
                struct prov_options options;
                struct line line;

                read_line(&line, args, &options);
                assert_int_equal(options.command, cases[i].command);
                assert_string_equal(options.epo.port, "8443");
                assert_false(options.epo.insecure);
                prov_options_done(&options);
        }
}

static void names_of_the_certificate(void **state)
{
        (void)state;
        const char *const args[ARGS_MAX] = {"prov", "generatecsr", "-s", "a,b c", "--san=*.d"};
        static const char *const wanted[] = {"a", "b", "c", "*.d"};
        struct prov_options options;
        struct line line;

        read_line(&line, args, &options);
        assert_int_equal(options.csr.san_count, 4);
        for (size_t i = 0; i < 4; i++)
                assert_string_equal(options.csr.san[i], wanted[i]);
        prov_options_done(&options);
}

static void no_secret_stays_in_argv(void **state)
{
        (void)state;
        const char *const args[ARGS_MAX] = {"prov",
                                            "--epo-ip",
                                            "h",
                                            "--epo-pass",
                                            "first",
                                            "--epo-pass=s3cret",
                                            "--passphrase=open"};
        struct prov_options options;
        struct line line;

        read_line(&line, args, &options);
        assert_string_equal(options.password, "s3cret");
        assert_string_equal(options.passphrase, "open");
        for (int i = 0; i < line.argc; i++) {
                for (size_t k = 0; k + 4 < ARG_SIZE; k++) {
                        assert_memory_not_equal(line.text[i] + k, "firs", 4);
                        assert_memory_not_equal(line.text[i] + k, "s3cr", 4);
                        assert_memory_not_equal(line.text[i] + k, "open", 4);
                }
        }
        prov_options_done(&options);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(folder_and_name),
            cmocka_unit_test(commands),
            cmocka_unit_test(names_of_the_certificate),
            cmocka_unit_test(no_secret_stays_in_argv),
        };

        return cmocka_run_group_tests_name("prov_options", tests, NULL, NULL);
}
