#include "common/mp.h"

#include <math.h>
#include <string.h>

struct mp mp_of(const void *data, size_t len)
{
        const uint8_t *ptr = data;

        return (struct mp){.ptr = ptr, .end = len > 0 ? ptr + len : ptr};
}

bool mp_done(const struct mp *mp)
{
        return !mp->failed && mp->ptr == mp->end;
}

static void mp_fail(struct mp *mp)
{
        mp->failed = true;
        mp->ptr = mp->end;
}

/* Takes n bytes; NULL when they are not there. */
static const uint8_t *mp_take(struct mp *mp, size_t n)
{
        const uint8_t *at = mp->ptr;

        if ((size_t)(mp->end - mp->ptr) < n) {
                mp_fail(mp);
                return NULL;
        }
        mp->ptr += n;
        return at;
}

/* The big-endian number in the next n bytes, 0 when they are not there. */
static uint64_t mp_bytes(struct mp *mp, size_t n)
{
        const uint8_t *at = mp_take(mp, n);
        uint64_t value = 0;

        for (size_t i = 0; at && i < n; i++)
                value = value << 8 | at[i];
        return value;
}

/* The next header byte, 0xc1 (never used in msgpack) when there is none. */
static uint8_t mp_head(struct mp *mp)
{
        const uint8_t *at = mp_take(mp, 1);

        return at ? *at : 0xc1;
}

uint32_t mp_array(struct mp *mp)
{
        uint8_t head = mp_head(mp);

        if ((head & 0xf0) == 0x90)
                return head & 0x0f;
        if (head == 0xdc)
                return (uint32_t)mp_bytes(mp, 2);
        if (head == 0xdd)
                return (uint32_t)mp_bytes(mp, 4);
        mp_fail(mp);
        return 0;
}

uint64_t mp_uint(struct mp *mp)
{
        uint8_t head = mp_head(mp);

        if (head < 0x80)
                return head;
        if (head >= 0xcc && head <= 0xcf)
                return mp_bytes(mp, (size_t)1 << (head - 0xcc));
        mp_fail(mp);
        return 0;
}

int64_t mp_int(struct mp *mp)
{
        uint8_t head = mp->ptr < mp->end ? *mp->ptr : 0xc1;
        uint64_t n;

        if (head >= 0xe0)
                return (int8_t)mp_head(mp);
        if (head >= 0xd0 && head <= 0xd3) {
                size_t size = (size_t)1 << (head - 0xd0);

                mp_head(mp);
                n = mp_bytes(mp, size);
                /* shifted up and back, so that the sign bit of the short form fills the rest */
                return (int64_t)(n << (64 - 8 * size)) >> (64 - 8 * size);
        }
        n = mp_uint(mp);
        if (n > INT64_MAX) {
                mp_fail(mp);
                return 0;
        }
        return (int64_t)n;
}

bool mp_bool(struct mp *mp)
{
        uint8_t head = mp_head(mp);

        if (head != 0xc2 && head != 0xc3)
                mp_fail(mp);
        return head == 0xc3;
}

double mp_number(struct mp *mp)
{
        uint8_t head = mp->ptr < mp->end ? *mp->ptr : 0xc1;
        double value = 0;

        if (head == 0xcb) {
                uint64_t bits;

                mp_head(mp);
                bits = mp_bytes(mp, 8);
                memcpy(&value, &bits, sizeof(value));
        } else if (head == 0xca) {
                uint32_t bits;
                float single;

                mp_head(mp);
                bits = (uint32_t)mp_bytes(mp, 4);
                memcpy(&single, &bits, sizeof(single));
                value = (double)single;
        } else {
                value = (double)mp_int(mp);
        }
        if (!isfinite(value)) {
                mp_fail(mp);
                return 0;
        }
        return value;
}

struct text mp_text(struct mp *mp, size_t max)
{
        uint8_t head = mp_head(mp);
        const uint8_t *at;
        size_t len;

        if ((head & 0xe0) == 0xa0) {
                len = head & 0x1f;
        } else if (head == 0xd9 || head == 0xc4) {
                len = mp_bytes(mp, 1);
        } else if (head == 0xda || head == 0xc5) {
                len = mp_bytes(mp, 2);
        } else if (head == 0xdb || head == 0xc6) {
                len = mp_bytes(mp, 4);
        } else {
                mp_fail(mp);
                return (struct text){0};
        }
        if (len > max)
                mp_fail(mp);
        at = mp->failed ? NULL : mp_take(mp, len);
        return at ? (struct text){.ptr = (const char *)at, .len = len} : (struct text){0};
}

bool mp_nil(struct mp *mp)
{
        if (mp->ptr == mp->end || *mp->ptr != 0xc0)
                return false;
        mp->ptr++;
        return true;
}

uint32_t mp_uint_max(struct mp *mp, uint32_t max)
{
        uint64_t n = mp_uint(mp);

        if (n > max) {
                mp_fail(mp);
                return 0;
        }
        return (uint32_t)n;
}
