/*
 * The fabric against a real broker (mosquitto, TLS, client certificates) on a free port, with a
 * responder in the place of a service: answers, silence, garbage, a broker that dies, one
 * that stands still, certificates that are refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "publisher/dxl/fabric.h"
#include "publisher/dxl/tie.h"
#include "tests/unit/dxl_broker.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct dxl_folder folder;
static struct dxl_broker_rig rig;

static int set_up(void **state)
{
        (void)state;
        dxl_folder_open(&folder);
        rig.folder = &folder;
        dxl_broker_open(&rig);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        dxl_broker_close(&rig);
        dxl_folder_close(&folder);
        return 0;
}

static struct dxl_fabric *open_fabric(unsigned window, int64_t timeout_ms)
{
        char path[DXL_FOLDER_PATH_MAX + 64], *error = NULL;
        struct dxl_options options = {.config_path =
                                          dxl_folder_file(&folder, "dxlclient.config", path),
                                      .window = window,
                                      .request_timeout_ms = timeout_ms};
        struct dxl_fabric *f;
        if (dxl_fabric_open(&options, NULL, &f, &error) < 0)
                fail_msg("%s", error);
        return f;
}

/* Waits for the fabric's eventfd; completions stay where they are. */
static void await(struct dxl_fabric *f, int64_t until)
{
        int64_t left = until - clock_boot_ms();
        if (left <= 0)
                fail_msg("nothing happened for too long");
        struct pollfd p = {.fd = dxl_fabric_fd(f), .events = POLLIN};
        poll(&p, 1, (int)left);
}

static void await_connected(struct dxl_fabric *f, bool connected)
{
        struct dxl_state s;
        struct dxl_completion none;
        for (int64_t until = clock_boot_ms() + DXL_BROKER_LONG_MS;;) {
                dxl_fabric_state(f, &s);
                if (s.connected == connected)
                        return;
                await(f, until);
                assert_false(dxl_fabric_next(f, &none));
        }
}

static struct dxl_completion next(struct dxl_fabric *f)
{
        struct dxl_completion c;
        int64_t until = clock_boot_ms() + DXL_BROKER_LONG_MS;
        while (!dxl_fabric_next(f, &c))
                await(f, until);
        return c;
}

static void ask(struct dxl_fabric *f, uint64_t tag, const char *payload)
{
        assert_int_equal(dxl_fabric_request(f, tag, "/test/service", payload, strlen(payload)), 0);
}

static void answers(void **state)
{
        (void)state;
        struct dxl_fabric *f = open_fabric(8, 5000);
        await_connected(f, true);
        ask(f, 1, "hello");
        struct dxl_completion c = next(f);
        assert_int_equal(c.tag, 1);
        assert_int_equal(c.result, DXL_ANSWERED);
        assert_int_equal(c.payload_len, 5);
        assert_memory_equal(c.payload, "hello", 5);
        free(c.payload);
        ask(f, 2, "");
        c = next(f);
        assert_int_equal(c.result, DXL_ANSWERED);
        assert_null(c.payload);
        ask(f, 3, "error");
        c = next(f);
        assert_int_equal(c.result, DXL_ERROR);
        assert_true(c.error_code == 0x80000001U);
        assert_string_equal(c.error_text, "unable to locate service for request");
        ask(f, 4, "twice");
        free(next(f).payload);
        ask(f, 5, "after"); /* comes after the second answer to 4 */
        c = next(f);
        assert_int_equal(c.tag, 5);
        free(c.payload);
        struct dxl_state s;
        dxl_fabric_state(f, &s);
        assert_int_equal(s.sent, 5);
        assert_int_equal(s.answered, 5);
        assert_int_equal(s.stray, 1);
        assert_int_equal(s.connections, 1);
        assert_non_null(strstr(s.broker, "{b1} localhost:"));
        dxl_fabric_close(f);
}

static void silence_and_garbage(void **state)
{
        (void)state;
        struct dxl_fabric *f = open_fabric(8, 200);
        await_connected(f, true);
        ask(f, 1, "silence");
        ask(f, 2, "garbage");
        unsigned seen = 0;
        for (unsigned i = 0; i < 2; i++) {
                struct dxl_completion c = next(f);
                assert_int_equal(c.result, DXL_TIMEOUT);
                seen |= 1U << c.tag;
        }
        assert_int_equal(seen, 6);
        ask(f, 3, "hello"); /* the broker lives: the connection is still the first */
        struct dxl_completion c = next(f);
        assert_int_equal(c.result, DXL_ANSWERED);
        free(c.payload);
        struct dxl_state s;
        dxl_fabric_state(f, &s);
        assert_int_equal(s.garbage, 1);
        assert_int_equal(s.connections, 1);
        dxl_fabric_close(f);
}

/* Many requests through a small window, each answered with its own payload. */
static void pipelined(void **state)
{
        (void)state;
        enum { WINDOW = 16, REQUESTS = 5000 };
        struct dxl_fabric *f = open_fabric(WINDOW, 10000);
        await_connected(f, true);
        static bool seen[REQUESTS];
        char text[32];
        uint64_t sent = 0;
        for (unsigned done = 0; done < REQUESTS; done++) {
                while (sent < REQUESTS) {
                        snprintf(text, sizeof(text), "request %llu", (unsigned long long)sent);
                        int rc = dxl_fabric_request(f, sent, "/test/service", text, strlen(text));
                        if (rc == DXL_E_FULL)
                                break;
                        assert_int_equal(rc, 0);
                        sent++;
                }
                assert_true(sent - done <= 2 * WINDOW);
                struct dxl_completion c = next(f);
                snprintf(text, sizeof(text), "request %llu", (unsigned long long)c.tag);
                assert_int_equal(c.result, DXL_ANSWERED);
                assert_int_equal(c.payload_len, strlen(text));
                assert_memory_equal(c.payload, text, strlen(text));
                assert_false(seen[c.tag]);
                seen[c.tag] = true;
                free(c.payload);
        }
        dxl_fabric_close(f);
}

/* What is in flight fails at once, what comes while it is down never leaves, and it comes back. */
static void broker_dies(void **state)
{
        (void)state;
        struct dxl_fabric *f = open_fabric(4, 15000);
        await_connected(f, true);
        struct dxl_state s;
        for (uint64_t i = 0; i < 4; i++)
                ask(f, i, "silence");
        do {
                poll(NULL, 0, 1);
                dxl_fabric_state(f, &s);
        } while (s.sent < 4);
        int64_t start = clock_boot_ms();
        dxl_broker_kill(&rig);
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(next(f).result, DXL_DISCONNECTED);
        assert_true(clock_boot_ms() - start < 5000);
        await_connected(f, false);
        ask(f, 9, "hello");
        assert_int_equal(next(f).result, DXL_NOT_SENT);
        dxl_fabric_state(f, &s);
        assert_int_equal(s.sent, 4);
        assert_true(s.last_error[0] != '\0');

        unsigned connections = atomic_load(rig.connections);
        dxl_broker_start(&rig);
        dxl_broker_await_responder(&rig, connections + 1);
        await_connected(f, true);
        ask(f, 10, "hello");
        struct dxl_completion c = next(f);
        assert_int_equal(c.result, DXL_ANSWERED);
        free(c.payload);
        dxl_fabric_state(f, &s);
        assert_int_equal(s.connections, 2);
        assert_string_equal(s.last_error, "");
        dxl_fabric_close(f);
}

/* A window that stays full: what cannot leave in time is told so, and was never sent. */
static void window_full(void **state)
{
        (void)state;
        struct dxl_fabric *f = open_fabric(1, 2 * DXL_SEND_MS);
        await_connected(f, true);
        ask(f, 1, "silence");
        ask(f, 2, "hello");
        struct dxl_completion c = next(f);
        assert_int_equal(c.tag, 2);
        assert_int_equal(c.result, DXL_NOT_SENT);
        struct dxl_state s;
        dxl_fabric_state(f, &s);
        assert_int_equal(s.sent, 1);
        dxl_fabric_close(f);
}

/* A broker that stands still looks connected: the first time-out finds out. */
static void broker_stands_still(void **state)
{
        (void)state;
        struct dxl_fabric *f = open_fabric(4, 300);
        await_connected(f, true);
        kill(rig.broker, SIGSTOP);
        ask(f, 1, "hello");
        assert_int_equal(next(f).result, DXL_TIMEOUT);
        await_connected(f, false);
        kill(rig.broker, SIGCONT);
        await_connected(f, true);
        dxl_fabric_close(f);
}

static void refusals(void **state)
{
        (void)state;
        static const struct {
                const char *certs;
                const char *says;
        } cases[] = {
            {"BrokerCertChain = stranger.crt\nCertFile = client.crt\nPrivateKey = client.key\n",
             "does not come from a CA in"},
            {"BrokerCertChain = ca.crt\nCertFile = stranger.crt\nPrivateKey = stranger.key\n",
             "the broker does not know the CA that signed it"},
            {"BrokerCertChain = ca.crt\nCertFile = client.crt\nPrivateKey = client.key\n",
             "Connection refused"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                char text[512];
                snprintf(text, sizeof(text), "[Certs]\n%s[Brokers]\na = %d;localhost\n",
                         cases[i].certs, i == 2 ? dxl_broker_free_port() : rig.port);
                dxl_folder_write(&folder, "dxlclient.config", text, 0644);
                struct dxl_fabric *f = open_fabric(1, 1000);
                struct dxl_state s;
                do {
                        await(f, clock_boot_ms() + DXL_BROKER_LONG_MS);
                        dxl_fabric_state(f, &s);
                } while (!s.last_error[0]);
                assert_false(s.connected);
                if (!strstr(s.last_error, cases[i].says))
                        fail_msg("case %zu: %s", i, s.last_error);
                dxl_fabric_close(f);
        }
        dxl_folder_write_config(&folder, rig.port);
}

/* Two addresses, at the second of which the broker listens; paho asks its own resolver. */
int __real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret)
{
        if (strcmp(node, "two.example.invalid") != 0 || hints->ai_flags & AI_NUMERICHOST)
                return __real_getaddrinfo(node, service, hints, ret);
        assert_int_equal(__real_getaddrinfo("127.0.0.2", service, hints, ret), 0);
        return __real_getaddrinfo("127.0.0.1", service, hints, &(*ret)->ai_next);
}

static void the_name_has_another_address(void **state)
{
        (void)state;
        char text[512];
        snprintf(text, sizeof(text),
                 "[Certs]\nBrokerCertChain = ca.crt\nCertFile = client.crt\n"
                 "PrivateKey = client.key\n[Brokers]\n{b1} = {b1};%d;two.example.invalid\n",
                 rig.port);
        dxl_folder_write(&folder, "dxlclient.config", text, 0644);
        struct dxl_fabric *f = open_fabric(1, 5000);
        await_connected(f, true);
        ask(f, 1, "hello");
        struct dxl_completion c = next(f);
        assert_int_equal(c.result, DXL_ANSWERED);
        free(c.payload);
        dxl_fabric_close(f);
        dxl_folder_write_config(&folder, rig.port);
}

static void a_dry_run_sets_nothing(void **state)
{
        (void)state;
        char path[DXL_FOLDER_PATH_MAX + 64], *error = NULL;
        struct dxl_options options = {
            .config_path = dxl_folder_file(&folder, "dxlclient.config", path), .dry_run = true};
        struct dxl_fabric *f;
        assert_int_equal(dxl_fabric_open(&options, NULL, &f, &error), 0);
        assert_int_equal(dxl_fabric_request(f, 1, tie_topic_set, "{}", 2), -EPERM);
        assert_int_equal(dxl_fabric_request(f, 2, tie_topic_get, "{}", 2), 0);
        dxl_fabric_close(f);
        options.dry_run = false;
        assert_int_equal(dxl_fabric_open(&options, NULL, &f, &error), 0);
        assert_int_equal(dxl_fabric_request(f, 1, tie_topic_set, "{}", 2), 0);
        dxl_fabric_close(f);
}

static void names(void **state)
{
        (void)state;
        assert_string_equal(dxl_result_name(DXL_NOT_SENT), "not sent");
        assert_string_equal(dxl_result_name((enum dxl_result)99), "?");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(answers),     cmocka_unit_test(silence_and_garbage),
            cmocka_unit_test(pipelined),   cmocka_unit_test(broker_dies),
            cmocka_unit_test(window_full), cmocka_unit_test(broker_stands_still),
            cmocka_unit_test(refusals),    cmocka_unit_test(the_name_has_another_address),
            cmocka_unit_test(names),       cmocka_unit_test(a_dry_run_sets_nothing),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
