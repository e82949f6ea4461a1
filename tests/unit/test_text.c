#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static const struct {
        const char *a, *b;
        bool eq, eq_nocase;
} pairs[] = {
    {"", "", true, true},
    {"abc", "abc", true, true},
    {"abc", "ABC", false, true},
    {"abc", "abd", false, false},
    {"abc", "ab", false, false},
    {"", "a", false, false},
    {"A-Z@[", "a-z@[", false, true},
    {"@", "`", false, false},
    {"\xc3\x84", "\xc3\xa4", false, false},
};

static void test_compares(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
                struct text a = text_of(pairs[i].a), b = text_of(pairs[i].b);

                assert_int_equal(text_eq(a, b), pairs[i].eq);
                assert_int_equal(text_eq_str(a, pairs[i].b), pairs[i].eq);
                assert_int_equal(text_eq_nocase(a, b), pairs[i].eq_nocase);
                assert_int_equal(text_eq_nocase(b, a), pairs[i].eq_nocase);
        }
}

static void test_holds_any_bytes(void **state)
{
        struct text a = {.ptr = "a\0b", .len = 3}, b = {.ptr = "a\0c", .len = 3};

        (void)state;
        assert_false(text_eq(a, b));
        assert_false(text_eq_nocase(a, b));
        assert_false(text_eq_str(a, "a"));
}

static void test_empty_without_pointer(void **state)
{
        struct text none = text_of(NULL);
        char out[4] = "xxx";
        char *copy = text_dup(none);

        (void)state;
        assert_int_equal(none.len, 0);
        assert_true(text_eq(none, text_of("")));
        assert_true(text_eq_nocase(none, text_of("")));
        assert_int_equal(text_trim(none).len, 0);
        assert_string_equal(copy, "");
        assert_true(text_copy(none, out, sizeof(out)));
        assert_string_equal(out, "");
        free(copy);
}

static void test_trims(void **state)
{
        static const struct {
                const char *in, *out;
        } cases[] = {
            {"", ""},
            {"   ", ""},
            {"a", "a"},
            {" a b ", "a b"},
            {"\t\r\n\v\fa\n", "a"},
            {"\xa0"
             "a",
             "\xa0"
             "a"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_true(text_eq_str(text_trim(text_of(cases[i].in)), cases[i].out));
}

static void test_ports(void **state)
{
        static const char *const none[] = {"",   "0",  "65536", "99999", "123456", "-1",
                                           "+1", "1 ", " 1",    "0x1",   "1e3",    "a"};
        uint16_t port = 7;

        (void)state;
        for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
                assert_false(text_port(text_of(none[i]), &port));
        assert_int_equal(port, 7);
        assert_true(text_port(text_of("1"), &port));
        assert_int_equal(port, 1);
        assert_true(text_port(text_of("65535"), &port));
        assert_int_equal(port, 65535);
}

static void test_copies(void **state)
{
        char out[4];
        char *copy = text_dup((struct text){.ptr = "abcdef", .len = 3});

        (void)state;
        assert_string_equal(copy, "abc");
        free(copy);
        assert_true(text_copy(text_of("abc"), out, sizeof(out)));
        assert_string_equal(out, "abc");
        assert_false(text_copy(text_of("abcd"), out, sizeof(out)));
        assert_string_equal(out, "abc");
        assert_false(text_copy(text_of("a"), out, 1));
        assert_string_equal(out, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_compares),
            cmocka_unit_test(test_holds_any_bytes),
            cmocka_unit_test(test_empty_without_pointer),
            cmocka_unit_test(test_trims),
            cmocka_unit_test(test_ports),
            cmocka_unit_test(test_copies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
