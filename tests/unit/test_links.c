/* Two hosts, their strangers and their mistakes, on loopback and in one process: what goes through,
 * what is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/config_internal.h"
#include "common/curve.h"
#include "common/links.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

enum { PATIENCE_MS = 20000 };

struct host {
        char public_key[CURVE_KEY_SIZE], secret[CURVE_KEY_SIZE];
        struct config *config;
        struct links *links;
};

struct fixture {
        void *zmq;
        struct loop *loop;
        struct log *log;
        unsigned port;
        struct host fetcher, mapper;
        struct chan *push, *pull;
        const char *wanted; /* ends the loop when a line has it */
        bool said;
        unsigned frames;
        unsigned back;
};

/* Two ports in a row that are free now. */
static unsigned free_port(void)
{
        for (;;) {
                struct sockaddr_in address = {.sin_family = AF_INET,
                                              .sin_addr = {htonl(INADDR_LOOPBACK)}};
                socklen_t len = sizeof(address);
                int a = socket(AF_INET, SOCK_STREAM, 0), b = socket(AF_INET, SOCK_STREAM, 0);
                bool ok = bind(a, (struct sockaddr *)&address, len) == 0 &&
                          getsockname(a, (struct sockaddr *)&address, &len) == 0;
                unsigned port = ntohs(address.sin_port);

                address.sin_port = htons((uint16_t)(port + 1));
                ok = ok && bind(b, (struct sockaddr *)&address, len) == 0;
                close(a);
                close(b);
                if (ok)
                        return port;
        }
}

static void on_line(enum log_level level, const char *line, void *userdata)
{
        struct fixture *f = userdata;

        (void)level;
        if (f->wanted && strstr(line, f->wanted)) {
                f->said = true;
                loop_stop(f->loop);
        }
}

static int on_patience(void *userdata)
{
        struct fixture *f = userdata;

        fail_msg("in vain: %s", f->wanted ? f->wanted : "a frame");
        return 0;
}

static int on_frame(void *userdata)
{
        struct fixture *f = userdata;
        const void *frame;
        size_t len;

        while (chan_recv(f->pull, &frame, &len) == 0)
                f->frames++;
        if (f->frames > 0)
                loop_stop(f->loop);
        return 0;
}

/* With no key of the fetcher it is plain text. */
static void configure(struct fixture *f, struct host *host, const char *fetcher_key,
                      const char *allowed)
{
        char yaml[1024], links[512] = "", *error = NULL;

        if (fetcher_key)
                snprintf(links, sizeof(links), ", public_key: \"%s\"", fetcher_key);
        snprintf(yaml, sizeof(yaml),
                 "threatq: {host: a, client_id: c, username: u, password: p}\n"
                 "fabrics: [{name: emea, dxl_config: d}]\n"
                 "links: {allow: [%s%s%s], fetcher: {endpoint: tcp://127.0.0.1:%u%s}}\n",
                 allowed ? "\"" : "", allowed ? allowed : "", allowed ? "\"" : "", f->port, links);
        setenv("TQ_LINK_KEY", host->secret, 1);
        if (config_parse("c.yaml", 0600, yaml, strlen(yaml), &host->config, &error) != 0)
                fail_msg("%s", error);
        assert_int_equal(links_open(f->zmq, f->loop, host->config, f->log, &host->links), 0);
}

static void bind_fetcher(struct fixture *f)
{
        assert_int_equal(links_bind(f->fetcher.links, CHAN_PUSH, CONFIG_PAGES, NULL, &f->push), 0);
}

static void connect_mapper(struct fixture *f)
{
        assert_int_equal(links_connect(f->mapper.links, CHAN_PULL, CONFIG_PAGES, NULL, &f->pull),
                         0);
        assert_int_equal(chan_watch(f->pull, f->loop, on_frame, f), 0);
}

static int send_one(void *userdata)
{
        struct fixture *f = userdata;
        int timer = loop_add_timer(f->loop, send_one, f);

        assert_true(timer >= 0);
        if (chan_send(f->push, "a", 1) == CHAN_E_AGAIN)
                loop_arm(f->loop, timer, 100);
        return 0;
}

static void expect_line(struct fixture *f, const char *wanted)
{
        f->wanted = wanted;
        f->said = false;
        assert_int_equal(loop_run(f->loop), 0);
        f->wanted = NULL;
        assert_true(f->said);
}

static int setup(void **state)
{
        static struct fixture f;
        int timer;

        f = (struct fixture){.zmq = zmq_ctx_new(), .port = free_port()};
        assert_int_equal(loop_open(&f.loop), 0);
        assert_int_equal(log_open("test", "/dev/null", 2, &f.log), 0);
        log_listen(f.log, on_line, &f);
        assert_int_equal(curve_pair(f.fetcher.public_key, f.fetcher.secret), 0);
        assert_int_equal(curve_pair(f.mapper.public_key, f.mapper.secret), 0);
        timer = loop_add_timer(f.loop, on_patience, &f);
        loop_arm(f.loop, timer, PATIENCE_MS);
        *state = &f;
        return 0;
}

static void close_host(struct host *host)
{
        links_close(host->links);
        config_free(host->config);
        host->links = NULL;
        host->config = NULL;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        chan_close(f->push);
        chan_close(f->pull);
        close_host(&f->fetcher);
        close_host(&f->mapper);
        loop_close(f->loop);
        zmq_ctx_term(f->zmq);
        log_close(f->log);
        unsetenv("TQ_LINK_KEY");
        return 0;
}

static void test_a_known_host_gets_in(void **state)
{
        struct fixture *f = *state;

        configure(f, &f->fetcher, f->fetcher.public_key, f->mapper.public_key);
        configure(f, &f->mapper, f->fetcher.public_key, NULL);
        bind_fetcher(f);
        connect_mapper(f);
        send_one(f);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->frames, 1);
}

static int on_back(void *userdata)
{
        struct fixture *f = userdata;

        f->back++;
        loop_stop(f->loop);
        return 0;
}

static void test_a_link_comes_back(void **state)
{
        struct fixture *f = *state;

        configure(f, &f->fetcher, f->fetcher.public_key, f->mapper.public_key);
        configure(f, &f->mapper, f->fetcher.public_key, NULL);
        bind_fetcher(f);
        connect_mapper(f);
        links_when_back(f->mapper.links, f->pull, on_back, f);
        send_one(f);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->back, 0);
        chan_close(f->push);
        f->push = NULL;
        expect_line(f, "the link to another host is lost");
        while (links_bind(f->fetcher.links, CHAN_PUSH, CONFIG_PAGES, NULL, &f->push) != 0)
                f->push = NULL;
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->back, 1);
}

static void test_a_stranger_is_refused(void **state)
{
        struct fixture *f = *state;

        configure(f, &f->fetcher, f->fetcher.public_key, NULL);
        configure(f, &f->mapper, f->fetcher.public_key, NULL);
        bind_fetcher(f);
        connect_mapper(f);
        expect_line(f, f->mapper.public_key);
        assert_int_equal(chan_send(f->push, "a", 1), CHAN_E_AGAIN);
}

static void test_a_stranger_without_a_key_is_refused(void **state)
{
        struct fixture *f = *state;

        configure(f, &f->fetcher, f->fetcher.public_key, NULL);
        configure(f, &f->mapper, NULL, NULL);
        bind_fetcher(f);
        connect_mapper(f);
        expect_line(f, "it shows no key, or is no stage");
        assert_int_equal(chan_send(f->push, "a", 1), CHAN_E_AGAIN);
}

static void test_the_wrong_key_of_the_other_host(void **state)
{
        struct fixture *f = *state;

        configure(f, &f->fetcher, f->fetcher.public_key, f->mapper.public_key);
        configure(f, &f->mapper, f->mapper.public_key, NULL);
        bind_fetcher(f);
        connect_mapper(f);
        expect_line(f, "it does not know our public key");
        expect_line(f, "turns us away");
        assert_int_equal(chan_send(f->push, "a", 1), CHAN_E_AGAIN);
}

/* The fetcher still speaks plain text when the mapper has its keys already: once the fetcher is
 * restarted they find one another, although libzmq has given up. */
static void test_keys_come_to_one_side_first(void **state)
{
        struct fixture *f = *state;
        struct config_endpoint endpoint;

        configure(f, &f->fetcher, f->fetcher.public_key, f->mapper.public_key);
        configure(f, &f->mapper, f->fetcher.public_key, NULL);
        config_endpoint(f->fetcher.config, CONFIG_PAGES, NULL, &endpoint);
        assert_int_equal(chan_open(f->zmq, CHAN_PUSH, true, endpoint.bind, &f->push), 0);
        connect_mapper(f);
        expect_line(f, "speaks another protocol or other security");
        chan_close(f->push);
        f->push = NULL;
        while (links_bind(f->fetcher.links, CHAN_PUSH, CONFIG_PAGES, NULL, &f->push) != 0)
                f->push = NULL;
        send_one(f);
        assert_int_equal(loop_run(f->loop), 0);
        assert_int_equal(f->frames, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_a_known_host_gets_in, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_link_comes_back, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_stranger_is_refused, setup, teardown),
            cmocka_unit_test_setup_teardown(test_a_stranger_without_a_key_is_refused, setup,
                                            teardown),
            cmocka_unit_test_setup_teardown(test_the_wrong_key_of_the_other_host, setup, teardown),
            cmocka_unit_test_setup_teardown(test_keys_come_to_one_side_first, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
