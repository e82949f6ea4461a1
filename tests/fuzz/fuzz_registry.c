/*
 * dxl_registry_parse on any bytes: what it accepts counts no more servers for a topic than there
 * are, and names them in strings that end.
 */
#include "publisher/dxl/registry.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
        if (!holds)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct dxl_registry r;
        if (dxl_registry_parse(data, len, &r) != 0)
                return 0;
        check(r.set <= r.instances && r.get <= r.instances && r.set_deaf <= r.set);
        for (size_t i = 0; i < DXL_REGISTRY_LISTED_MAX; i++)
                check(memchr(r.guid[i], '\0', DXL_REGISTRY_GUID_MAX) != NULL);
        return 0;
}
