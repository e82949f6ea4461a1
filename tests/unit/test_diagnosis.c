#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/diagnosis.h"

#include <string.h>

#define THUMBPRINT "f707373f253dbf40cb221d548f3c48726a45fff9"

static void what_a_silent_set_means(void **state)
{
        static const struct {
                struct preflight p;
                const char *says;
        } cases[] = {
            {{.get = {PREFLIGHT_ANSWERED, 0, ""}},
             "no answer to set: the certificate " THUMBPRINT " is probably not allowed to send on "
             "/mcafee/service/tie/file/reputation/set (ePO: Server Settings, DXL Topic "
             "Authorization, TIE Server Set Enterprise Reputation); it can take hours to take "
             "effect"},
            {{.get = {PREFLIGHT_BAD, 0, ""}}, "probably not allowed"},
            {{.get = {PREFLIGHT_REFUSED, 5, "busy"}}, "probably not allowed"},
            {{.get = {PREFLIGHT_REFUSED, 0x80000001U, ""}},
             "refused by the fabric: 0x80000001 \"unable to locate service for request\""},
            {{.get = {PREFLIGHT_SILENT, 0, ""}, .registry = {PREFLIGHT_ANSWERED, 0, ""}},
             "no TIE server is registered"},
            {{.get = {PREFLIGHT_SILENT, 0, ""},
              .registry = {PREFLIGHT_ANSWERED, 0, ""},
              .services = {.instances = 1, .set = 1}},
             "within 30 s, to set nor to get, though it is registered"},
            {{.get = {PREFLIGHT_SILENT, 0, ""}, .registry = {PREFLIGHT_SILENT, 0, ""}},
             "to set nor to get: is the service up"},
        };
        char out[DIAGNOSIS_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                diagnosis_silence(&cases[i].p, THUMBPRINT, 30000, out);
                if (!strstr(out, cases[i].says))
                        fail_msg("case %zu: %s", i, out);
        }
        diagnosis_silence(&cases[0].p, THUMBPRINT, 30000, out);
        assert_string_equal(out, cases[0].says);
}

static void what_a_preflight_found(void **state)
{
        static const struct {
                struct preflight p;
                bool good;
                const char *says;
        } cases[] = {
            {{.registry = {PREFLIGHT_ANSWERED, 0, ""},
              .services = {.instances = 2, .set = 2, .get = 2},
              .get = {PREFLIGHT_ANSWERED, 0, ""}},
             true,
             "TIE servers registered: 2, for set: 2, for get: 2; TIE answers a get"},
            {{.registry = {PREFLIGHT_SILENT, 0, ""}, .get = {PREFLIGHT_ANSWERED, 0, ""}},
             true,
             "the broker has no service registry that answers; TIE answers a get"},
            {{.registry = {PREFLIGHT_REFUSED, 0x80000001U, ""}, .get = {PREFLIGHT_ANSWERED, 0, ""}},
             true,
             "the broker's service registry refuses: 0x80000001 \"unable to locate service for "
             "request\"; TIE answers a get"},
            {{.registry = {PREFLIGHT_BAD, 0, ""}, .get = {PREFLIGHT_ANSWERED, 0, ""}},
             true,
             "the broker's service registry answers nonsense; TIE answers a get"},
            {{.registry = {PREFLIGHT_ANSWERED, 0, ""}, .get = {PREFLIGHT_ANSWERED, 0, ""}},
             false,
             "TIE servers registered: 0, for set: 0, for get: 0; TIE answers a get"},
            {{.registry = {PREFLIGHT_ANSWERED, 0, ""},
              .services = {.instances = 1, .set = 1, .get = 1, .set_deaf = 1},
              .get = {PREFLIGHT_ANSWERED, 0, ""}},
             false,
             "TIE servers registered: 1, for set: 1, for get: 1 (some may not receive set by the "
             "topic authorization); TIE answers a get"},
            {{.registry = {PREFLIGHT_SILENT, 0, ""}, .get = {PREFLIGHT_SILENT, 0, ""}},
             false,
             "the broker has no service registry that answers; a get has no answer"},
            {{.get = {PREFLIGHT_REFUSED, 0x80000002U, ""}},
             false,
             "the service registry was not asked; a get is refused: 0x80000002 \"service is "
             "overloaded\""},
            {{.get = {PREFLIGHT_BAD, 0, ""}},
             false,
             "the service registry was not asked; TIE answers a get with what is no reputation"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char out[DIAGNOSIS_MAX];

                diagnosis_preflight(&cases[i].p, out);
                assert_string_equal(out, cases[i].says);
                assert_int_equal(diagnosis_good(&cases[i].p), cases[i].good);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_a_silent_set_means),
            cmocka_unit_test(what_a_preflight_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
