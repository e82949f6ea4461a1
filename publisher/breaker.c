#include "publisher/breaker.h"

void breaker_answered(struct breaker *b)
{
        *b = (struct breaker){.proven = true};
}

void breaker_reconnected(struct breaker *b)
{
        b->proven = false;
}

bool breaker_open(const struct breaker *b)
{
        return b->silent >= BREAKER_LIMIT;
}

void breaker_timed_out(struct breaker *b, int64_t now_ms, int64_t first_gap_ms)
{
        b->silent++;
        /* A full window times out together: one burst is one step. */
        if (!breaker_open(b) || (b->gap_ms > 0 && now_ms < b->next_probe_ms))
                return;
        b->gap_ms = b->gap_ms > 0 ? 2 * b->gap_ms : first_gap_ms;
        if (b->gap_ms > BREAKER_MAX_GAP_MS)
                b->gap_ms = BREAKER_MAX_GAP_MS;
        b->next_probe_ms = now_ms + b->gap_ms;
}

unsigned breaker_allowance(const struct breaker *b, unsigned window, int64_t now_ms)
{
        if (breaker_open(b))
                return now_ms >= b->next_probe_ms ? 1 : 0;
        if (!b->proven && window > BREAKER_LIMIT)
                return BREAKER_LIMIT;
        return window;
}
