#include "fetcher/seen.h"

#include <errno.h>
#include <stdlib.h>

struct seen {
        uint8_t *blocks[SEEN_BLOCKS];
};

int seen_open(struct seen **ret)
{
        struct seen *seen = calloc(1, sizeof(*seen));

        if (!seen)
                return -ENOMEM;
        *ret = seen;
        return 0;
}

void seen_close(struct seen *seen)
{
        if (!seen)
                return;
        for (unsigned i = 0; i < SEEN_BLOCKS; i++)
                free(seen->blocks[i]);
        free(seen);
}

/* Whether the id is new. Without memory for its block it is taken for new. */
static bool note(struct seen *seen, uint64_t id)
{
        uint64_t byte = id / 8;
        uint8_t mask = (uint8_t)(1U << id % 8);
        uint8_t **block;

        if (id > SEEN_ID_MAX)
                return true;
        block = &seen->blocks[byte / SEEN_BLOCK_BYTES];
        if (!*block)
                *block = calloc(1, SEEN_BLOCK_BYTES);
        if (!*block)
                return true;
        if ((*block)[byte % SEEN_BLOCK_BYTES] & mask)
                return false;
        (*block)[byte % SEEN_BLOCK_BYTES] |= mask;
        return true;
}

uint32_t seen_add(struct seen *seen, struct wire_list rows)
{
        struct wire_row row;
        uint32_t fresh = 0;

        while (wire_next_row(&rows, &row))
                fresh += note(seen, row.id);
        return fresh;
}
