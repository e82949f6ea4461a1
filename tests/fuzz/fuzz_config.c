/*
 * A configuration of any bytes. It is refused with a text, or it keeps what the header promises.
 */
#include "common/config_internal.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>

static bool holds(const struct config *config)
{
        bool ok = config->fabric_count >= 1 && config->fabric_count <= CONFIG_FABRICS_MAX &&
                  config->threatq.host && config->threatq.client_id &&
                  config->threatq.page_size >= 1 && config->threatq.page_size <= WIRE_ROWS_MAX &&
                  (config->threatq.auth == CONFIG_AUTH_PASSWORD
                       ? config->threatq.username && config->threatq.password
                       : config->threatq.client_secret != NULL);

        for (size_t i = 0; i < config->fabric_count; i++) {
                const struct config_fabric *fabric = &config->fabrics[i];

                ok = ok && config_fabric(config, fabric->name) == fabric && *fabric->dxl_config &&
                     fabric->daily_limit >= 1 && fabric->daily_limit <= 100000 &&
                     fabric->selection.days >= 1 && fabric->selection.days <= 365;
        }
        return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct config *config = NULL;
        char *error = NULL;

        if (len > CONFIG_FILE_MAX)
                return 0;
        setenv("TQ_PASSWORD", "x", 1);
        if (config_parse("fuzz.yaml", 0600, (const char *)data, len, &config, &error) == 0) {
                if (!holds(config))
                        abort();
        } else if (!error || !*error) {
                abort();
        }
        config_free(config);
        free(error);
        return 0;
}
