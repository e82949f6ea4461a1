#include "fetcher/schedule.h"

static uint64_t heard(const struct schedule *s)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < s->fabric_count; i++)
                bits |= (uint64_t)s->fabrics[i].heard << i;
        return bits;
}

/* Fabrics that are here and have missed a sweep. */
static uint64_t returned(const struct schedule *s)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < s->fabric_count; i++) {
                const struct schedule_fabric *f = &s->fabrics[i];

                if (f->heard && (f->lagging || (s->ever && f->is_new)) &&
                    (f->left_ms < 0 || f->left_ms >= SCHEDULE_FOLLOW_UP_MS))
                        bits |= (uint64_t)1 << i;
        }
        return bits;
}

/* A clock that was set back makes the last sweep lie in the future: that is no reason to wait. */
static bool older_than(int64_t then_s, int64_t now_s, int64_t ms)
{
        return then_s > now_s || (now_s - then_s) * 1000 >= ms;
}

static bool older_than_last(const struct schedule *s, int64_t ms)
{
        return !s->ever || older_than(s->last_begun_s, s->now_s, ms);
}

static bool is_due(const struct schedule *s)
{
        if (s->requested)
                return true;
        if (s->on_request)
                return false;
        return older_than_last(s, s->interval_ms) ||
               (s->last_failed && older_than_last(s, SCHEDULE_RETRY_S * 1000));
}

/* What failed for all would fail for one. */
static bool may_follow_up(const struct schedule *s)
{
        return s->follow_up && (!s->last_failed || older_than_last(s, SCHEDULE_RETRY_S * 1000));
}

bool schedule_needs(const struct schedule *s, size_t fabric, int64_t *since)
{
        const struct schedule_fabric *f = &s->fabrics[fabric];
        int64_t checkpoint = f->checkpoint < s->now_s ? f->checkpoint : s->now_s;

        *since = -1;
        if (!f->has_checkpoint)
                return true;
        *since = checkpoint < SCHEDULE_OVERLAP_S ? 0 : checkpoint - SCHEDULE_OVERLAP_S;
        /* A checkpoint that lies ahead was taken by a clock that was wrong. */
        return f->checkpoint > s->now_s || older_than(f->last_full, s->now_s, s->full_interval_ms);
}

static void choose_kind(const struct schedule *s, struct schedule_decision *d)
{
        d->full = d->for_request && s->requested_full;
        d->kind = d->full ? SWEEP_FULL : SWEEP_INCREMENTAL;
        d->since = -1;
        for (size_t i = 0; i < s->fabric_count; i++) {
                int64_t since;

                if (!(d->targets >> i & 1))
                        continue;
                if (schedule_needs(s, i, &since))
                        d->kind = SWEEP_FULL;
                if (since >= 0 && (d->since < 0 || since < d->since))
                        d->since = since;
        }
}

int64_t schedule_checkpoint(int64_t started_at, int64_t clock_ahead)
{
        /* Less is within the overlap, and a clock that is ahead costs nothing but repeats. */
        return clock_ahead < -SCHEDULE_OVERLAP_S / 5 ? started_at + clock_ahead : started_at;
}

void schedule_decide(const struct schedule *s, struct schedule_decision *ret)
{
        uint64_t here = heard(s);
        uint64_t all = s->fabric_count < 64 ? ((uint64_t)1 << s->fabric_count) - 1 : UINT64_MAX;
        bool due = is_due(s);

        *ret = (struct schedule_decision){.what = SCHEDULE_NOTHING, .since = -1};
        if (s->unfinished && s->unfinished_targets) {
                /* Nobody is waited for: who does not come back is left behind in time. */
                ret->what = SCHEDULE_RESUME;
                ret->targets = s->unfinished_targets;
                return;
        }
        if (due || s->unfinished) {
                if (here == 0 || (here != all && s->gathering_ms < SCHEDULE_GATHER_MS)) {
                        ret->what = SCHEDULE_WAIT;
                        return;
                }
                ret->targets = here;
        } else {
                ret->targets = may_follow_up(s) ? returned(s) : 0;
                if (ret->targets == 0)
                        return;
                ret->follow_up = true;
        }
        ret->what = SCHEDULE_START;
        ret->for_request = s->requested;
        choose_kind(s, ret);
}
