#include "publisher/breaker.h"

void breaker_answered(struct breaker *b, int64_t now_ms)
{
        /* An answer of before the pause does not end it. */
        if (now_ms < b->paused_until_ms) {
                b->silent = 0;
                return;
        }
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

static int64_t next_gap_ms(int64_t last_ms, int64_t first_ms)
{
        int64_t gap = last_ms > 0 ? 2 * last_ms : first_ms;

        return gap < BREAKER_MAX_GAP_MS ? gap : BREAKER_MAX_GAP_MS;
}

void breaker_timed_out(struct breaker *b, int64_t now_ms, int64_t first_gap_ms)
{
        b->silent++;
        /* A full window times out together: one burst is one step. */
        if (!breaker_open(b) || (b->gap_ms > 0 && now_ms < b->next_probe_ms))
                return;
        b->gap_ms = next_gap_ms(b->gap_ms, first_gap_ms);
        b->next_probe_ms = now_ms + b->gap_ms;
}

void breaker_overloaded(struct breaker *b, int64_t now_ms, int64_t first_gap_ms)
{
        b->silent = 0;
        if (now_ms < b->paused_until_ms)
                return;
        b->pause_ms = next_gap_ms(b->pause_ms, first_gap_ms);
        b->paused_until_ms = now_ms + b->pause_ms;
        b->proven = false;
}

enum breaker_state breaker_state(const struct breaker *b, int64_t now_ms)
{
        if (now_ms < b->paused_until_ms)
                return BREAKER_PAUSED;
        return breaker_open(b) ? BREAKER_OPEN : BREAKER_CLOSED;
}

const char *breaker_state_name(enum breaker_state state)
{
        static const char *const names[] = {
            [BREAKER_CLOSED] = "closed", [BREAKER_OPEN] = "open", [BREAKER_PAUSED] = "paused"};

        return names[state];
}

int64_t breaker_next_ms(const struct breaker *b, int64_t now_ms)
{
        if (now_ms < b->paused_until_ms)
                return b->paused_until_ms;
        return breaker_open(b) && now_ms < b->next_probe_ms ? b->next_probe_ms : 0;
}

unsigned breaker_allowance(const struct breaker *b, unsigned window, int64_t now_ms)
{
        if (now_ms < b->paused_until_ms)
                return 0;
        if (breaker_open(b))
                return now_ms >= b->next_probe_ms ? 1 : 0;
        if (!b->proven && window > BREAKER_LIMIT)
                return BREAKER_LIMIT;
        return window;
}
