#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/ask.h"
#include "tests/unit/tls_server.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "{\"access_token\":\"T1\",\"expires_in\":3600}"

struct fixture {
        struct tls_server *server;
        char host[64], ca_file[64];
        struct config_fabric fabric;
        struct config config;
        struct ask *ask;
};

static void open_fixture(struct fixture *f)
{
        static char name[] = "emea", user[] = "u", password[] = "p", client[] = "c";

        memset(f, 0, sizeof(*f));
        f->server = tls_server_open();
        snprintf(f->host, sizeof(f->host), "https://127.0.0.1:%d", tls_server_port(f->server));
        snprintf(f->ca_file, sizeof(f->ca_file), "%s", tls_server_ca_file(f->server));
        f->fabric.name = name;
        f->config.fabrics = &f->fabric;
        f->config.fabric_count = 1;
        f->config.threatq = (struct config_threatq){
            .host = f->host,
            .auth = CONFIG_AUTH_PASSWORD,
            .client_id = client,
            .username = user,
            .password = password,
            .ca_file = f->ca_file,
            .verify = true,
        };
        assert_int_equal(ask_open(&f->config, &f->ask), 0);
        tls_server_add_json(f->server, 200, TOKEN);
}

static void close_fixture(struct fixture *f)
{
        ask_close(f->ask);
        tls_server_close(f->server);
}

static enum ask_answer ask(struct fixture *f, struct indicator_page *page,
                           struct ask_failure *failure)
{
        const struct paging_request request = {.cursor = "*", .limit = 2};

        return ask_page(f->ask, &(struct ask_search){.body = "{\"filters\":{}}"}, &request, page,
                        failure);
}

static void test_answers(void **state)
{
        static const struct {
                const char *answer; /* its head and body */
                bool cut;
                enum ask_answer expected;
                int64_t retry_after_ms;
                const char *error;
        } cases[] = {
            {"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"data\":[{\"id\":12}]}", false, ASK_OK,
             -1, ""},
            {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"data\":[{\"id\":12}]}", true,
             ASK_SMALLER, -1, "ThreatQ: transfer closed with 70 bytes remaining to read"},
            {"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"data\":[{\"id\":12}]", false,
             ASK_SMALLER, -1, "ThreatQ's page: the answer is no valid JSON"},
            {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", false, ASK_SMALLER, -1,
             "ThreatQ's page: the answer is no valid JSON"},
            {"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"errors\":[\"bad\"]}", false,
             ASK_LATER, -1, "ThreatQ reports an error: \"bad\""},
            {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", false, ASK_SMALLER, -1,
             "ThreatQ failed (HTTP 500)"},
            {"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", false, ASK_LATER, -1,
             "ThreatQ failed (HTTP 503)"},
            {"HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n", false, ASK_SMALLER, -1,
             "ThreatQ failed (HTTP 504)"},
            {"HTTP/1.1 429 No\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", false, ASK_LATER,
             3000, "ThreatQ asks to come later (HTTP 429)"},
            {"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n", false, ASK_REFUSED, -1,
             "ThreatQ refuses the request (HTTP 400)"},
            {"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", false, ASK_FAILED, -1,
             "ThreatQ forbids this: the user's role does not allow it (HTTP 403)"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct fixture f;
                struct indicator_page page;
                struct ask_failure failure;

                open_fixture(&f);
                tls_server_add(f.server, cases[i].answer, cases[i].cut);
                assert_int_equal(ask(&f, &page, &failure), cases[i].expected);
                if (cases[i].error[0])
                        assert_string_equal(failure.error, cases[i].error);
                if (cases[i].expected == ASK_OK)
                        assert_int_equal(page.rows, 1);
                else
                        assert_int_equal(failure.retry_after_ms, cases[i].retry_after_ms);
                close_fixture(&f);
        }
}

static void test_request(void **state)
{
        const struct paging_request by_offset = {.offset = 40, .limit = 20};
        struct fixture f;
        struct indicator_page page;
        struct ask_failure failure;
        const char *asked;

        (void)state;
        open_fixture(&f);
        tls_server_add_json(f.server, 200, "{\"data\":[]}");
        tls_server_add_json(f.server, 200, "{\"data\":[]}");
        assert_int_equal(ask(&f, &page, &failure), ASK_OK);
        assert_int_equal(
            ask_page(f.ask, &(struct ask_search){.body = "{}"}, &by_offset, &page, &failure),
            ASK_OK);
        asked = tls_server_request(f.server, 1);
        assert_non_null(strstr(
            asked, "POST /api/indicators/query?sort=id&limit=2&cursorMark=%2A HTTP/1.1\r\n"));
        assert_non_null(strstr(asked, "\r\n\r\n{\"filters\":{}}"));
        asked = tls_server_request(f.server, 2);
        assert_non_null(
            strstr(asked, "POST /api/indicators/query?sort=id&limit=20&offset=40 HTTP/1.1\r\n"));
        close_fixture(&f);
}

/* Rows that name type and status by id only: the names are learnt, and the page asked again. */
static void test_learns_names(void **state)
{
        static const char by_id[] = "{\"data\":[{\"id\":1,\"type_id\":12,\"status_id\":1}]}";
        struct fixture f;
        struct indicator_page page;
        struct ask_failure failure;
        struct wire_list rows;
        struct wire_row row;

        (void)state;
        open_fixture(&f);
        tls_server_add_json(f.server, 200, by_id);
        tls_server_add_json(f.server, 200, "{\"data\":[{\"id\":12,\"name\":\"MD5\"}]}");
        tls_server_add_json(f.server, 200, "{\"data\":[{\"id\":1,\"name\":\"Active\"}]}");
        tls_server_add_json(f.server, 200, by_id);
        tls_server_add_json(f.server, 200, by_id);
        assert_int_equal(ask(&f, &page, &failure), ASK_OK);
        rows = (struct wire_list){.ptr = page.packed, .len = page.packed_len, .count = page.rows};
        assert_true(wire_next_row(&rows, &row));
        assert_int_equal(row.type, HASH_MD5);
        assert_true(text_eq_str(row.status, "Active"));
        assert_int_equal(ask(&f, &page, &failure), ASK_OK);
        assert_int_equal(tls_server_count(f.server), 6);
        close_fixture(&f);
}

/* Without the names such rows are no page. */
static void test_names_refused(void **state)
{
        struct fixture f;
        struct indicator_page page;
        struct ask_failure failure;

        (void)state;
        open_fixture(&f);
        tls_server_add_json(f.server, 200, "{\"data\":[{\"id\":1,\"type_id\":12}]}");
        tls_server_add_json(f.server, 404, "{}");
        assert_int_equal(ask(&f, &page, &failure), ASK_FAILED);
        close_fixture(&f);
}

static void test_cancel(void **state)
{
        struct fixture f;
        struct indicator_page page;
        struct ask_failure failure;

        (void)state;
        open_fixture(&f);
        ask_cancel(f.ask);
        assert_int_equal(ask(&f, &page, &failure), ASK_STOPPED);
        close_fixture(&f);
}

/* By its id: its row stands alone in `data`, and that there is none is an answer too. */
static void test_one_indicator(void **state)
{
        static const struct {
                const char *answer;
                enum ask_answer expected;
                uint32_t rows;
        } cases[] = {
            {"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"data\":{\"id\":12}}", ASK_OK, 1},
            {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", ASK_OK, 0},
            {"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", ASK_FAILED, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct indicator_page page = {.rows = 9};
                struct ask_failure failure;
                struct fixture f;

                open_fixture(&f);
                tls_server_add(f.server, cases[i].answer, false);
                assert_int_equal(ask_page(f.ask, &(struct ask_search){.id = 12},
                                          &(struct paging_request){.limit = 2}, &page, &failure),
                                 cases[i].expected);
                if (cases[i].expected == ASK_OK)
                        assert_int_equal(page.rows, cases[i].rows);
                close_fixture(&f);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_indicator), cmocka_unit_test(test_answers),
            cmocka_unit_test(test_request),       cmocka_unit_test(test_learns_names),
            cmocka_unit_test(test_names_refused), cmocka_unit_test(test_cancel),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
