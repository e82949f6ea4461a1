/*
 * dxlclient.config, the INI file that OpenDXL's provisioning writes, read unchanged (inih).
 */
#ifndef TQ_PUBLISHER_DXL_DXLCONFIG_H
#define TQ_PUBLISHER_DXL_DXLCONFIG_H

#include "common/cleanup.h"

#include <stddef.h>
#include <stdint.h>

enum { DXL_CONFIG_FILE_MAX = 1 << 20 /* bytes */, DXL_CONFIG_BROKERS_MAX = 1024 };

/* A line of [Brokers]: [UniqueId;]Port;HostName[;IpAddress] */
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
        struct dxl_broker *brokers;
        size_t broker_count; /* at least 1 */
};

/* Reads and checks the file, and that the three certificate files can be read, the key by nobody
 * else. File names in it are taken from the working directory when they are there, else from the
 * folder of the file. 0, or -errno with a text in *error of one line per fault, each with its mend;
 * the caller frees it. */
int dxl_config_load(const char *path, struct dxl_config **ret, char **error);
void dxl_config_free(struct dxl_config *config);
DEFINE_CLEANUP(struct dxl_config *, dxl_config_free);

#endif
