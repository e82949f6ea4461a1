/* The block `links:`: which stages are reached by tcp, where, and with which keys. */
#include "common/config_internal.h"
#include "common/curve.h"
#include "common/log.h"
#include "common/secret.h"

#include <arpa/inet.h>
#include <string.h>

enum {
        FETCHER_SOCKETS = 2,   /* pages, acks */
        PUBLISHER_SOCKETS = 3, /* in, outcomes, written */
        HOST_MAX = 253,
};

static const char scheme[] = "tcp://";

enum address { ADDRESS_NAME, ADDRESS_LOOPBACK, ADDRESS_ANY, ADDRESS_OTHER };

/* What a host is; false when it is none. "localhost" is a name like any other: a file says what it
 * means. */
static bool read_host(const char *host, enum address *ret)
{
        static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789.-_";
        char inner[INET6_ADDRSTRLEN];
        size_t len = strlen(host);
        struct in6_addr six;
        struct in_addr four;

        if (strcmp(host, "*") == 0) {
                *ret = ADDRESS_ANY;
        } else if (inet_pton(AF_INET, host, &four) == 1) {
                *ret = four.s_addr == INADDR_ANY         ? ADDRESS_ANY
                       : ntohl(four.s_addr) >> 24 == 127 ? ADDRESS_LOOPBACK
                                                         : ADDRESS_OTHER;
        } else if (host[0] == '[' && host[len - 1] == ']' &&
                   text_copy((struct text){host + 1, len - 2}, inner, sizeof(inner)) &&
                   inet_pton(AF_INET6, inner, &six) == 1) {
                *ret = IN6_IS_ADDR_UNSPECIFIED(&six) ? ADDRESS_ANY
                       : IN6_IS_ADDR_LOOPBACK(&six)  ? ADDRESS_LOOPBACK
                                                     : ADDRESS_OTHER;
        } else if (len > 0 && len <= HOST_MAX && strspn(host, name_chars) == len &&
                   strspn(host, "0123456789.") < len) {
                *ret = ADDRESS_NAME;
        } else {
                return false;
        }
        return true;
}

/* "tcp://HOST:PORT" with room for `sockets` ports; false after the fault was noted. */
static bool read_endpoint(struct config_check *check, const char *path, const char *value,
                          unsigned sockets, char **host, unsigned *port, enum address *kind)
{
        const char *rest =
            strncmp(value, scheme, strlen(scheme)) == 0 ? value + strlen(scheme) : "";
        const char *colon = strrchr(rest, ':');
        uint16_t number = 0;

        if (!colon || !text_port(text_of(colon + 1), &number)) {
                config_fault(check, path, "%s is no endpoint: write tcp://HOST:PORT",
                             LOG_Q(text_of(value)));
                return false;
        }
        if (number + sockets - 1 > UINT16_MAX) {
                config_fault(check, path,
                             "the port is too high: the stage uses %u ports from this one on",
                             sockets);
                return false;
        }
        *host = config_alloc(1, (size_t)(colon - rest) + 1);
        memcpy(*host, rest, (size_t)(colon - rest));
        *port = number;
        if (read_host(*host, kind))
                return true;
        config_fault(check, path,
                     "%s is neither an address nor a name: write tcp://HOST:PORT, an IPv6 address "
                     "in [ ]",
                     LOG_Q(text_of(*host)));
        return false;
}

static bool check_listen(struct config_check *check, const struct config_raw_port *raw,
                         const char *path, unsigned sockets, struct config_port *ret,
                         enum address *kind)
{
        struct config_at at = config_at("%s.listen", path);

        if (!raw->listen && *kind == ADDRESS_NAME) {
                config_fault(
                    check, config_at("%s.endpoint", path).path,
                    "%s is a name, which cannot be bound: write listen: tcp://ADDRESS:PORT "
                    "too, or listen: tcp://*:PORT for all addresses of that host",
                    ret->host);
                return false;
        }
        if (!raw->listen) {
                ret->listen_host = config_dup(ret->host);
                ret->listen_port = ret->port;
                return true;
        }
        if (!read_endpoint(check, at.path, raw->listen, sockets, &ret->listen_host,
                           &ret->listen_port, kind))
                return false;
        if (*kind != ADDRESS_NAME)
                return true;
        config_fault(check, at.path,
                     "%s is a name, which cannot be bound: write tcp://ADDRESS:PORT, or "
                     "tcp://*:PORT for all addresses of that host",
                     ret->listen_host);
        return false;
}

static void check_key(struct config_check *check, const char *path, const char *key)
{
        if (!curve_is_key(key))
                config_fault(check, path,
                             "%s is no public key: write the 40 characters that `tq-trellix-tie "
                             "keygen` prints",
                             LOG_Q(text_of(key)));
}

/* One stage: where it is, and that nothing but loopback is plain text. */
static void check_port(struct config_check *check, const struct config_raw_port *raw,
                       const char *path, unsigned sockets, struct config_port *ret)
{
        struct config_at at = config_at("%s.endpoint", path);
        enum address near = ADDRESS_OTHER, far;

        if (!raw->endpoint) {
                config_fault(check, at.path,
                             "missing: write tcp://HOST:PORT, as the other hosts reach it");
                return;
        }
        if (!read_endpoint(check, at.path, raw->endpoint, sockets, &ret->host, &ret->port, &near))
                return;
        far = near;
        if (near == ADDRESS_ANY) {
                config_fault(check, at.path,
                             "%s is no address to connect to: write the one that the other hosts "
                             "reach, and this one as listen:",
                             ret->host);
                return;
        }
        if (!check_listen(check, raw, path, sockets, ret, &near))
                return;
        ret->far = near != ADDRESS_LOOPBACK || far != ADDRESS_LOOPBACK;
        if (raw->public_key) {
                check_key(check, config_at("%s.public_key", path).path, raw->public_key);
                ret->public_key = config_dup(raw->public_key);
        } else if (ret->far) {
                config_fault(check, at.path,
                             "others could read and forge what goes to %s in plain text: write "
                             "public_key: of that stage's host (`tq-trellix-tie keygen` makes a "
                             "pair), or an address of loopback",
                             ret->host);
        }
}

/* Two stages that would bind the same port of one host. */
static void check_overlap(struct config_check *check, const char *path, const struct config_port *a,
                          unsigned a_sockets, const char *other, const struct config_port *b,
                          unsigned b_sockets)
{
        if (a->host && b->host && strcmp(a->host, b->host) == 0 && a->port < b->port + b_sockets &&
            b->port < a->port + a_sockets)
                config_fault(check, config_at("%s.endpoint", path).path,
                             "its ports %u to %u overlap those of %s, %u to %u: move one of the "
                             "two",
                             a->port, a->port + a_sockets - 1, other, b->port,
                             b->port + b_sockets - 1);
}

static void check_publisher(struct config_check *check, const struct config_raw_port *raw,
                            const char *path, struct config *config)
{
        struct config_at at = config_at("%s.fabric", path);
        struct config_fabric *fabric = NULL;

        for (size_t i = 0; raw->fabric && i < config->fabric_count; i++) {
                if (strcmp(config->fabrics[i].name, raw->fabric) == 0)
                        fabric = &config->fabrics[i];
        }
        if (!raw->fabric) {
                config_fault(check, at.path, "missing: write the name of the publisher's fabric");
        } else if (!fabric) {
                config_fault(check, at.path,
                             "%s is no fabric: write the name of one that stands under fabrics:",
                             LOG_Q(text_of(raw->fabric)));
        } else if (fabric->port.host) {
                config_fault(check, at.path, "%s is given twice: remove one of the two",
                             raw->fabric);
        } else {
                check_port(check, raw, path, PUBLISHER_SOCKETS, &fabric->port);
                check_overlap(check, path, &fabric->port, PUBLISHER_SOCKETS, "links.fetcher",
                              &config->links.fetcher, FETCHER_SOCKETS);
                for (size_t i = 0; i < config->fabric_count; i++) {
                        if (&config->fabrics[i] != fabric)
                                check_overlap(check, path, &fabric->port, PUBLISHER_SOCKETS,
                                              config->fabrics[i].name, &config->fabrics[i].port,
                                              PUBLISHER_SOCKETS);
                }
        }
}

static void check_own_key(struct config_check *check, const char *file, struct config_links *ret)
{
        static const char path[] = "links.key_file";
        const char *given = getenv("TQ_LINK_KEY");
        char fault[SECRET_FAULT_MAX], public_key[CURVE_KEY_SIZE];

        if (file) {
                ret->secret_key = secret_read(file, fault);
                if (!ret->secret_key) {
                        config_fault(check, path, "%s", fault);
                        return;
                }
        } else if (given && *given) {
                ret->secret_key = config_dup(given);
                /* The line end of the file that it was taken from. */
                ret->secret_key[strcspn(ret->secret_key, "\n")] = '\0';
        } else {
                return;
        }
        if (curve_public(ret->secret_key, public_key))
                ret->public_key = config_dup(public_key);
        else
                config_fault(check, path,
                             "%s holds no secret key: make one with `tq-trellix-tie keygen`",
                             file ? file : "TQ_LINK_KEY");
}

static bool needs_key(const struct config *config)
{
        bool needs = config->links.fetcher.public_key != NULL;

        for (size_t i = 0; i < config->fabric_count; i++)
                needs = needs || config->fabrics[i].port.public_key;
        return needs;
}

void config_check_links(struct config_check *check, const struct config_raw_links *raw,
                        struct config *config)
{
        struct config_links *links = &config->links;
        size_t before;

        if (!raw)
                return;
        before = check->fault_count;
        check_own_key(check, raw->key_file, links);
        links->allow = config_alloc(raw->allow_count, sizeof(*links->allow));
        for (unsigned i = 0; i < raw->allow_count; i++) {
                check_key(check, config_at("links.allow[%u]", i).path, raw->allow[i]);
                links->allow[links->allow_count++] = config_dup(raw->allow[i]);
        }
        if (raw->fetcher)
                check_port(check, raw->fetcher, "links.fetcher", FETCHER_SOCKETS, &links->fetcher);
        for (unsigned i = 0; i < raw->publishers_count; i++)
                check_publisher(check, &raw->publishers[i],
                                config_at("links.publishers[%u]", i).path, config);
        if (check->fault_count == before && needs_key(config) && !links->secret_key)
                config_fault(check, "links.key_file",
                             "missing: write the file with this host's secret key (mode 600; "
                             "`tq-trellix-tie keygen` makes one), or set TQ_LINK_KEY in the "
                             "environment");
}
