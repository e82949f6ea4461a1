#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/curve.h"

#include <string.h>

/* Of https://rfc.zeromq.org/spec/26/'s reference, zmq_curve_keypair(3). */
static const char public_key[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char secret_key[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

static void test_public_half(void **state)
{
        char found[CURVE_KEY_SIZE];

        (void)state;
        assert_true(curve_public(secret_key, found));
        assert_string_equal(found, public_key);
        assert_false(curve_public("short", found));
}

static void test_what_is_a_key(void **state)
{
        static const struct {
                const char *text;
                bool ok;
        } cases[] = {
            {public_key, true},
            {secret_key, true},
            {"", false},
            {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI", false},
            {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hIDD", false},
            {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hIDYne@$", false},
            {"Yne@ w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", false},
            {"Yne@\"w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", false},
            {"#####w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", false}, /* above 2^32 */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (curve_is_key(cases[i].text) != cases[i].ok)
                        fail_msg("'%s'", cases[i].text);
        }
}

static void test_a_new_pair(void **state)
{
        char a[CURVE_KEY_SIZE], b[CURVE_KEY_SIZE], c[CURVE_KEY_SIZE], d[CURVE_KEY_SIZE],
            found[CURVE_KEY_SIZE];

        (void)state;
        assert_int_equal(curve_pair(a, b), 0);
        assert_int_equal(curve_pair(c, d), 0);
        assert_true(curve_public(b, found));
        assert_string_equal(found, a);
        assert_string_not_equal(b, d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_public_half),
            cmocka_unit_test(test_what_is_a_key),
            cmocka_unit_test(test_a_new_pair),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
