#include "common/backoff.h"

#include <stdlib.h>
#include <sys/random.h>

int64_t backoff_next(struct backoff *b, uint32_t random)
{
        int64_t gap = b->first_ms;

        /* Stops at the ceiling, so no number of tries overflows. */
        for (unsigned i = 0; i < b->tries && gap < b->max_ms; i++)
                gap = gap > b->max_ms / 2 ? b->max_ms : gap * 2;
        if (gap > b->max_ms)
                gap = b->max_ms;
        b->tries++;
        return gap + (int64_t)((double)gap * 0.25 * ((double)random / (double)UINT32_MAX));
}

void backoff_reset(struct backoff *b)
{
        b->tries = 0;
}

uint32_t backoff_random(void)
{
        uint32_t n;

        /* Up to 256 bytes come whole or, before the kernel's pool is ready, not at all. */
        if (getrandom(&n, sizeof(n), 0) != sizeof(n))
                abort();
        return n;
}
