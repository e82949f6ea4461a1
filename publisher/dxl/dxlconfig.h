/*
 * dxlclient.config, the INI file that OpenDXL's provisioning writes, read unchanged (inih).
 */
#ifndef TQ_PUBLISHER_DXL_DXLCONFIG_H
#define TQ_PUBLISHER_DXL_DXLCONFIG_H

#include "common/cleanup.h"
#include "publisher/dxl/proxy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DXL_CONFIG_FILE_MAX = 1 << 20 /* bytes */, DXL_CONFIG_BROKERS_MAX = 1024 };

/* A line of [Brokers] or [BrokersWebSockets]. */
struct dxl_broker {
        char *id; /* "" when the line has none */
        char *host;
        char *ip; /* NULL when the line has none; without brackets, as host */
        uint16_t port;
};

struct dxl_config {
        char *path;
        char *ca_file;   /* BrokerCertChain */
        char *cert_file; /* CertFile */
        char *key_file;  /* PrivateKey */
        char *client_id; /* [General] ClientId, or NULL */
        bool websockets; /* the brokers are those of [BrokersWebSockets] */
        struct dxl_broker *brokers;
        size_t broker_count;    /* at least 1 */
        struct dxl_proxy proxy; /* only with WebSockets */

        /* Not from the file, but as its reader was told. */
        char *passphrase;     /* of the private key; NULL: it has none */
        bool verify_hostname; /* a broker's certificate must hold the name it is reached by */
};

/* What the fabric's own file cannot say. */
struct dxl_config_options {
        const char *key_passphrase_file; /* NULL: the private key has no passphrase */
        bool verify_hostname;
};

/* Reads and checks the file, and that the three certificate files can be read, the key by nobody
 * else. File names in it are taken from the working directory when they are there, else from the
 * folder of the file. options may be NULL. 0, or -errno with a text in *error of one line per
 * fault, each with its mend; the caller frees it. */
int dxl_config_load(const char *path, const struct dxl_config_options *options,
                    struct dxl_config **ret, char **error);
/* Parses bytes that came from `path`, and looks at no other file. As dxl_config_load. */
int dxl_config_parse(const char *path, const char *content, struct dxl_config **ret, char **error);
void dxl_config_free(struct dxl_config *config);
DEFINE_CLEANUP(struct dxl_config *, dxl_config_free);

#endif
