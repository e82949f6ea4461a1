#include "publisher/dxl/uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void dxl_uuid_new(char out[DXL_UUID_LEN + 1])
{
        uint8_t b[16];
        if (getrandom(b, sizeof(b), 0) != sizeof(b))
                abort(); /* so few bytes are never cut short */
        b[6] = (b[6] & 0x0f) | 0x40;
        b[8] = (b[8] & 0x3f) | 0x80;
        snprintf(out, DXL_UUID_LEN + 1,
                 "{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}", b[0],
                 b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                 b[14], b[15]);
}
