#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct options_alias aliases[] = {
    {"-ll", "--loglocation"},
    {"-cn", "--con-name"},
    {NULL, NULL},
};

static void test_expands(void **state)
{
        static const struct {
                const char *in, *out;
        } cases[] = {
            {"-ll", "--loglocation"}, {"-ll=/var/log", "--loglocation=/var/log"},
            {"-cn", "--con-name"},    {"-l", "-l"},
            {"-llx", "-llx"},         {"--ll", "--ll"},
            {"-v3", "-v3"},           {"", ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char name[] = "-ll", in[64];
                char *argv[] = {name, in, NULL};
                char **out;

                snprintf(in, sizeof(in), "%s", cases[i].in);
                out = options_expand(2, argv, aliases);
                assert_non_null(out);
                assert_string_equal(out[0], "-ll");
                assert_string_equal(out[1], cases[i].out);
                assert_null(out[2]);
                /* Only what has a value of its own is made anew. */
                if (out[1] != in && strchr(out[1], '='))
                        free(out[1]);
                free(out);
        }
}

static void test_leaves_what_follows_two_dashes(void **state)
{
        char name[] = "x", dashes[] = "--", option[] = "-ll";
        char *argv[] = {name, dashes, option, NULL}, **out = options_expand(3, argv, aliases);

        (void)state;
        assert_string_equal(out[1], "--");
        assert_string_equal(out[2], "-ll");
        free(out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_expands),
            cmocka_unit_test(test_leaves_what_follows_two_dashes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
