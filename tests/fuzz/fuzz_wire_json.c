/*
 * wire_from_json on any line. What it accepts is a frame that wire_decode accepts and that can be
 * written as a line again.
 */
#include "common/wire.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        msgpack_sbuffer frame;
        struct wire_msg msg;

        msgpack_sbuffer_init(&frame);
        if (wire_from_json((const char *)data, len, &frame) == 0) {
                char *json = wire_to_json(frame.data, frame.size);

                if (!json || wire_decode(frame.data, frame.size, &msg) != 0)
                        abort();
                free(json);
        }
        msgpack_sbuffer_destroy(&frame);
        return 0;
}
