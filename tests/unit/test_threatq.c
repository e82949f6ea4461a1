#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/threatq.h"
#include "tests/unit/tls_server.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define TOKEN(name, life)                                                                          \
        "{\"access_token\":\"" name "\",\"token_type\":\"bearer\",\"expires_in\":" life "}"

struct fixture {
        struct tls_server *server;
        char host[64];
        char password[32];
        struct config_threatq config;
        struct threatq_account *account;
        struct threatq_session *session;
};

static void open_fixture(struct fixture *f, enum config_auth auth)
{
        static char client_id[] = "client id", username[] = "a\"b@example.org", secret[] = "s3cret";
        static char ca_file[64];

        memset(f, 0, sizeof(*f));
        f->server = tls_server_open();
        snprintf(f->host, sizeof(f->host), "https://127.0.0.1:%d", tls_server_port(f->server));
        snprintf(ca_file, sizeof(ca_file), "%s", tls_server_ca_file(f->server));
        strcpy(f->password, "p\\w");
        f->config = (struct config_threatq){
            .host = f->host,
            .auth = auth,
            .client_id = client_id,
            .username = username,
            .password = f->password,
            .client_secret = secret,
            .ca_file = ca_file,
            .verify = true,
        };
        assert_int_equal(threatq_account_open(&f->config, &f->account), 0);
        assert_int_equal(threatq_session_open(f->account, &f->session), 0);
}

static void close_fixture(struct fixture *f)
{
        threatq_session_close(f->session);
        threatq_account_close(f->account);
        tls_server_close(f->server);
}

static enum threatq_answer call(struct fixture *f, struct threatq_result *ret)
{
        const struct threatq_call c = {
            .method = "POST", .path = "/api/x?y=1", .body = "{}", .body_max = 1 << 16};

        return threatq_do(f->session, &c, ret);
}

static void expect_call(struct fixture *f, enum threatq_answer expected)
{
        struct threatq_result result;

        assert_int_equal(call(f, &result), expected);
        assert_true((result.error[0] == '\0') == (expected == THREATQ_OK));
        assert_null(strstr(result.error, "p\\w"));
        assert_null(strstr(result.error, "T1"));
        threatq_result_done(&result);
}

static void test_password_grant(void **state)
{
        struct fixture f;
        const char *asked;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_PASSWORD);
        tls_server_add_json(f.server, 200, TOKEN("T1", "3600"));
        tls_server_add_json(f.server, 200, "{}");
        tls_server_add_json(f.server, 200, "{}");
        expect_call(&f, THREATQ_OK);
        expect_call(&f, THREATQ_OK);
        asked = tls_server_request(f.server, 0);
        assert_non_null(strstr(
            asked, "POST /api/token?grant_type=password&client_id=client%20id HTTP/1.1\r\n"));
        assert_non_null(
            strstr(asked, "\r\n\r\n{\"email\":\"a\\\"b@example.org\",\"password\":\"p\\\\w\"}"));
        asked = tls_server_request(f.server, 1);
        assert_non_null(strstr(asked, "POST /api/x?y=1 HTTP/1.1\r\n"));
        assert_non_null(strstr(asked, "\r\nAuthorization: Bearer T1\r\n"));
        assert_non_null(strstr(asked, "\r\nContent-Type: application/json\r\n"));
        assert_non_null(strstr(asked, "\r\n\r\n{}"));
        assert_int_equal(tls_server_count(f.server), 3);
        assert_int_equal(tls_server_connections(f.server), 1);
        close_fixture(&f);
}

static void test_client_credentials_grant(void **state)
{
        struct fixture f;
        const char *asked;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_CLIENT_CREDENTIALS);
        tls_server_add_json(f.server, 200, TOKEN("T1", "\"3600\""));
        tls_server_add_json(f.server, 200, "{}");
        expect_call(&f, THREATQ_OK);
        asked = tls_server_request(f.server, 0);
        assert_non_null(strstr(asked, "POST /api/token?grant_type=client_credentials HTTP/1.1"));
        assert_non_null(strstr(asked, "\r\nAuthorization: Basic Y2xpZW50IGlkOnMzY3JldA==\r\n"));
        assert_non_null(strstr(asked, "Content-Type: application/x-www-form-urlencoded\r\n"));
        assert_non_null(strstr(asked, "\r\n\r\ngrant_type=client_credentials"));
        close_fixture(&f);
}

static void test_renews_in_time_and_once_on_401(void **state)
{
        struct fixture f;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_PASSWORD);
        /* A token that has no life left serves the one call it was fetched for. */
        tls_server_add_json(f.server, 200, TOKEN("T1", "0"));
        tls_server_add_json(f.server, 200, "{}");
        expect_call(&f, THREATQ_OK);
        tls_server_add_json(f.server, 200, TOKEN("T2", "3600"));
        tls_server_add_json(f.server, 401, "{}");
        tls_server_add_json(f.server, 200, TOKEN("T3", "3600"));
        tls_server_add_json(f.server, 200, "{}");
        expect_call(&f, THREATQ_OK);
        assert_non_null(strstr(tls_server_request(f.server, 5), "Bearer T3\r\n"));
        /* A second 401 in one call ends it. */
        tls_server_add_json(f.server, 401, "{}");
        tls_server_add_json(f.server, 200, TOKEN("T4", "3600"));
        tls_server_add_json(f.server, 401, "{}");
        expect_call(&f, THREATQ_E_LATER);
        assert_int_equal(tls_server_count(f.server), 9);
        close_fixture(&f);
}

static void test_login_answers(void **state)
{
        static const struct {
                int status;
                const char *body;
                enum threatq_answer expected;
        } cases[] = {
            {400, "{\"errors\":[\"bad\"]}", THREATQ_E_LOGIN},
            {401, "{}", THREATQ_E_LOGIN},
            {500, "<html>", THREATQ_E_LATER},
            {429, "", THREATQ_E_LATER},
            {404, "", THREATQ_E_LATER},
            {200, "<html>", THREATQ_E_LATER},
            {200, "{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":1}", THREATQ_E_LATER},
            {302, "", THREATQ_E_LATER},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct fixture f;

                open_fixture(&f, CONFIG_AUTH_PASSWORD);
                tls_server_add_json(f.server, cases[i].status, cases[i].body);
                expect_call(&f, cases[i].expected);
                /* A refusal is not tried again at once: that could lock the user's account. */
                if (cases[i].expected == THREATQ_E_LOGIN)
                        expect_call(&f, THREATQ_E_LOGIN);
                assert_int_equal(tls_server_count(f.server), 1);
                close_fixture(&f);
        }
}

static void test_answers(void **state)
{
        static const struct {
                int status;
                const char *body;
                enum threatq_answer expected;
                const char *error;
        } cases[] = {
            {200, "{\"data\":[]}", THREATQ_OK, ""},
            {201, "{\"data\":[{\"name\":\"x\"}]}", THREATQ_OK, ""},
            {204, "", THREATQ_OK, ""},
            {200, "{\"value\":\"errors\"}", THREATQ_OK, ""},
            {200, "{\"errors\":[\"no\"]}", THREATQ_E_REFUSED,
             "ThreatQ reports an error (HTTP 200): \"no\""},
            {200, "{\"data\":{\"errors\":{\"value\":[\"bad value\"]}}}", THREATQ_E_REFUSED,
             "ThreatQ reports an error (HTTP 200): \"bad value\""},
            {400, "{\"errors\":[\"no\",[\"part\"]]}", THREATQ_E_REFUSED,
             "ThreatQ refuses the request (HTTP 400): \"no\""},
            {422, "{}", THREATQ_E_REFUSED, "ThreatQ refuses the request (HTTP 422)"},
            {403, "", THREATQ_E_FORBIDDEN,
             "ThreatQ forbids this: the user's role does not allow it (HTTP 403)"},
            {404, "", THREATQ_E_GONE, "ThreatQ has no such object (HTTP 404)"},
            {429, "", THREATQ_E_LATER, "ThreatQ asks to come later (HTTP 429)"},
            {500, "<html>", THREATQ_E_LATER, "ThreatQ failed (HTTP 500)"},
            {503, "", THREATQ_E_LATER, "ThreatQ failed (HTTP 503)"},
            {302, "", THREATQ_E_LATER,
             "ThreatQ redirects, which is not followed: is threatq.host right? (HTTP 302)"},
        };
        struct fixture f;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_PASSWORD);
        tls_server_add_json(f.server, 200, TOKEN("T1", "3600"));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct threatq_result result;

                tls_server_add_json(f.server, cases[i].status, cases[i].body);
                assert_int_equal(call(&f, &result), cases[i].expected);
                assert_string_equal(result.error, cases[i].error);
                assert_int_equal(result.status, cases[i].status);
                threatq_result_done(&result);
        }
        close_fixture(&f);
}

static void test_cut_and_cancelled(void **state)
{
        struct fixture f;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_PASSWORD);
        tls_server_add_json(f.server, 200, TOKEN("T1", "3600"));
        tls_server_add(f.server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", true);
        expect_call(&f, THREATQ_E_LATER);
        threatq_session_cancel(f.session);
        expect_call(&f, THREATQ_E_STOPPED);
        close_fixture(&f);
}

static void *call_in_thread(void *userdata)
{
        struct fixture *f = userdata;
        struct threatq_session *session = NULL;
        const struct threatq_call c = {.method = "GET", .path = "/api/x", .body_max = 100};
        struct threatq_result result;
        enum threatq_answer answer = THREATQ_E_STOPPED;

        if (threatq_session_open(f->account, &session) == 0)
                answer = threatq_do(session, &c, &result);
        threatq_result_done(&result);
        threatq_session_close(session);
        return answer == THREATQ_OK ? f : NULL;
}

static void test_threads_share_one_login(void **state)
{
        enum { THREADS = 8 };
        pthread_t threads[THREADS];
        struct fixture f;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_PASSWORD);
        tls_server_add_json(f.server, 200, TOKEN("T1", "3600"));
        for (int i = 0; i < THREADS; i++)
                tls_server_add_json(f.server, 200, "{}");
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, call_in_thread, &f), 0);
        for (int i = 0; i < THREADS; i++) {
                void *good = NULL;

                pthread_join(threads[i], &good);
                assert_ptr_equal(good, &f);
        }
        assert_int_equal(tls_server_count(f.server), 1 + THREADS);
        close_fixture(&f);
}

static void test_a_dry_run_writes_nothing(void **state)
{
        static const struct {
                const char *method, *path;
                bool passes;
        } cases[] = {
            {"GET", "/api/indicators/7/attributes", true},
            {"POST", "/api/indicators/query?limit=10", true},
            {"POST", "/api/indicators/7/attributes", false},
            {"POST", "/api/indicators", false},
            {"PUT", "/api/indicators/7/attributes/8", false},
            {"DELETE", "/api/indicators/7/attributes/8", false},
            {"PATCH", "/api/indicators/query", false},
        };
        struct fixture f;

        (void)state;
        open_fixture(&f, CONFIG_AUTH_PASSWORD);
        threatq_session_close(f.session);
        threatq_account_close(f.account);
        f.config.dry_run = true;
        assert_int_equal(threatq_account_open(&f.config, &f.account), 0);
        assert_int_equal(threatq_session_open(f.account, &f.session), 0);
        tls_server_add_json(f.server, 200, TOKEN("T1", "3600"));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct threatq_call c = {
                    .method = cases[i].method, .path = cases[i].path, .body_max = 1 << 16};
                struct threatq_result result;

                if (cases[i].passes)
                        tls_server_add_json(f.server, 200, "{}");
                assert_int_equal(threatq_do(f.session, &c, &result),
                                 cases[i].passes ? THREATQ_OK : THREATQ_E_LATER);
                if (!cases[i].passes)
                        assert_string_equal(result.error, "dry run: ThreatQ is not written to");
                threatq_result_done(&result);
        }
        assert_int_equal(tls_server_count(f.server), 3); /* the log-in, and those that passed */
        close_fixture(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_password_grant),
            cmocka_unit_test(test_client_credentials_grant),
            cmocka_unit_test(test_renews_in_time_and_once_on_401),
            cmocka_unit_test(test_login_answers),
            cmocka_unit_test(test_answers),
            cmocka_unit_test(test_cut_and_cancelled),
            cmocka_unit_test(test_threads_share_one_login),
            cmocka_unit_test(test_a_dry_run_writes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
