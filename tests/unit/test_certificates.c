/*
 * The certificates of a fabric, from what was seen to what the report says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/certificates.h"

enum { NOW = 1777636800 /* 2026-05-01T12:00:00Z */, DAY = 24 * 3600 };

static void expect(const json_t *status, const char *want)
{
        json_t *report = certificates_report(status, NOW), *wanted = json_loads(want, 0, NULL);

        assert_non_null(wanted);
        assert_true(json_equal(report, wanted));
        json_decref(report);
        json_decref(wanted);
}

static void from_status_to_report(void **state)
{
        struct dxl_expiries expiries = {.client_s = NOW + 12 * DAY, .broker_s = NOW - 1};
        json_t *status = certificates_status(&expiries);

        (void)state;
        expect(status, "{\"client\":{\"expires_at\":\"2026-05-13T12:00:00Z\",\"days\":12,"
                       "\"state\":\"warning\"},"
                       "\"ca\":{\"expires_at\":null,\"days\":null,\"state\":\"unknown\"},"
                       "\"broker\":{\"expires_at\":\"2026-05-01T11:59:59Z\",\"days\":-1,"
                       "\"state\":\"expired\"}}");
        json_decref(status);
        expect(NULL, "{\"client\":{\"expires_at\":null,\"days\":null,\"state\":\"unknown\"},"
                     "\"ca\":{\"expires_at\":null,\"days\":null,\"state\":\"unknown\"},"
                     "\"broker\":{\"expires_at\":null,\"days\":null,\"state\":\"unknown\"}}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(from_status_to_report)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
