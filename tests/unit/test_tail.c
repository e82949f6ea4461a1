#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/tail.h"

#include <stdio.h>
#include <string.h>

enum { ALL_MAX = 100 };

static void gather_line(const char *line, void *userdata)
{
        char *all = userdata;
        size_t used = strlen(all);

        snprintf(all + used, ALL_MAX - used, "%s|", line);
}

/* Whatever the pieces, the lines are the same. */
static void test_lines_from_pieces(void **state)
{
        static const char text[] = "one\n\ntwo \x1b[2Jx\nthree";

        (void)state;
        for (size_t piece = 1; piece <= sizeof(text); piece++) {
                struct tail tail = {0};
                char all[ALL_MAX] = "";

                for (size_t at = 0; at < strlen(text); at += piece) {
                        size_t left = strlen(text) - at;

                        tail_take(&tail, text + at, left < piece ? left : piece, gather_line, all);
                }
                assert_string_equal(all, "one|two  [2Jx|");
                assert_string_equal(tail.last, "two  [2Jx");
                tail_end(&tail, gather_line, all);
                assert_string_equal(all, "one|two  [2Jx|three|");
                assert_string_equal(tail.last, "three");
        }
}

static void test_a_long_line_is_cut(void **state)
{
        struct tail tail = {0};

        (void)state;
        for (int i = 0; i < 3 * TAIL_LINE_MAX; i++)
                tail_take(&tail, "x", 1, NULL, NULL);
        tail_take(&tail, "\n", 1, NULL, NULL);
        assert_int_equal(strlen(tail.last), TAIL_LINE_MAX - 1);
}

static void test_plain(void **state)
{
        static const struct {
                const char *line, *plain;
        } cases[] = {
            {"2026-05-01T10:00:00.123Z publisher[emea] error no such file", "no such file"},
            {"2026-05-01T10:00:00.123Z fetcher warn slow ms=4", "slow ms=4"},
            {"2026-05-01T10:00:00.123Z fetcher shout slow",
             "2026-05-01T10:00:00.123Z fetcher shout slow"},
            {"2026-05-01T10:00:00.123Z", "2026-05-01T10:00:00.123Z"},
            {"tie-fetcher: unrecognized option", "tie-fetcher: unrecognized option"},
            {"", ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(tail_plain(cases[i].line), cases[i].plain);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_lines_from_pieces),
            cmocka_unit_test(test_a_long_line_is_cut),
            cmocka_unit_test(test_plain),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
