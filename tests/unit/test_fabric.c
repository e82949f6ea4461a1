/*
 * The fabric against a real broker (mosquitto, TLS, client certificates) on a free port, with a
 * responder thread in the place of a service: answers, silence, garbage, a broker that dies, one
 * that stands still, certificates that are refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "publisher/dxl/fabric.h"
#include "publisher/dxl/message.h"
#include "publisher/dxl/mqtt.h"
#include "tests/unit/dxl_folder.h"

enum { LONG_MS = 20000 /* a wait that ends earlier when all is well */ };

static struct dxl_folder folder;
static int port;
static pid_t broker;

/* The responder: a process, since paho's synchronous clients in one process take each other's
 * packets. What the payload says is done with the request. */
static pid_t responder;
static atomic_uint *responder_connections; /* in memory shared with it */

static int free_port(void)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof(a);
        assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
                    getsockname(fd, (struct sockaddr *)&a, &len) == 0);
        close(fd);
        return ntohs(a.sin_port);
}

/* fork(), with a child that does not outlive the test. */
static pid_t start_child(void)
{
        pid_t parent = getpid(), pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (getppid() != parent)
                        _exit(1);
        }
        return pid;
}

static void start_broker(void)
{
        char conf[DXL_FOLDER_PATH_MAX + 64];
        dxl_folder_file(&folder, "mosquitto.conf", conf);
        broker = start_child();
        if (broker > 0)
                return;
        setenv("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin", 1);
        execlp("mosquitto", "mosquitto", "-c", conf, (char *)NULL);
        _exit(127);
}

static void kill_broker(void)
{
        int status;
        kill(broker, SIGKILL);
        assert_int_equal(waitpid(broker, &status, 0), broker);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                fail_msg("mosquitto is not installed: apt-get install mosquitto");
}

static void answer(struct dxl_mqtt *mqtt, const struct dxl_message *request,
                   enum dxl_message_type type)
{
        char topic[DXL_TOPIC_MAX + 1];
        assert_true(text_copy(request->reply_to, topic, sizeof(topic)));
        struct dxl_message m = {.version = 3,
                                .type = type,
                                .message_id = text_of("{answer}"),
                                .payload = request->payload,
                                .request_message_id = request->message_id,
                                .error_code = -2147483647,
                                .error_text = text_of("unable to locate service for request"),
                                .source_instance_id = text_of("x")};
        msgpack_sbuffer out;
        msgpack_sbuffer_init(&out);
        dxl_message_pack(&out, &m);
        dxl_mqtt_publish(mqtt, topic, out.data, out.size);
        if (text_eq_str(request->payload, "twice"))
                dxl_mqtt_publish(mqtt, topic, out.data, out.size);
        msgpack_sbuffer_destroy(&out);
}

static void respond(struct dxl_mqtt *mqtt, const struct dxl_mqtt_packet *packet)
{
        struct dxl_message m;
        if (dxl_message_decode(packet->payload.ptr, packet->payload.len, &m) != 0)
                return;
        char topic[DXL_TOPIC_MAX + 1];
        assert_true(text_copy(m.reply_to, topic, sizeof(topic)));
        if (text_eq_str(m.payload, "garbage"))
                dxl_mqtt_publish(mqtt, topic, "\xc1garbage", 8);
        else if (text_eq_str(m.payload, "error"))
                answer(mqtt, &m, DXL_MESSAGE_ERROR);
        else if (!text_eq_str(m.payload, "silence"))
                answer(mqtt, &m, DXL_MESSAGE_RESPONSE);
}

static void run_responder(void)
{
        char path[DXL_FOLDER_PATH_MAX + 64], error[DXL_MQTT_ERROR_MAX], *fault;
        struct dxl_config *config;
        if (dxl_config_load(dxl_folder_file(&folder, "dxlclient.config", path), &config, &fault) <
            0)
                _exit(1);
        struct dxl_mqtt *mqtt = NULL;
        for (;;) {
                if (!mqtt) {
                        if (dxl_mqtt_open(config, "127.0.0.1", config->brokers[0].port, "responder",
                                          &mqtt, error) < 0) {
                                poll(NULL, 0, 20);
                                continue;
                        }
                        dxl_mqtt_subscribe(mqtt, "/test/#");
                        atomic_fetch_add(responder_connections, 1);
                }
                struct dxl_mqtt_packet packet;
                int rc = dxl_mqtt_receive(mqtt, 20, &packet);
                if (rc == 0)
                        respond(mqtt, &packet);
                if (rc >= 0)
                        continue;
                dxl_mqtt_close(mqtt);
                mqtt = NULL;
        }
}

static void wait_responder(unsigned connections)
{
        for (int64_t end = clock_boot_ms() + LONG_MS; clock_boot_ms() < end; poll(NULL, 0, 5))
                if (atomic_load(responder_connections) >= connections)
                        return;
        fail_msg("the responder is not connected");
}

static int set_up(void **state)
{
        (void)state;
        dxl_folder_open(&folder);
        port = free_port();
        dxl_folder_write_config(&folder, port);
        char conf[1024];
        snprintf(conf, sizeof(conf),
                 "listener %d 127.0.0.1\ncafile %s/ca.crt\ncertfile %s/broker.crt\n"
                 "keyfile %s/broker.key\nrequire_certificate true\nallow_anonymous true\n"
                 "user root\nlog_type none\n",
                 port, folder.path, folder.path, folder.path);
        dxl_folder_write(&folder, "mosquitto.conf", conf, 0644);
        responder_connections = mmap(NULL, sizeof(*responder_connections), PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_true(responder_connections != MAP_FAILED);
        start_broker();
        responder = start_child();
        if (responder == 0)
                run_responder();
        wait_responder(1);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        kill(responder, SIGKILL);
        waitpid(responder, NULL, 0);
        kill_broker();
        munmap(responder_connections, sizeof(*responder_connections));
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
        for (int64_t until = clock_boot_ms() + LONG_MS;;) {
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
        int64_t until = clock_boot_ms() + LONG_MS;
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
        kill_broker();
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(next(f).result, DXL_DISCONNECTED);
        assert_true(clock_boot_ms() - start < 5000);
        await_connected(f, false);
        ask(f, 9, "hello");
        assert_int_equal(next(f).result, DXL_NOT_SENT);
        dxl_fabric_state(f, &s);
        assert_int_equal(s.sent, 4);
        assert_true(s.last_error[0] != '\0');

        unsigned connections = atomic_load(responder_connections);
        start_broker();
        wait_responder(connections + 1);
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
        kill(broker, SIGSTOP);
        ask(f, 1, "hello");
        assert_int_equal(next(f).result, DXL_TIMEOUT);
        await_connected(f, false);
        kill(broker, SIGCONT);
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
             "certificate verify failed"},
            {"BrokerCertChain = ca.crt\nCertFile = stranger.crt\nPrivateKey = stranger.key\n",
             "client certificate"},
            {"BrokerCertChain = ca.crt\nCertFile = client.crt\nPrivateKey = client.key\n",
             "Connection refused"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                char text[512];
                snprintf(text, sizeof(text), "[Certs]\n%s[Brokers]\na = %d;localhost\n",
                         cases[i].certs, i == 2 ? free_port() : port);
                dxl_folder_write(&folder, "dxlclient.config", text, 0644);
                struct dxl_fabric *f = open_fabric(1, 1000);
                struct dxl_state s;
                do {
                        await(f, clock_boot_ms() + LONG_MS);
                        dxl_fabric_state(f, &s);
                } while (!s.last_error[0]);
                assert_false(s.connected);
                if (!strstr(s.last_error, cases[i].says))
                        fail_msg("case %zu: %s", i, s.last_error);
                dxl_fabric_close(f);
        }
        dxl_folder_write_config(&folder, port);
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
            cmocka_unit_test(refusals),    cmocka_unit_test(names),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
