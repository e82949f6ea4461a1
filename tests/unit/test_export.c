#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/export.h"

static void since_is_a_duration_or_a_date(void **state)
{
        static const int64_t now = 1777629600; /* 2026-05-01T10:00:00Z */
        static const struct {
                const char *text;
                bool good;
                int64_t since;
        } cases[] = {
            {"36h", true, now - 36 * 3600},
            {"7d", true, now - 7 * 86400},
            {"90", true, now - 90},
            {"2026-05-01", true, now - 10 * 3600},
            {"2026-05-01T09:59:00Z", true, now - 60},
            {"2026-05-01 09:59:00", true, now - 60},
            {"2026-13-01", false, 0},
            {"yesterday", false, 0},
            {"", false, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                int64_t since = 0;

                assert_int_equal(export_since(cases[i].text, now, &since), cases[i].good);
                assert_int_equal(since, cases[i].since);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(since_is_a_duration_or_a_date),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
