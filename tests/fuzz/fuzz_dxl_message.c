/*
 * dxl_message_decode on any bytes. What it accepts is packed anew and must then be read as the
 * same: packed a second time it gives the same bytes.
 */
#include "publisher/dxl/message.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
        if (!holds)
                abort();
}

static void walk(struct dxl_message_list list)
{
        struct text t;
        uint32_t count = list.count, n = 0;
        while (dxl_message_next(&list, &t))
                n++;
        check(n == count && list.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct dxl_message m;
        if (dxl_message_decode(data, len, &m) != 0)
                return 0;
        walk(m.broker_ids);
        walk(m.client_ids);
        walk(m.other_fields);
        walk(m.tenant_guids);
        msgpack_sbuffer once, twice;
        msgpack_sbuffer_init(&once);
        msgpack_sbuffer_init(&twice);
        dxl_message_pack(&once, &m);
        /* str8 and bin8 grow by a byte when packed as raw16, so only the limit may be in the way.
         */
        if (once.size <= DXL_MESSAGE_MAX) {
                check(dxl_message_decode(once.data, once.size, &m) == 0);
                dxl_message_pack(&twice, &m);
                check(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
        }
        msgpack_sbuffer_destroy(&once);
        msgpack_sbuffer_destroy(&twice);
        return 0;
}
