#include "console/web/address.h"

#include "common/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { BACKLOG = 64, LOOPBACK_NET = 127 };

static bool parse_port(const char *text, uint16_t *ret)
{
        uint32_t port = 0;

        if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
                return false;
        for (; *text; text++)
                port = port * 10 + (uint32_t)(*text - '0');
        *ret = (uint16_t)port;
        return port <= UINT16_MAX;
}

/* "HOST:PORT" or "[HOST]:PORT" taken apart; `rest` is what stands behind the host. */
static bool split(const char *text, char host[ADDRESS_TEXT_MAX], const char **rest)
{
        bool bracket = text[0] == '[';
        size_t len = strcspn(text + bracket, bracket ? "]" : ":");

        if (len == 0 || len >= ADDRESS_TEXT_MAX || (bracket && text[1 + len] != ']'))
                return false;
        memcpy(host, text + bracket, len);
        host[len] = '\0';
        *rest = text + len + (bracket ? 2 : 0);
        return true;
}

bool address_parse(const char *text, struct address *ret)
{
        struct sockaddr_in6 six = {.sin6_family = AF_INET6};
        struct sockaddr_in four = {.sin_family = AF_INET};
        struct address address = {0};
        char host[ADDRESS_TEXT_MAX];
        const char *rest;
        uint16_t port;

        if (!split(text, host, &rest) || rest[0] != ':' || !parse_port(rest + 1, &port))
                return false;
        six.sin6_port = htons(port);
        four.sin_port = htons(port);
        if (text[0] == '[' && inet_pton(AF_INET6, host, &six.sin6_addr) == 1) {
                address.len = sizeof(six);
                memcpy(&address.socket, &six, sizeof(six));
        } else if (text[0] != '[' && inet_pton(AF_INET, host, &four.sin_addr) == 1) {
                address.len = sizeof(four);
                memcpy(&address.socket, &four, sizeof(four));
        } else {
                return false;
        }
        *ret = address;
        return true;
}

static bool is_loopback4(struct in_addr in)
{
        return ntohl(in.s_addr) >> 24 == LOOPBACK_NET;
}

bool address_is_loopback(const struct address *address)
{
        struct sockaddr_in6 six;
        struct sockaddr_in four;

        if (address->socket.ss_family == AF_INET) {
                memcpy(&four, &address->socket, sizeof(four));
                return is_loopback4(four.sin_addr);
        }
        memcpy(&six, &address->socket, sizeof(six));
        return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

const char *address_text(const struct address *address, char out[ADDRESS_TEXT_MAX])
{
        char host[INET6_ADDRSTRLEN] = "?";
        struct sockaddr_in6 six;
        struct sockaddr_in four;

        if (address->socket.ss_family == AF_INET) {
                memcpy(&four, &address->socket, sizeof(four));
                inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
                snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", host, ntohs(four.sin_port));
        } else {
                memcpy(&six, &address->socket, sizeof(six));
                inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
                snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", host, ntohs(six.sin6_port));
        }
        return out;
}

bool address_host_is_loopback(const char *host)
{
        struct in6_addr six;
        struct in_addr four;
        char name[ADDRESS_TEXT_MAX];
        const char *rest;
        uint16_t port;

        if (!host || !split(host, name, &rest))
                return false;
        if (rest[0] && (rest[0] != ':' || !parse_port(rest + 1, &port)))
                return false;
        if (host[0] == '[')
                return inet_pton(AF_INET6, name, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
        return strcasecmp(name, "localhost") == 0 ||
               (inet_pton(AF_INET, name, &four) == 1 && is_loopback4(four));
}

int address_listen(struct address *address)
{
        struct sockaddr *name = (struct sockaddr *)&address->socket;
        _cleanup_(closep) int fd =
            socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int on = 1, ret;

        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
                return -errno;
        if (name->sa_family == AF_INET6 &&
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
                return -errno;
        if (bind(fd, name, address->len) < 0 || listen(fd, BACKLOG) < 0 ||
            getsockname(fd, name, &address->len) < 0)
                return -errno;
        ret = fd;
        fd = -1;
        return ret;
}
