#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/zap.h"

#include <string.h>
#include <zmq.h>

static const char known[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char other[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

static void test_verdicts(void **state)
{
        static const struct {
                const char *what;
                const char *version, *domain, *mechanism, *key;
                size_t key_len, count;
                enum zap_verdict verdict;
        } cases[] = {
            {"known", "1.0", ZAP_DOMAIN, "CURVE", known, 32, 7, ZAP_LET_IN},
            {"known, not the first", "1.0", ZAP_DOMAIN, "CURVE", other, 32, 7, ZAP_LET_IN},
            {"a stranger", "1.0", ZAP_DOMAIN, "CURVE", NULL, 32, 7, ZAP_STRANGER},
            {"no key", "1.0", ZAP_DOMAIN, "CURVE", known, 0, 7, ZAP_MALFORMED},
            {"half a key", "1.0", ZAP_DOMAIN, "CURVE", known, 31, 7, ZAP_MALFORMED},
            {"too long a key", "1.0", ZAP_DOMAIN, "CURVE", known, 33, 7, ZAP_MALFORMED},
            {"plain text", "1.0", ZAP_DOMAIN, "NULL", known, 32, 6, ZAP_MALFORMED},
            {"plain text with a key", "1.0", ZAP_DOMAIN, "NULL", known, 32, 7, ZAP_MALFORMED},
            {"a password", "1.0", ZAP_DOMAIN, "PLAIN", known, 32, 8, ZAP_MALFORMED},
            {"another domain", "1.0", "", "CURVE", known, 32, 7, ZAP_MALFORMED},
            {"another version", "2.0", ZAP_DOMAIN, "CURVE", known, 32, 7, ZAP_MALFORMED},
            {"one frame", "1.0", ZAP_DOMAIN, "CURVE", known, 32, 1, ZAP_MALFORMED},
        };
        static const char *const allowed[] = {known, other, NULL};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *text = cases[i].key ? cases[i].key : other;
                char key[CURVE_KEY_SIZE] = "";
                uint8_t bytes[CURVE_KEY_BYTES + 1] = {0};
                struct text frames[8] = {
                    text_of(cases[i].version),
                    text_of("1"),
                    text_of(cases[i].domain),
                    text_of("127.0.0.1"),
                    text_of(""),
                    text_of(cases[i].mechanism),
                    {(const char *)bytes, cases[i].key_len},
                    text_of(""),
                };

                assert_non_null(zmq_z85_decode(bytes, text));
                if (!cases[i].key)
                        bytes[0] ^= 1;
                if (zap_judge(frames, cases[i].count, allowed, key) != cases[i].verdict)
                        fail_msg("%s", cases[i].what);
                if (cases[i].verdict == ZAP_STRANGER)
                        assert_int_equal(strlen(key), CURVE_KEY_CHARS);
        }
}

static void test_nobody_is_allowed(void **state)
{
        static const char *const allowed[] = {NULL};
        uint8_t bytes[CURVE_KEY_BYTES];
        char key[CURVE_KEY_SIZE];
        struct text frames[ZAP_FRAMES] = {
            text_of("1.0"),
            text_of("1"),
            text_of(ZAP_DOMAIN),
            text_of("::1"),
            text_of(""),
            text_of("CURVE"),
            {(const char *)bytes, sizeof(bytes)},
        };

        (void)state;
        assert_non_null(zmq_z85_decode(bytes, known));
        assert_int_equal(zap_judge(frames, ZAP_FRAMES, allowed, key), ZAP_STRANGER);
        assert_string_equal(key, known);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_verdicts),
            cmocka_unit_test(test_nobody_is_allowed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
