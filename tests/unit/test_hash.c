#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/hash.h"

#include <string.h>

#define MD5_HEX "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1_HEX "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct {
        enum hash_type type;
        size_t size;
        const char *name, *tie, *hex;
} types[] = {
    {HASH_MD5, 16, "MD5", "md5", MD5_HEX},
    {HASH_SHA1, 20, "SHA-1", "sha1", SHA1_HEX},
    {HASH_SHA256, 32, "SHA-256", "sha256", SHA256_HEX},
};

static void test_types(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                assert_int_equal(hash_size(types[i].type), types[i].size);
                assert_string_equal(hash_type_name(types[i].type), types[i].name);
                assert_string_equal(hash_type_tie_name(types[i].type), types[i].tie);
                assert_int_equal(hash_type_of_name(text_of(types[i].name)), types[i].type);
        }
        assert_int_equal(hash_type_of_name(text_of("sha-256")), HASH_SHA256);
        assert_int_equal(hash_type_of_name(text_of("SHA-384")), HASH_NONE);
        assert_int_equal(hash_type_of_name(text_of("none")), HASH_NONE);
        assert_int_equal(hash_type_of_name(text_of("")), HASH_NONE);
        assert_int_equal(hash_size(HASH_NONE), 0);
        assert_string_equal(hash_type_name(HASH_NONE), "none");
}

static void test_round_trip(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                char upper[HASH_MAX_HEX + 1], out[HASH_MAX_HEX + 1];
                struct hash a, b;

                assert_true(hash_parse(types[i].type, text_of(types[i].hex), &a));
                hash_format(&a, out);
                assert_string_equal(out, types[i].hex);
                for (size_t c = 0; c <= strlen(out); c++)
                        upper[c] = out[c] >= 'a' && out[c] <= 'f' ? (char)(out[c] - 32) : out[c];
                assert_true(hash_parse(types[i].type, text_of(upper), &b));
                assert_true(hash_eq(&a, &b));
        }
}

static void test_refuses(void **state)
{
        static const struct {
                enum hash_type type;
                const char *hex;
        } cases[] = {
            {HASH_NONE, ""},
            {HASH_NONE, MD5_HEX},
            {HASH_MD5, ""},
            {HASH_MD5, SHA1_HEX},
            {HASH_SHA1, MD5_HEX},
            {HASH_MD5, "d41d8cd98f00b204e9800998ecf8427"},
            {HASH_MD5, "d41d8cd98f00b204e9800998ecf8427eX"},
            {HASH_MD5, "d41d8cd98f00b204e9800998ecf8427g"},
            {HASH_MD5, "g41d8cd98f00b204e9800998ecf8427e"},
            {HASH_MD5, " 41d8cd98f00b204e9800998ecf8427e"},
            {HASH_MD5, "0xd41d8cd98f00b204e9800998ecf842"},
            {HASH_MD5, "d41d8cd98f00b204e9800998ecf842\xc3\xa4"},
        };
        struct hash untouched = {.type = HASH_SHA1, .bytes = {1, 2, 3}}, h = untouched;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_false(hash_parse(cases[i].type, text_of(cases[i].hex), &h));
                assert_memory_equal(&h, &untouched, sizeof(h));
        }
}

static void test_equality_needs_type_and_bytes(void **state)
{
        struct hash a, b;

        (void)state;
        assert_true(hash_parse(HASH_MD5, text_of(MD5_HEX), &a));
        b = a;
        assert_true(hash_eq(&a, &b));
        b.bytes[15] ^= 1;
        assert_false(hash_eq(&a, &b));
        b = a;
        b.type = HASH_SHA1;
        assert_false(hash_eq(&a, &b));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_types),
            cmocka_unit_test(test_round_trip),
            cmocka_unit_test(test_refuses),
            cmocka_unit_test(test_equality_needs_type_and_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
