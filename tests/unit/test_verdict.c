#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/verdict.h"

#include <string.h>

#define THUMBPRINT "f707373f253dbf40cb221d548f3c48726a45fff9"

static void expect(const struct finding *f, enum finding_level level, const char *says)
{
        if (f->level != level || !strstr(f->text, says))
                fail_msg("%s: %s: %s", f->check, finding_level_name(f->level), f->text);
        assert_string_equal(f->subject, "emea");
        assert_int_equal(f->mend[0] == '\0', level == FINDING_OK);
}

static void connections(void **state)
{
        struct dxl_state up = {.connected = true, .broker = "{a} host:8883"};
        struct dxl_state down = {.last_error = "host:8883: Connection refused"};
        struct dxl_state nothing = {0};
        struct finding f;

        (void)state;
        verdict_connection(&f, "emea", &up, 15000);
        expect(&f, FINDING_OK, "connected to {a} host:8883");
        verdict_connection(&f, "emea", &down, 15000);
        expect(&f, FINDING_FAILED, "within 15 s: host:8883: Connection refused");
        verdict_connection(&f, "emea", &nothing, 15000);
        expect(&f, FINDING_FAILED, "within 15 s: no answer");
}

static void registries(void **state)
{
        static const struct {
                struct preflight p;
                enum finding_level level;
                const char *says;
        } cases[] = {
            {{.registry = {PREFLIGHT_ANSWERED, 0, ""},
              .services = {.instances = 1, .set = 1, .get = 1}},
             FINDING_OK,
             "registered: 1"},
            {{.registry = {PREFLIGHT_ANSWERED, 0, ""}}, FINDING_FAILED, "registered: 0"},
            {{.registry = {PREFLIGHT_ANSWERED, 0, ""},
              .services = {.instances = 1, .set = 1, .get = 1, .set_deaf = 1}},
             FINDING_FAILED,
             "topic authorization"},
            {{.registry = {PREFLIGHT_SILENT, 0, ""}}, FINDING_WARNING, "no service registry"},
            {{.registry = {PREFLIGHT_REFUSED, 0x80000001U, ""}}, FINDING_WARNING, "0x80000001"},
            {{.registry = {PREFLIGHT_BAD, 0, ""}}, FINDING_WARNING, "nonsense"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct finding f;

                verdict_registry(&f, "emea", &cases[i].p);
                expect(&f, cases[i].level, cases[i].says);
        }
}

static void gets(void **state)
{
        struct preflight good = {.get = {PREFLIGHT_ANSWERED, 0, ""}};
        struct preflight silent = {.get = {PREFLIGHT_SILENT, 0, ""}};
        struct finding f;

        (void)state;
        verdict_get(&f, "emea", &good, THUMBPRINT);
        expect(&f, FINDING_OK, "TIE answers a get");
        verdict_get(&f, "emea", &silent, THUMBPRINT);
        expect(&f, FINDING_FAILED, "no answer");
        assert_non_null(strstr(f.mend, THUMBPRINT));
}

static void sets_by_the_status_of_the_running_publisher(void **state)
{
        static const struct {
                const char *status;
                enum finding_level level;
                const char *says;
        } cases[] = {
            {NULL, FINDING_OK, "not tried"},
            {"no json", FINDING_OK, "not tried"},
            {"[]", FINDING_OK, "not tried"},
            {"{\"breaker\":{\"state\":\"closed\"},\"last_error\":\"\"}", FINDING_OK, "not tried"},
            {"{\"breaker\":{\"state\":\"closed\"},\"last_error\":\"odd\"}", FINDING_WARNING,
             "last error: odd"},
            {"{\"breaker\":{\"state\":\"open\"},\"last_error\":\"silent\"}", FINDING_FAILED,
             "silent"},
            {"{\"breaker\":{\"state\":\"paused\"}}", FINDING_FAILED, "no answer to set"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct finding f;

                verdict_set(&f, "emea", cases[i].status, THUMBPRINT);
                expect(&f, cases[i].level, cases[i].says);
        }
}

static void certificates_that_end(void **state)
{
        enum { NOW = 1777636800, DAY = 24 * 3600 };
        struct finding f;

        (void)state;
        assert_false(verdict_certificate(&f, "emea", "client-certificate", "x", 0, NOW));
        assert_true(verdict_certificate(&f, "emea", "client-certificate", "the client certificate",
                                        NOW + 31 * DAY, NOW));
        expect(&f, FINDING_OK, "the client certificate expires in 31 days (2026-06-01)");
        assert_true(verdict_certificate(&f, "emea", "ca-certificate", "a CA", NOW + 30 * DAY, NOW));
        expect(&f, FINDING_WARNING, "a CA expires in 30 days");
        assert_true(verdict_certificate(&f, "emea", "broker-certificate", "{b}", NOW - 1, NOW));
        expect(&f, FINDING_FAILED, "{b} has expired on 2026-05-01");
        assert_non_null(strstr(f.mend, "the broker's"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(connections),
            cmocka_unit_test(registries),
            cmocka_unit_test(gets),
            cmocka_unit_test(certificates_that_end),
            cmocka_unit_test(sets_by_the_status_of_the_running_publisher),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
