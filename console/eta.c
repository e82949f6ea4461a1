#include "console/eta.h"

#include "common/clock.h"

enum { DAY_S = 86400 };

struct eta eta_of(const struct report_publisher *report, double rate, int64_t now_s)
{
        uint64_t backlog = report->queued + report->in_flight;
        uint64_t covered = report->quota.left + report->in_flight;
        int64_t free_at = 0, wait = 0;
        struct eta eta = {.kind = ETA_NOTHING};

        if (backlog == 0)
                return eta;
        if (backlog > covered && report->quota.limit > 0) {
                uint64_t beyond = backlog - covered;

                if (clock_parse_utc(text_of(report->quota.next_free_at), &free_at))
                        wait = free_at > now_s ? free_at - now_s : 0;
                eta.kind = ETA_QUOTA;
                /* the last of them leaves when the days before its own are over */
                eta.s = wait + (int64_t)((beyond - 1) / report->quota.limit) * DAY_S;
                return eta;
        }
        if (rate <= 0) {
                eta.kind = ETA_UNKNOWN;
                return eta;
        }
        eta.kind = ETA_RATE;
        eta.s = (int64_t)((double)backlog / rate + 0.5);
        return eta;
}
