/*
 * A dxlclient.config of any bytes. It is refused with a text, or it keeps what the header promises.
 */
#include "common/cleanup.h"
#include "publisher/dxl/dxlconfig.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static bool holds(const struct dxl_config *c)
{
        bool ok = c->broker_count >= 1 && c->broker_count <= DXL_CONFIG_BROKERS_MAX &&
                  (c->websockets || !c->proxy.host) && (!c->proxy.host || c->proxy.port > 0);

        for (size_t i = 0; ok && i < c->broker_count; i++)
                ok = c->brokers[i].id && c->brokers[i].host && c->brokers[i].host[0] &&
                     c->brokers[i].port > 0;
        return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        _cleanup_(freep) char *content = malloc(len + 1);
        struct dxl_config *config = NULL;
        char *error = NULL;

        if (!content || len > DXL_CONFIG_FILE_MAX)
                return 0;
        if (len > 0)
                memcpy(content, data, len);
        content[len] = '\0';
        if (dxl_config_parse("dxlclient.config", content, &config, &error) == 0) {
                if (!holds(config))
                        abort();
        } else if (!error || !*error) {
                abort();
        }
        dxl_config_free(config);
        free(error);
        return 0;
}
