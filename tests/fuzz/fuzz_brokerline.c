/*
 * A broker line of any bytes. It is refused with a text, or its parts lie within it and are what
 * the header promises. The same bytes are then what a proxy answers.
 */
#include "publisher/dxl/brokerline.h"
#include "publisher/dxl/proxy.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static bool within(struct text part, struct text all)
{
        return part.len == 0 || (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len);
}

static void line(struct text all)
{
        char fault[DXL_BROKERLINE_FAULT_MAX] = "";
        struct dxl_brokerline found;

        if (dxl_brokerline_parse(all, &found, fault) != 0) {
                if (!fault[0] || strlen(fault) >= sizeof(fault))
                        abort();
                return;
        }
        if (found.port == 0 || found.host.len == 0 || found.host.len > DXL_BROKERLINE_HOST_MAX ||
            found.ip.len > DXL_BROKERLINE_HOST_MAX || memchr(found.host.ptr, '/', found.host.len) ||
            !within(found.id, all) || !within(found.host, all) || !within(found.ip, all))
                abort();
}

static void answer(struct text all)
{
        char why[200] = "";
        size_t head = dxl_proxy_head(all);

        if (head > all.len)
                abort();
        if (dxl_proxy_verdict((struct text){all.ptr, head}, why, sizeof(why)) != 0 && !why[0])
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct text all = {(const char *)data, len};

        line(all);
        answer(all);
        return 0;
}
