#include "common/burst.h"

bool burst_say(struct burst *burst, int64_t now_ms, uint64_t *more)
{
        if (now_ms < burst->quiet_until) {
                burst->unsaid++;
                return false;
        }
        *more = burst->unsaid;
        *burst = (struct burst){.quiet_until = now_ms + BURST_MS};
        return true;
}
