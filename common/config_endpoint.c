#include "common/config.h"

#include <stdio.h>

static const struct {
        const char *name;    /* of the socket in run_dir; that of a fabric follows a '-' */
        unsigned after_port; /* ports after the first of its stage */
} channels[] = {
    [CONFIG_PAGES] = {"pages", 0},       [CONFIG_ACKS] = {"acks", 1},       [CONFIG_IN] = {"in", 0},
    [CONFIG_OUTCOMES] = {"outcomes", 1}, [CONFIG_WRITTEN] = {"written", 2},
};

const char *config_channel_name(enum config_channel channel)
{
        return channels[channel].name;
}

void config_endpoint(const struct config *config, enum config_channel channel, const char *fabric,
                     struct config_endpoint *ret)
{
        static const struct config_port none;
        const struct config_fabric *of = fabric ? config_fabric(config, fabric) : NULL;
        const struct config_port *port = fabric ? &none : &config->links.fetcher;

        if (of)
                port = &of->port;
        if (port->host) {
                unsigned after = channels[channel].after_port;

                snprintf(ret->connect, sizeof(ret->connect), "tcp://%s:%u", port->host,
                         port->port + after);
                snprintf(ret->bind, sizeof(ret->bind), "tcp://%s:%u", port->listen_host,
                         port->listen_port + after);
                ret->public_key = port->public_key;
                return;
        }
        snprintf(ret->connect, sizeof(ret->connect), "ipc://%s/%s%s%s", config->run_dir,
                 channels[channel].name, fabric ? "-" : "", fabric ? fabric : "");
        snprintf(ret->bind, sizeof(ret->bind), "%s", ret->connect);
        ret->public_key = NULL;
}

bool config_spans_hosts(const struct config *config)
{
        bool far = config->links.fetcher.far;

        for (size_t i = 0; i < config->fabric_count; i++)
                far = far || config->fabrics[i].port.far;
        return far;
}
