#include "common/store.h"

void store_put_u64(uint8_t out[8], uint64_t n)
{
        for (int i = 7; i >= 0; i--, n >>= 8)
                out[i] = (uint8_t)n;
}

uint64_t store_get_u64(const uint8_t in[8])
{
        uint64_t n = 0;

        for (int i = 0; i < 8; i++)
                n = n << 8 | in[i];
        return n;
}

void store_put_u32(uint8_t out[4], uint32_t n)
{
        for (int i = 3; i >= 0; i--, n >>= 8)
                out[i] = (uint8_t)n;
}

uint32_t store_get_u32(const uint8_t in[4])
{
        uint32_t n = 0;

        for (int i = 0; i < 4; i++)
                n = n << 8 | in[i];
        return n;
}
