/*
 * How long a certificate lasts: the edges of a day, of the warning and of its end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/expiry.h"

enum { DAY = 24 * 3600, NOW = 1777636800 /* 2026-05-01T12:00:00Z */ };

static void days_and_levels(void **state)
{
        static const struct {
                int64_t left_s;
                int64_t days;
                enum dxl_expiry level;
                const char *text;
        } cases[] = {
            {400LL * DAY, 400, DXL_EXPIRY_FINE, "expires in 400 days (2027-06-05)"},
            {31 * DAY, 31, DXL_EXPIRY_FINE, "expires in 31 days (2026-06-01)"},
            {31 * DAY - 1, 30, DXL_EXPIRY_SOON, "expires in 30 days (2026-06-01)"},
            {30 * DAY, 30, DXL_EXPIRY_SOON, "expires in 30 days (2026-05-31)"},
            {DAY, 1, DXL_EXPIRY_SOON, "expires in 1 day (2026-05-02)"},
            {DAY - 1, 0, DXL_EXPIRY_SOON, "expires in 0 days (2026-05-02)"},
            {0, 0, DXL_EXPIRY_SOON, "expires in 0 days (2026-05-01)"},
            {-1, -1, DXL_EXPIRY_PAST, "has expired on 2026-05-01"},
            {-DAY, -1, DXL_EXPIRY_PAST, "has expired on 2026-04-30"},
            {-DAY - 1, -2, DXL_EXPIRY_PAST, "has expired on 2026-04-30"},
        };
        char text[DXL_EXPIRY_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                int64_t end = NOW + cases[i].left_s;
                assert_int_equal(dxl_expiry_days(end, NOW), cases[i].days);
                assert_int_equal(dxl_expiry_level(end, NOW), cases[i].level);
                assert_string_equal(dxl_expiry_text(end, NOW, text), cases[i].text);
        }
}

static void names(void **state)
{
        (void)state;
        assert_int_equal(dxl_expiry_level(0, NOW), DXL_EXPIRY_UNKNOWN);
        assert_string_equal(dxl_expiry_name(DXL_EXPIRY_UNKNOWN), "unknown");
        assert_string_equal(dxl_expiry_name(DXL_EXPIRY_FINE), "ok");
        assert_string_equal(dxl_expiry_name(DXL_EXPIRY_SOON), "warning");
        assert_string_equal(dxl_expiry_name(DXL_EXPIRY_PAST), "expired");
        assert_string_equal(dxl_expiry_name((enum dxl_expiry)9), "?");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(days_and_levels),
            cmocka_unit_test(names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
