#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/http.h"
#include "tests/unit/tls_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct fixture {
        struct tls_server *server;
        struct http *http;
        char url[64];
};

static void open_fixture(struct fixture *f, bool trusted)
{
        f->server = tls_server_open();
        assert_int_equal(http_open(trusted ? tls_server_ca_file(f->server) : NULL, true, &f->http),
                         0);
        snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%d/x", tls_server_port(f->server));
}

static void close_fixture(struct fixture *f)
{
        http_close(f->http);
        tls_server_close(f->server);
}

static struct http_request get(const struct fixture *f)
{
        return (struct http_request){.method = "GET", .url = f->url, .body_max = 1000};
}

/* Each answer, as bytes, and what becomes of it. */
static void test_answers(void **state)
{
        static const struct {
                const char *answer;
                bool cut;
                int r;
                int status;
                const char *body;
                int64_t retry_after_ms;
        } cases[] = {
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false, 0, 200, "{}", -1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", true, -ECONNRESET, 0, "", 0},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", false, 0,
             200, "{}", -1},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", true, -ECONNRESET,
             0, "", 0},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", true, -ECONNRESET, 0,
             "", 0},
            {"", true, -ECONNRESET, 0, "", 0},
            {"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", false, 0, 429, "",
             7000},
            {"HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\n<html>", false, 0, 500, "<html>", -1},
            {"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
             false, 0, 302, "", -1},
            {"HTTP/1.1 204 No Content\r\n\r\n", false, 0, 204, "", -1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct fixture f;
                struct http_request request;
                struct http_response response = {0};

                open_fixture(&f, true);
                request = get(&f);
                tls_server_add(f.server, cases[i].answer, cases[i].cut);
                assert_int_equal(http_do(f.http, &request, &response), cases[i].r);
                if (cases[i].r == 0) {
                        assert_int_equal(response.status, cases[i].status);
                        assert_string_equal(response.body ? response.body : "", cases[i].body);
                        assert_int_equal(response.retry_after_ms, cases[i].retry_after_ms);
                } else {
                        assert_true(http_error(f.http)[0] != '\0');
                }
                http_response_done(&response);
                close_fixture(&f);
        }
}

static void test_methods_share_a_connection(void **state)
{
        static const char *const headers[] = {"X-Test: yes", NULL};
        static const struct {
                const char *method, *body, *first_line, *tail;
        } cases[] = {
            {"GET", NULL, "GET /x HTTP/1.1\r\n", "\r\n\r\n"},
            {"POST", "{\"a\":1}", "POST /x HTTP/1.1\r\n", "\r\n\r\n{\"a\":1}"},
            {"PUT", "{}", "PUT /x HTTP/1.1\r\n", "\r\n\r\n{}"},
            {"DELETE", NULL, "DELETE /x HTTP/1.1\r\n", "\r\n\r\n"},
            {"POST", NULL, "POST /x HTTP/1.1\r\n", "\r\n\r\n"},
        };
        struct fixture f;

        (void)state;
        open_fixture(&f, true);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct http_request request = get(&f);
                struct http_response response = {0};
                const char *asked, *tail = cases[i].tail;

                request.method = cases[i].method;
                request.body = cases[i].body;
                request.body_len = cases[i].body ? strlen(cases[i].body) : 0;
                request.headers = headers;
                request.user_password = "user:secret";
                tls_server_add_json(f.server, 200, "{}");
                assert_int_equal(http_do(f.http, &request, &response), 0);
                http_response_done(&response);
                asked = tls_server_request(f.server, i);
                assert_true(strncmp(asked, cases[i].first_line, strlen(cases[i].first_line)) == 0);
                assert_non_null(strstr(asked, "\r\nX-Test: yes\r\n"));
                assert_non_null(strstr(asked, "\r\nAccept-Encoding: gzip\r\n"));
                assert_non_null(strstr(asked, "\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
                assert_null(strstr(asked, "Expect:"));
                assert_string_equal(asked + strlen(asked) - strlen(tail), tail);
        }
        assert_int_equal(tls_server_connections(f.server), 1);
        close_fixture(&f);
}

struct taken {
        char text[64];
        int fail;
};

static int take(const void *data, size_t len, void *userdata)
{
        struct taken *t = userdata;

        strncat(t->text, data, len);
        return t->fail;
}

static void test_streams_only_good_bodies(void **state)
{
        struct fixture f;
        struct taken t = {0};
        struct http_request request;
        struct http_response response = {0};

        (void)state;
        open_fixture(&f, true);
        request = get(&f);
        request.on_body = take;
        request.userdata = &t;
        tls_server_add_json(f.server, 200, "{\"a\":1}");
        tls_server_add_json(f.server, 500, "broken");
        tls_server_add_json(f.server, 200, "more");
        assert_int_equal(http_do(f.http, &request, &response), 0);
        assert_string_equal(t.text, "{\"a\":1}");
        assert_null(response.body);
        http_response_done(&response);
        assert_int_equal(http_do(f.http, &request, &response), 0);
        assert_string_equal(t.text, "{\"a\":1}");
        assert_string_equal(response.body, "broken");
        http_response_done(&response);
        t.fail = -EBADMSG;
        assert_int_equal(http_do(f.http, &request, &response), -EBADMSG);
        close_fixture(&f);
}

static void test_tells_the_servers_clock(void **state)
{
        static const struct {
                const char *date;
                int64_t expected;
        } cases[] = {
            {"Date: Fri, 01 May 2026 10:00:00 GMT\r\n", 1777629600},
            {"Date: soon\r\n", 0},
            {"", 0},
        };
        struct fixture f;

        (void)state;
        open_fixture(&f, true);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct http_request request = get(&f);
                struct http_response response = {0};
                char answer[128];

                snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n%sContent-Length: 0\r\n\r\n",
                         cases[i].date);
                tls_server_add(f.server, answer, false);
                assert_int_equal(http_do(f.http, &request, &response), 0);
                assert_int_equal(response.date, cases[i].expected);
                http_response_done(&response);
        }
        close_fixture(&f);
}

static void test_bounds_the_body(void **state)
{
        struct fixture f;
        struct http_request request;
        struct http_response response = {0};

        (void)state;
        open_fixture(&f, true);
        request = get(&f);
        request.body_max = 4;
        tls_server_add_json(f.server, 200, "1234");
        tls_server_add_json(f.server, 200, "12345");
        assert_int_equal(http_do(f.http, &request, &response), 0);
        http_response_done(&response);
        assert_int_equal(http_do(f.http, &request, &response), -EFBIG);
        close_fixture(&f);
}

static void test_refuses_what_it_cannot_trust(void **state)
{
        struct fixture f;
        struct http_request request;
        struct http_response response = {0};
        struct http *unverified = NULL;

        (void)state;
        open_fixture(&f, false);
        request = get(&f);
        tls_server_add_json(f.server, 200, "{}");
        assert_int_equal(http_do(f.http, &request, &response), -EKEYREJECTED);
        assert_int_equal(http_open(NULL, false, &unverified), 0);
        assert_int_equal(http_do(unverified, &request, &response), 0);
        http_response_done(&response);
        http_close(unverified);
        request.url = "http://127.0.0.1:1/";
        assert_int_equal(http_do(f.http, &request, &response), -EINVAL);
        request.url = "https://127.0.0.1:1/";
        assert_int_equal(http_do(f.http, &request, &response), -EHOSTUNREACH);
        close_fixture(&f);
}

static void test_cancel(void **state)
{
        struct fixture f;
        struct http_request request;
        struct http_response response = {0};

        (void)state;
        open_fixture(&f, true);
        request = get(&f);
        http_cancel(f.http);
        assert_int_equal(http_do(f.http, &request, &response), -ECANCELED);
        close_fixture(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_answers),
            cmocka_unit_test(test_methods_share_a_connection),
            cmocka_unit_test(test_streams_only_good_bodies),
            cmocka_unit_test(test_tells_the_servers_clock),
            cmocka_unit_test(test_bounds_the_body),
            cmocka_unit_test(test_refuses_what_it_cannot_trust),
            cmocka_unit_test(test_cancel),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
