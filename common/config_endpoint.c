#include "common/config.h"

#include <stdio.h>

void config_endpoint_pages(const struct config *config, char out[CONFIG_ENDPOINT_MAX])
{
        snprintf(out, CONFIG_ENDPOINT_MAX, "ipc://%s/pages", config->run_dir);
}

void config_endpoint_acks(const struct config *config, char out[CONFIG_ENDPOINT_MAX])
{
        snprintf(out, CONFIG_ENDPOINT_MAX, "ipc://%s/acks", config->run_dir);
}

void config_endpoint_in(const struct config *config, const char *fabric,
                        char out[CONFIG_ENDPOINT_MAX])
{
        snprintf(out, CONFIG_ENDPOINT_MAX, "ipc://%s/in-%s", config->run_dir, fabric);
}

void config_endpoint_outcomes(const struct config *config, const char *fabric,
                              char out[CONFIG_ENDPOINT_MAX])
{
        snprintf(out, CONFIG_ENDPOINT_MAX, "ipc://%s/outcomes-%s", config->run_dir, fabric);
}

void config_endpoint_written(const struct config *config, const char *fabric,
                             char out[CONFIG_ENDPOINT_MAX])
{
        snprintf(out, CONFIG_ENDPOINT_MAX, "ipc://%s/written-%s", config->run_dir, fabric);
}
