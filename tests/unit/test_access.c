#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/web/access.h"
#include "console/web/address.h"

#include <string.h>

static void test_addresses(void **state)
{
        static const struct {
                const char *text;
                bool valid;
                bool loopback;
        } rows[] = {
            {"127.0.0.1:9117", true, true},
            {"127.8.9.10:1", true, true},
            {"[::1]:9117", true, true},
            {"0.0.0.0:9117", true, false},
            {"192.0.2.7:65535", true, false},
            {"[::]:0", true, false},
            {"[2001:db8::7]:9117", true, false},
            {"[::ffff:127.0.0.1]:9117", true, false},
            {"127.0.0.1", false, false},
            {"127.0.0.1:", false, false},
            {"127.0.0.1:65536", false, false},
            {"127.0.0.1:+1", false, false},
            {"127.0.0.1:9117 ", false, false},
            {"127.1:9117", false, false},
            {"localhost:9117", false, false},
            {"::1:9117", false, false},
            {"[127.0.0.1]:9117", false, false},
            {"[::1:9117", false, false},
            {"[::1]9117", false, false},
            {":9117", false, false},
            {"", false, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct address address = {.len = 77};
                char text[ADDRESS_TEXT_MAX];

                if (address_parse(rows[i].text, &address) != rows[i].valid)
                        fail_msg("%s", rows[i].text);
                if (!rows[i].valid) {
                        assert_int_equal(address.len, 77);
                        continue;
                }
                assert_int_equal(address_is_loopback(&address), rows[i].loopback);
                assert_string_equal(address_text(&address, text), rows[i].text);
        }
}

static void test_host_headers(void **state)
{
        static const char *const ours[] = {"127.0.0.1",    "127.0.0.1:9117", "localhost",
                                           "LocalHost:80", "127.3.2.1:1",    "[::1]",
                                           "[::1]:9117"};
        static const char *const others[] = {
            "",
            "evil.example",
            "evil.example:9117",
            "localhost.evil.example",
            "192.0.2.1",
            "0.0.0.0:9117",
            "127.0.0.1.evil.io",
            "127.0.0.1:9117.evil.io",
            "[::2]:9117",
            "[::1",
            "[::1]x",
            "localhost:",
            "::1",
            ":9117",
            "127.0.0.1@evil.io",
            "2130706433",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
                if (!address_host_is_loopback(ours[i]))
                        fail_msg("%s", ours[i]);
        }
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                if (address_host_is_loopback(others[i]))
                        fail_msg("%s", others[i]);
        }
        assert_false(address_host_is_loopback(NULL));
}

static const char token[] = "0123456789abcdef";

static void test_on_loopback_without_a_token(void **state)
{
        struct access_policy policy;
        struct access_request request = {.method = "GET", .host = "localhost:9117"};

        (void)state;
        assert_int_equal(access_init(&policy, true, NULL), 0);
        assert_int_equal(access_judge(&policy, &request), ACCESS_GRANTED);
        request.method = "HEAD";
        assert_int_equal(access_judge(&policy, &request), ACCESS_GRANTED);
        request.open = true;
        request.host = "evil.example";
        assert_int_equal(access_judge(&policy, &request), ACCESS_HOST);
        request.host = NULL;
        assert_int_equal(access_judge(&policy, &request), ACCESS_HOST);
        request.method = "POST";
        assert_int_equal(access_judge(&policy, &request), ACCESS_METHOD);
        assert_false(access_shows_token(&policy, &request));
}

static void test_with_a_token(void **state)
{
        static const char *const wrong[] = {"Bearer 0123456789abcdeX",
                                            "Bearer 0123456789abcdef0",
                                            "Bearer 0123456789abcde",
                                            "Bearer ",
                                            "Basic 0123456789abcdef",
                                            "0123456789abcdef",
                                            ""};
        struct access_policy policy, other;
        struct access_request request = {.method = "GET", .host = "tie.example"};

        (void)state;
        assert_int_equal(access_init(&policy, false, token), 0);
        assert_int_equal(access_init(&other, false, token), 0);
        assert_int_equal(strlen(policy.session), ACCESS_SESSION_MAX - 1);
        assert_string_not_equal(policy.session, other.session);
        assert_int_equal(access_judge(&policy, &request), ACCESS_TOKEN);
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                request.authorization = wrong[i];
                if (access_judge(&policy, &request) != ACCESS_TOKEN)
                        fail_msg("%s", wrong[i]);
                assert_false(access_shows_token(&policy, &request));
        }
        request.authorization = "bearer 0123456789abcdef";
        assert_int_equal(access_judge(&policy, &request), ACCESS_GRANTED);
        assert_true(access_shows_token(&policy, &request));
        request.authorization = NULL;
        request.session = other.session;
        assert_int_equal(access_judge(&policy, &request), ACCESS_TOKEN);
        request.session = token;
        assert_int_equal(access_judge(&policy, &request), ACCESS_TOKEN);
        request.session = policy.session;
        assert_int_equal(access_judge(&policy, &request), ACCESS_GRANTED);
        request.session = NULL;
        request.open = true;
        assert_int_equal(access_judge(&policy, &request), ACCESS_GRANTED);
}

static void test_fit_tokens(void **state)
{
        (void)state;
        assert_true(access_token_is_fit(token));
        assert_false(access_token_is_fit("0123456789abcde"));
        assert_false(access_token_is_fit("0123456789 abcdef"));
        assert_false(access_token_is_fit("0123456789abcdef\xc3\xa9"));
        assert_false(access_token_is_fit(""));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_addresses),
            cmocka_unit_test(test_host_headers),
            cmocka_unit_test(test_on_loopback_without_a_token),
            cmocka_unit_test(test_with_a_token),
            cmocka_unit_test(test_fit_tokens),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
