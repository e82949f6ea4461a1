/*
 * What is said to a CONNECT proxy, what it answers, and its URL for paho.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/proxy.h"

#include <errno.h>
#include <string.h>

static void requests(void **state)
{
        char out[DXL_PROXY_TEXT_MAX];
        struct dxl_proxy p = {.host = (char[]){"proxy"}, .port = 3128};
        const char *plain = "CONNECT broker.example.com:443 HTTP/1.1\r\n"
                            "Host: broker.example.com:443\r\n\r\n";
        const char *v6 = "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
                         "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";

        (void)state;
        assert_int_equal(dxl_proxy_request(&p, "broker.example.com", 443, out), strlen(plain));
        assert_string_equal(out, plain);
        p.user = (char[]){"Aladdin"};
        p.password = (char[]){"open sesame"}; /* the example of RFC 7617 */
        assert_int_equal(dxl_proxy_request(&p, "2001:db8::1", 443, out), strlen(v6));
        assert_string_equal(out, v6);
}

static void too_long(void **state)
{
        char out[DXL_PROXY_TEXT_MAX], user[DXL_PROXY_FIELD_MAX + 1];
        char host[DXL_PROXY_TEXT_MAX + 1];
        struct dxl_proxy p = {.host = (char[]){"proxy"}, .port = 1, .user = user, .password = user};

        (void)state;
        memset(user, '%', sizeof(user) - 1);
        user[sizeof(user) - 1] = '\0';
        memset(host, 'h', sizeof(host) - 1);
        host[sizeof(host) - 1] = '\0';
        assert_true(dxl_proxy_request(&p, "h", 1, out) > 0);
        assert_true(dxl_proxy_url(&p, out)); /* the longest that the configuration takes */
        assert_int_equal(dxl_proxy_request(&p, host, 1, out), 0);
        p.user = p.password = host;
        assert_int_equal(dxl_proxy_request(&p, "h", 1, out), 0);
        assert_false(dxl_proxy_url(&p, out));
        p.user = NULL;
        p.host = host;
        assert_false(dxl_proxy_url(&p, out));
}

static void answers(void **state)
{
        static const struct {
                const char *head;
                int rc;
                const char *says;
        } cases[] = {
            {"HTTP/1.0 200 Connection established\r\nProxy-agent: x\r\n\r\n", 0, ""},
            {"HTTP/1.1 204\r\n\r\n", 0, ""},
            {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", -ECONNREFUSED,
             "\"407 Proxy Authentication Required\"; correct User and Password"},
            {"HTTP/1.0 401 Unauthorized\r\n\r\n", -ECONNREFUSED, "[Proxy]"},
            {"HTTP/1.1 403 Access violation\r\n\r\n", -ECONNREFUSED, "allow CONNECT"},
            {"HTTP/1.1 20", -EPROTO, "does not answer as an HTTP proxy"},
            {"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n", -EPROTO, "does not answer as an HTTP proxy"},
            {"HTTP/1.1 abc\r\n\r\n", -EPROTO, "does not answer as an HTTP proxy"},
            {"", -EPROTO, "does not answer as an HTTP proxy"},
        };
        char why[200];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                why[0] = '\0';
                assert_int_equal(dxl_proxy_verdict(text_of(cases[i].head), why, sizeof(why)),
                                 cases[i].rc);
                if (!strstr(why, cases[i].says))
                        fail_msg("case %zu: %s", i, why);
        }
}

/* Cut at every length, the head is only whole with its empty line. */
static void heads(void **state)
{
        struct text all = text_of("HTTP/1.1 200 OK\r\nA: b\r\n\r\n\x16\x03");

        (void)state;
        for (size_t len = 0; len <= all.len; len++)
                assert_int_equal(dxl_proxy_head((struct text){all.ptr, len}),
                                 len < all.len - 2 ? 0 : all.len - 2);
}

static void urls(void **state)
{
        const struct {
                struct dxl_proxy proxy;
                const char *url;
        } cases[] = {
            {{.host = (char[]){"proxy"}, .port = 3128}, "proxy:3128"},
            {{.host = (char[]){"::1"}, .port = 1}, "[::1]:1"},
            {{.host = (char[]){"p"}, .port = 1, .user = (char[]){"u"}}, "u:@p:1"},
            {{.host = (char[]){"p"},
              .port = 1,
              .user = (char[]){"a@b:c"},
              .password = (char[]){"p%/ \xc3\xa9"}},
             "a%40b%3Ac:p%25%2F%20%C3%A9@p:1"},
        };
        char out[DXL_PROXY_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                assert_true(dxl_proxy_url(&cases[i].proxy, out));
                assert_string_equal(out, cases[i].url);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(requests), cmocka_unit_test(too_long), cmocka_unit_test(answers),
            cmocka_unit_test(heads),    cmocka_unit_test(urls),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
