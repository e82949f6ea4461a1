#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/mp.h"

#include <string.h>

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void test_integers(void **state)
{
        static const struct {
                uint8_t bytes[9];
                size_t len;
                int64_t value;
                bool is_unsigned; /* mp_uint takes it too */
        } cases[] = {
            {{0x00}, 1, 0, true},
            {{0x7f}, 1, 127, true},
            {{0xff}, 1, -1, false},
            {{0xe0}, 1, -32, false},
            {{0xcc, 0xff}, 2, 255, true},
            {{0xcd, 0x01, 0x00}, 3, 256, true},
            {{0xce, 0xff, 0xff, 0xff, 0xff}, 5, UINT32_MAX, true},
            {{0xcf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, INT64_MAX, true},
            {{0xd0, 0x80}, 2, -128, false},
            {{0xd1, 0x80, 0x00}, 3, -32768, false},
            {{0xd2, 0x80, 0x00, 0x00, 0x00}, 5, INT32_MIN, false},
            {{0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0}, 9, INT64_MIN, false},
            {{0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, -1, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct mp mp = mp_of(cases[i].bytes, cases[i].len);

                assert_true(mp_int(&mp) == cases[i].value);
                assert_true(mp_done(&mp));
                mp = mp_of(cases[i].bytes, cases[i].len);
                assert_true(mp_uint(&mp) == (cases[i].is_unsigned ? (uint64_t)cases[i].value : 0));
                assert_int_equal(mp_done(&mp), cases[i].is_unsigned);
                for (size_t cut = 0; cut < cases[i].len; cut++) {
                        mp = mp_of(cases[i].bytes, cut);
                        assert_true(mp_int(&mp) == 0);
                        assert_true(mp.failed);
                }
        }
}

static void test_numbers_out_of_range_fail(void **state)
{
        struct mp mp = mp_of(BYTES(0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0));

        (void)state;
        assert_true(mp_int(&mp) == 0);
        assert_true(mp.failed);
        mp = mp_of(BYTES(0xcc, 11));
        assert_int_equal(mp_uint_max(&mp, 10), 0);
        assert_true(mp.failed);
        mp = mp_of(BYTES(0xcc, 10));
        assert_int_equal(mp_uint_max(&mp, 10), 10);
        assert_true(mp_done(&mp));
}

static void test_arrays(void **state)
{
        static const struct {
                uint8_t bytes[5];
                size_t len;
                uint32_t count;
        } cases[] = {
            {{0x90}, 1, 0},
            {{0x9f}, 1, 15},
            {{0xdc, 0x01, 0x02}, 3, 258},
            {{0xdd, 0xff, 0xff, 0xff, 0xff}, 5, UINT32_MAX},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct mp mp = mp_of(cases[i].bytes, cases[i].len);

                assert_true(mp_array(&mp) == cases[i].count);
                assert_true(mp_done(&mp));
                mp = mp_of(cases[i].bytes, cases[i].len - 1);
                assert_true(mp_array(&mp) == 0);
                assert_true(mp.failed);
        }
}

static void test_fractions(void **state)
{
        static const struct {
                uint8_t bytes[9];
                size_t len;
                bool taken;
                double value;
        } cases[] = {
            {{0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, 9, true, 1.5},
            {{0xca, 0xbf, 0xc0, 0, 0}, 5, true, -1.5},
            {{0x07}, 1, true, 7},
            {{0xfe}, 1, true, -2},
            {{0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0}, 9, false, 0}, /* infinite */
            {{0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0}, 9, false, 0}, /* not a number */
            {{0xca, 0x7f, 0xc0, 0, 0}, 5, false, 0},
            {{0xcb, 0x3f, 0xf8}, 3, false, 0},
            {{0xa1, 'x'}, 2, false, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct mp mp = mp_of(cases[i].bytes, cases[i].len);

                assert_true(mp_number(&mp) == cases[i].value);
                assert_int_equal(mp_done(&mp), cases[i].taken);
        }
}

static void test_texts(void **state)
{
        static const struct {
                uint8_t bytes[8];
                size_t len;
                const char *text; /* NULL: refused */
        } cases[] = {
            {{0xa0}, 1, ""},
            {{0xa2, 'h', 'i'}, 3, "hi"},
            {{0xd9, 2, 'h', 'i'}, 4, "hi"},
            {{0xda, 0, 2, 'h', 'i'}, 5, "hi"},
            {{0xdb, 0, 0, 0, 2, 'h', 'i'}, 7, "hi"},
            {{0xc4, 2, 'h', 'i'}, 4, "hi"},
            {{0xc5, 0, 2, 'h', 'i'}, 5, "hi"},
            {{0xc6, 0, 0, 0, 2, 'h', 'i'}, 7, "hi"},
            {{0xa3, 'h', 'i'}, 3, NULL},                    /* cut */
            {{0xa5, 'h', 'e', 'l', 'l', 'o'}, 6, NULL},     /* over the limit */
            {{0xdb, 0xff, 0xff, 0xff, 0xff, 'h'}, 6, NULL}, /* promises 4 GiB */
            {{0xc0}, 1, NULL},
            {{0x91}, 1, NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct mp mp = mp_of(cases[i].bytes, cases[i].len);
                struct text t = mp_text(&mp, 4);

                assert_int_equal(mp_done(&mp), cases[i].text != NULL);
                assert_true(text_eq_str(t, cases[i].text ? cases[i].text : ""));
        }
}

static void test_truths_and_nil(void **state)
{
        struct mp mp = mp_of(BYTES(0xc3, 0xc2, 0xc0));

        (void)state;
        assert_false(mp_nil(&mp));
        assert_true(mp_bool(&mp));
        assert_false(mp_bool(&mp));
        assert_true(mp_nil(&mp));
        assert_true(mp_done(&mp));
        assert_false(mp_nil(&mp));
        mp = mp_of(BYTES(0x01));
        assert_false(mp_bool(&mp));
        assert_true(mp.failed);
}

/* After a failure nothing is read any more, though the bytes would fit. */
static void test_a_failure_stays(void **state)
{
        struct mp mp = mp_of(BYTES(0xc1, 0x05, 0xc3, 0xc0, 0xa1, 'x'));

        (void)state;
        assert_true(mp_uint(&mp) == 0);
        assert_true(mp_uint(&mp) == 0);
        assert_false(mp_bool(&mp));
        assert_false(mp_nil(&mp));
        assert_int_equal(mp_text(&mp, 9).len, 0);
        assert_false(mp_done(&mp));
}

static void test_nothing_is_nothing(void **state)
{
        struct mp mp = mp_of(NULL, 0);

        (void)state;
        assert_true(mp_done(&mp));
        assert_int_equal(mp_array(&mp), 0);
        assert_true(mp.failed);
}

static void test_what_is_left_over_is_not_done(void **state)
{
        struct mp mp = mp_of(BYTES(0x01, 0x02));

        (void)state;
        assert_true(mp_uint(&mp) == 1);
        assert_false(mp_done(&mp));
        assert_false(mp.failed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_integers),
            cmocka_unit_test(test_numbers_out_of_range_fail),
            cmocka_unit_test(test_arrays),
            cmocka_unit_test(test_fractions),
            cmocka_unit_test(test_texts),
            cmocka_unit_test(test_truths_and_nil),
            cmocka_unit_test(test_a_failure_stays),
            cmocka_unit_test(test_nothing_is_nothing),
            cmocka_unit_test(test_what_is_left_over_is_not_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
