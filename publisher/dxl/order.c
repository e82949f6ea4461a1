#include "publisher/dxl/order.h"

#include <stdbool.h>

static bool better(const struct dxl_rank *a, const struct dxl_rank *b)
{
        return a->reached != b->reached ? a->reached < b->reached : a->took_ms < b->took_ms;
}

void dxl_order(const struct dxl_rank *ranks, size_t count, size_t *order)
{
        for (size_t i = 0; i < count; i++) {
                size_t at = i;
                for (; at > 0 && better(&ranks[i], &ranks[order[at - 1]]); at--)
                        order[at] = order[at - 1];
                order[at] = i;
        }
}
