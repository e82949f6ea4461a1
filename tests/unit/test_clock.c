#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"

#include <string.h>
#include <time.h>

static void test_parses(void **state)
{
        static const struct {
                const char *in;
                int64_t s;
        } cases[] = {
            {"1970-01-01 00:00:00", 0},
            {"2026-05-01 10:00:00", 1777629600},
            {" 2026-05-01 10:00:00\n", 1777629600},
            {"2026-05-01T10:00:00Z", 1777629600},
            {"2026-05-01T10:00:00", 1777629600},
            {"2026-05-01T10:00:00.999999Z", 1777629600},
            {"2026-05-01T12:30:00+02:30", 1777629600},
            {"2026-05-01T12:30:00+0230", 1777629600},
            {"2026-05-01T09:00:00.5-01", 1777629600},
            {"2024-02-29 23:59:59", 1709251199},
            {"2000-02-29 00:00:00", 951782400},
            {"1969-12-31 23:59:59", -1},
            {"2100-03-01 00:00:00", 4107542400},
            {"2016-12-31 23:59:60", 1483228800},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                int64_t s = 42;

                assert_true(clock_parse_utc(text_of(cases[i].in), &s));
                assert_int_equal(s, cases[i].s);
        }
}

static void test_refuses(void **state)
{
        static const char *const cases[] = {
            "",
            "2026-05-01",
            "2026-05-01 10:00",
            "2026-13-01 10:00:00",
            "2026-00-01 10:00:00",
            "2026-02-29 10:00:00",
            "1900-02-29 10:00:00",
            "2026-04-31 10:00:00",
            "2026-05-00 10:00:00",
            "2026-05-01 24:00:00",
            "2026-05-01 10:60:00",
            "2026-05-01 10:00:61",
            "2026-05-01 10:00:00 garbage",
            "2026-05-01T10:00:00.Z",
            "2026-05-01T10:00:00Zx",
            "2026-05-01T10:00:00+2",
            "2026-05-01T10:00:00+02:",
            "2026-05-01T10:00:00+25:00",
            "26-05-01 10:00:00",
            "2026/05/01 10:00:00",
            "-026-05-01 10:00:00",
            "0x26-05-01 10:00:00",
        };
        int64_t s = 42;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_false(clock_parse_utc(text_of(cases[i]), &s));
                assert_int_equal(s, 42);
        }
        assert_false(clock_parse_utc((struct text){.ptr = "2026-05-01\0 10:00:00", .len = 20}, &s));
}

static void test_every_cut_is_refused_or_whole(void **state)
{
        static const char whole[] = "2026-05-01T10:00:00";
        int64_t s;

        (void)state;
        for (size_t n = 0; n < strlen(whole); n++)
                assert_false(clock_parse_utc((struct text){.ptr = whole, .len = n}, &s));
        assert_true(clock_parse_utc(text_of(whole), &s));
}

static void test_formats(void **state)
{
        char out[32];
        int64_t s;

        (void)state;
        clock_format_utc(1777629600, out);
        assert_string_equal(out, "2026-05-01T10:00:00Z");
        assert_true(clock_parse_utc(text_of(out), &s));
        assert_int_equal(s, 1777629600);
        clock_format_threatq(1777629600, out);
        assert_string_equal(out, "2026-05-01 10:00:00");
        assert_true(clock_parse_utc(text_of(out), &s));
        assert_int_equal(s, 1777629600);
        clock_format_utc(INT64_MAX, out);
        assert_string_equal(out, "");
}

static void test_clocks_are_the_kernels(void **state)
{
        struct timespec boot, wall;
        char id[37];

        (void)state;
        assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &boot), 0);
        assert_in_range(clock_boot_ms(), boot.tv_sec * 1000, boot.tv_sec * 1000 + 60000);
        assert_int_equal(clock_gettime(CLOCK_REALTIME, &wall), 0);
        assert_in_range(clock_wall_ms(), wall.tv_sec * 1000, wall.tv_sec * 1000 + 60000);
        assert_in_range(clock_wall_s(), wall.tv_sec, wall.tv_sec + 60);
        clock_boot_id(id);
        assert_true(strlen(id) == 36 || id[0] == '\0');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_parses),
            cmocka_unit_test(test_refuses),
            cmocka_unit_test(test_every_cut_is_refused_or_whole),
            cmocka_unit_test(test_formats),
            cmocka_unit_test(test_clocks_are_the_kernels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
