/*
 * Where the stages reach one another: by sockets in run_dir, or as the block `links:` says, by tcp
 * and guarded by keys. Part of common/config.h, which includes it.
 */
#ifndef TQ_COMMON_CONFIG_LINKS_H
#define TQ_COMMON_CONFIG_LINKS_H

#include <stdbool.h>
#include <stddef.h>

struct config;

/* Where the sockets of one stage are reached by tcp. */
struct config_port {
        char *host;    /* a name, an address or [an IPv6 address]; NULL: by ipc, on one host only */
        unsigned port; /* of its first socket; the others have the ports that follow */
        char *listen_host; /* where it binds: an address, or "*" */
        unsigned listen_port;
        char *public_key; /* of the stage's host; NULL: plain text, loopback only */
        bool far;         /* not an address of loopback */
};

struct config_links {
        char *secret_key; /* this host's, of key_file or TQ_LINK_KEY; NULL: none */
        char *public_key; /* its public half */
        char **allow;     /* public keys of hosts that may connect, besides those named elsewhere */
        size_t allow_count;
        struct config_port fetcher;
};

/* The channels between the stages. The fetcher binds the first two, a publisher the others of its
 * fabric. */
enum config_channel {
        CONFIG_PAGES,
        CONFIG_ACKS,
        CONFIG_IN,
        CONFIG_OUTCOMES,
        CONFIG_WRITTEN,
};

/* "pages", "acks", "in", "outcomes", "written". */
const char *config_channel_name(enum config_channel channel);

enum { CONFIG_ENDPOINT_MAX = 288 };
struct config_endpoint {
        char connect[CONFIG_ENDPOINT_MAX]; /* ipc:///path or tcp://HOST:PORT */
        char bind[CONFIG_ENDPOINT_MAX];
        const char *public_key; /* of the host that binds it; NULL: it is not guarded by keys */
};
/* `fabric` may be NULL for CONFIG_PAGES and CONFIG_ACKS. *ret lives as long as the configuration.
 */
void config_endpoint(const struct config *config, enum config_channel channel, const char *fabric,
                     struct config_endpoint *ret);
/* Whether stages are on several hosts: any that is reached by more than loopback. */
bool config_spans_hosts(const struct config *config);

#endif
