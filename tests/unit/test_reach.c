/*
 * A name of several addresses, some of which do not answer. The test answers in the resolver's
 * place.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/clock.h"
#include "publisher/dxl/lookup.h"
#include "publisher/dxl/reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LONG_MS = 20000 /* a wait that ends earlier when all is well */, ADDRESSES_MAX = 6 };

/* What the name NAME has, in the resolver's order. */
#define NAME "several.example.invalid"
static const char *name_has[ADDRESSES_MAX + 1];

int __real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret)
{
        struct addrinfo **end = ret;

        if (strcmp(node, NAME) != 0 || hints->ai_flags & AI_NUMERICHOST)
                return __real_getaddrinfo(node, service, hints, ret);
        for (size_t i = 0; name_has[i]; i++) {
                assert_int_equal(__real_getaddrinfo(name_has[i], service, hints, end), 0);
                end = &(*end)->ai_next;
        }
        return 0;
}

/* Until when the first and the second wait of a call were to last, the resolver's and that for the
 * first address. */
static int64_t waits_until[2];
static size_t waits;

int __real_dxl_patience_wait(const struct dxl_patience *patience, int fd, short events);
int __wrap_dxl_patience_wait(const struct dxl_patience *patience, int fd, short events);
int __wrap_dxl_patience_wait(const struct dxl_patience *patience, int fd, short events)
{
        if (waits < 2)
                waits_until[waits++] = patience->until_ms;
        return __real_dxl_patience_wait(patience, fd, events);
}

static void set_name(const char *first, const char *second)
{
        memset(name_has, 0, sizeof(name_has));
        name_has[0] = first;
        name_has[1] = second;
}

static int listen_at(const char *address, uint16_t *port, int backlog)
{
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(*port)};
        socklen_t len = sizeof(in);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
        assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
        assert_int_equal(listen(fd, backlog), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
        *port = ntohs(in.sin_port);
        return fd;
}

enum { FULL = 3 /* connections that fill a queue of none */ };

/* From now on this address takes no connection and refuses none. */
static void fill(const char *address, uint16_t port, int waiting[FULL])
{
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};

        inet_pton(AF_INET, address, &to.sin_addr);
        for (size_t i = 0; i < FULL; i++) {
                waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                (void)connect(waiting[i], (struct sockaddr *)&to, sizeof(to));
        }
}

static void close_all(const int waiting[FULL])
{
        for (size_t i = 0; i < FULL; i++)
                close(waiting[i]);
}

static int reach(uint16_t port, bool all, int64_t within_ms, struct dxl_way *way, char why[200])
{
        struct dxl_patience patience = {clock_boot_ms() + within_ms, -1};
        waits = 0;
        int rc = dxl_reach(NAME, port, all, &patience, way, why, 200);

        if (rc == 0)
                close(way->fd);
        return rc;
}

static void the_next_one_answers(void **state)
{
        (void)state;
        static const struct {
                const char *has[ADDRESSES_MAX + 1];
                const char *address; /* NULL: none answers */
                bool only_first;
        } cases[] = {
            {{"127.0.0.1"}, "", false},
            {{"127.0.0.1", "127.0.0.2"}, "", false},
            {{"127.0.0.2", "127.0.0.1"}, "127.0.0.1", false},
            {{"127.0.0.2", "127.0.0.1"}, NULL, true},
            {{"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"}, "127.0.0.1", false},
            {{"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.1"}, NULL, false},
            {{"::1", "127.0.0.1"}, "", false}, /* paho prefers IPv4 */
            {{"::1", "127.0.0.2", "127.0.0.1"}, "127.0.0.1", false},
            {{"127.0.0.2"}, NULL, false},
        };
        uint16_t port = 0;
        int fd = listen_at("127.0.0.1", &port, 64);

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                struct dxl_way way = {.fd = -1};
                char why[200] = "";

                memcpy(name_has, cases[i].has, sizeof(name_has));
                int rc = reach(port, !cases[i].only_first, LONG_MS, &way, why);
                if (!cases[i].address) {
                        assert_int_equal(rc, -ECONNREFUSED);
                        assert_string_equal(why, "Connection refused");
                        assert_int_equal(way.fd, -1);
                        continue;
                }
                if (rc < 0)
                        fail_msg("case %zu: %s", i, why);
                assert_string_equal(way.address, cases[i].address);
        }
        close(fd);
}

/* One that takes no connection has only its part of the time. */
static void a_silent_one_leaves_time_for_the_next(void **state)
{
        (void)state;
        uint16_t port = 0;
        int full = listen_at("127.0.0.2", &port, 0), good = listen_at("127.0.0.1", &port, 64);
        int waiting[FULL];
        struct dxl_way way;
        char why[200];

        fill("127.0.0.2", port, waiting);
        set_name("127.0.0.2", "127.0.0.1");
        assert_int_equal(reach(port, true, 1000, &way, why), 0);
        assert_string_equal(way.address, "127.0.0.1");
        assert_int_equal(waits, 2);
        assert_true(waits_until[1] < waits_until[0] - 400);
        /* Not "refused", as the first of them says: the other may answer when it has more time. */
        set_name("127.0.0.3", "127.0.0.2");
        assert_int_equal(reach(port, true, 100, &way, why), -ETIMEDOUT);
        close_all(waiting);
        close(full);
        close(good);
}

static void given_up(void **state)
{
        (void)state;
        struct dxl_patience patience = {clock_boot_ms() + LONG_MS, eventfd(1, EFD_CLOEXEC)};
        uint16_t port = 0;
        int fd = listen_at("127.0.0.1", &port, 0), waiting[FULL];
        struct dxl_way way = {.fd = -1};
        char why[200] = "";

        fill("127.0.0.1", port, waiting);
        assert_int_equal(dxl_reach("127.0.0.1", port, true, &patience, &way, why, sizeof(why)),
                         -ECANCELED);
        assert_int_equal(way.fd, -1);
        close_all(waiting);
        close(fd);
        close(patience.cancel_fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_next_one_answers),
            cmocka_unit_test(a_silent_one_leaves_time_for_the_next),
            cmocka_unit_test(given_up),
        };
        return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
