#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/fetch.h"
#include "tests/unit/tls_server.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define TOKEN "{\"access_token\":\"T1\",\"expires_in\":3600}"

struct fixture {
        struct tls_server *server;
        char host[64], ca_file[64];
        struct config_fabric fabric;
        struct config config;
        struct fetch *fetch;
};

static void open_fixture(struct fixture *f)
{
        static char name[] = "emea", user[] = "u", password[] = "p", client[] = "c";

        memset(f, 0, sizeof(*f));
        f->server = tls_server_open();
        snprintf(f->host, sizeof(f->host), "https://127.0.0.1:%d", tls_server_port(f->server));
        snprintf(f->ca_file, sizeof(f->ca_file), "%s", tls_server_ca_file(f->server));
        f->fabric.name = name;
        f->fabric.selection.days = 30;
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
        assert_int_equal(fetch_open(&f->config, NULL, &f->fetch), 0);
}

static void close_fixture(struct fixture *f)
{
        fetch_close(f->fetch);
        tls_server_close(f->server);
}

static void begin(struct fixture *f, int64_t patience_ms)
{
        struct fetch_job job = {
            .query = {.targets = 1, .started_at = 1777629600, .since = -1},
            .patience_ms = patience_ms,
        };

        paging_init(&job.paging, 2);
        fetch_begin(f->fetch, &job);
}

/* The next event, waited for. */
static void expect(struct fixture *f, enum fetch_what what, struct fetch_event *ret)
{
        while (!fetch_next(f->fetch, ret)) {
                struct pollfd p = {.fd = fetch_fd(f->fetch), .events = POLLIN};

                assert_int_equal(poll(&p, 1, 20000), 1);
        }
        assert_int_equal(ret->what, what);
}

static void expect_page(struct fixture *f, uint32_t rows, uint64_t last_id)
{
        struct fetch_event event;

        expect(f, FETCH_PAGE, &event);
        assert_int_equal(event.page.rows, rows);
        assert_int_equal(event.page.fresh, rows);
        assert_int_equal(event.page.after.last_id, last_id);
        msgpack_sbuffer_destroy(&event.page.packed);
}

static void test_pages_to_the_end(void **state)
{
        struct fixture f;
        struct fetch_event event;

        (void)state;
        open_fixture(&f);
        tls_server_add_json(f.server, 200, TOKEN);
        tls_server_add_json(
            f.server, 200,
            "{\"total\":3,\"data\":[{\"id\":1},{\"id\":2}],\"nextCursorMark\":\"A\"}");
        tls_server_add_json(
            f.server, 200,
            "{\"total\":3,\"data\":[{\"id\":3},{\"x\":1}],\"nextCursorMark\":\"B\"}");
        tls_server_add_json(f.server, 200, "{\"total\":3,\"data\":[],\"nextCursorMark\":\"B\"}");
        begin(&f, 0);
        expect_page(&f, 2, 2);
        expect_page(&f, 1, 3);
        expect(&f, FETCH_END, &event);
        assert_int_equal(fetch_bad_rows(f.fetch), 1);
        assert_non_null(strstr(tls_server_request(f.server, 1), "cursorMark=%2A"));
        assert_non_null(strstr(tls_server_request(f.server, 2), "cursorMark=A"));
        assert_non_null(strstr(tls_server_request(f.server, 3), "cursorMark=B"));
        assert_int_equal(tls_server_count(f.server), 4);
        close_fixture(&f);
}

/* A server that refuses cursors is asked by offset; a refusal of that is the end. */
static void test_refusals(void **state)
{
        struct fixture f;
        struct fetch_event event;

        (void)state;
        open_fixture(&f);
        tls_server_add_json(f.server, 200, TOKEN);
        tls_server_add_json(f.server, 400, "{}");
        tls_server_add_json(f.server, 200, "{\"data\":[{\"id\":1},{\"id\":2}]}");
        tls_server_add_json(f.server, 422, "{\"errors\":[\"no\"]}");
        begin(&f, -1);
        expect_page(&f, 2, 2);
        expect(&f, FETCH_FAILED, &event);
        assert_string_equal(event.error, "ThreatQ refuses the request (HTTP 422): \"no\"");
        assert_non_null(strstr(tls_server_request(f.server, 2), "offset=0"));
        assert_non_null(strstr(tls_server_request(f.server, 3), "offset=1"));
        close_fixture(&f);
}

static void test_fails_at_once_or_after_patience(void **state)
{
        static const struct {
                int login, status;
                const char *error;
        } cases[] = {
            {401, 0,
             "ThreatQ refuses the log-in (HTTP 401): check threatq.client_id and threatq.username "
             "and its password"},
            {200, 403, "ThreatQ forbids this: the user's role does not allow it (HTTP 403)"},
            {200, 503, "ThreatQ failed (HTTP 503)"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct fixture f;
                struct fetch_event event;
                char trouble[256];

                open_fixture(&f);
                tls_server_add_json(f.server, cases[i].login, TOKEN);
                tls_server_add_json(f.server, cases[i].status, "");
                begin(&f, 0);
                expect(&f, FETCH_FAILED, &event);
                assert_string_equal(event.error, cases[i].error);
                fetch_trouble(f.fetch, trouble);
                assert_string_equal(trouble, cases[i].error);
                close_fixture(&f);
        }
}

/* Nothing of a job that was given up comes after the next has begun. */
static void test_replaced_job(void **state)
{
        struct fixture f;

        (void)state;
        open_fixture(&f);
        tls_server_add_json(f.server, 200, TOKEN);
        for (int i = 0; i < FETCH_AHEAD; i++) {
                char page[128];

                snprintf(page, sizeof(page),
                         "{\"data\":[{\"id\":%d},{\"id\":%d}],\"nextCursorMark\":\"c%d\"}",
                         10 * i + 1, 10 * i + 2, i);
                tls_server_add_json(f.server, 200, page);
        }
        /* A connection that breaks keeps the old job from another page. */
        tls_server_add(f.server, "", true);
        begin(&f, -1);
        expect_page(&f, 2, 2);
        fetch_abort(f.fetch);
        tls_server_add_json(f.server, 200, "{\"data\":[{\"id\":77}],\"nextCursorMark\":\"z\"}");
        for (int i = 0; i < 3; i++)
                tls_server_add_json(f.server, 200,
                                    "{\"data\":[{\"id\":77}],\"nextCursorMark\":\"z\"}");
        begin(&f, -1);
        expect_page(&f, 1, 77);
        close_fixture(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_pages_to_the_end),
            cmocka_unit_test(test_refusals),
            cmocka_unit_test(test_fails_at_once_or_after_patience),
            cmocka_unit_test(test_replaced_job),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
