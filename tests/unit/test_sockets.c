#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket on loopback and a connection to it. */
struct pair {
        int listener, client;
        uint16_t port;
};

static struct pair pair_new(void)
{
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof(at);
        struct pair p = {.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                         .client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

        assert_int_equal(bind(p.listener, (struct sockaddr *)&at, sizeof(at)), 0);
        assert_int_equal(listen(p.listener, 1), 0);
        assert_int_equal(getsockname(p.listener, (struct sockaddr *)&at, &len), 0);
        assert_int_equal(connect(p.client, (struct sockaddr *)&at, sizeof(at)), 0);
        p.port = ntohs(at.sin_port);
        return p;
}

static void pair_close(struct pair *p)
{
        close(p->client);
        close(p->listener);
}

static bool has_nodelay(int fd)
{
        socklen_t len = sizeof(int);
        int on = 0;

        assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
        return on != 0;
}

static void only_the_port_asked_for_is_changed(void **state)
{
        struct pair broker = pair_new(), other = pair_new();

        (void)state;
        assert_int_equal(dxl_sockets_nodelay(broker.port), 1);
        assert_true(has_nodelay(broker.client));
        assert_false(has_nodelay(other.client));
        pair_close(&broker);
        assert_int_equal(dxl_sockets_nodelay(broker.port), 0);
        pair_close(&other);
}

static void a_cut_connection_is_over(void **state)
{
        struct pair broker = pair_new(), other = pair_new();
        char byte;

        (void)state;
        assert_int_equal(dxl_sockets_cut(broker.port), 1);
        assert_int_equal(recv(broker.client, &byte, 1, 0), 0);
        assert_int_equal(recv(other.client, &byte, 1, MSG_DONTWAIT), -1);
        pair_close(&broker);
        pair_close(&other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(only_the_port_asked_for_is_changed),
            cmocka_unit_test(a_cut_connection_is_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
