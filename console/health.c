#include "console/health.h"

#include "common/clock.h"
#include "console/remote.h"
#include "console/span.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { STALE_MORE_S = 900 };

static void add(struct health *h, enum health_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct health *h, enum health_level level, const char *format, ...)
{
        va_list args;

        if (level > h->level)
                h->level = level;
        if (h->count == HEALTH_REASONS_MAX)
                return;
        va_start(args, format);
        vsnprintf(h->reasons[h->count++], HEALTH_REASON_MAX, format, args);
        va_end(args);
}

static bool stage_runs(const struct summary *s, const char *stage, const char *fabric)
{
        for (size_t i = 0; i < s->stage_count; i++) {
                const struct summary_stage *is = &s->stages[i];

                if ((!stage || strcmp(is->stage, stage) == 0) &&
                    (!fabric || (is->fabric && strcmp(is->fabric, fabric) == 0)) && is->running)
                        return true;
        }
        return false;
}

int64_t health_stale_s(int64_t interval_s)
{
        return 2 * interval_s + STALE_MORE_S;
}

/* When the last sweep ended; 0: it goes on, or there was none. */
static int64_t sweep_end(const struct report_sweep *sweep)
{
        int64_t s = 0;

        if (strcmp(sweep->state, "running") == 0 ||
            !clock_parse_utc(text_of(sweep->finished_at), &s))
                return 0;
        return s;
}

static void judge_age(const struct health_view *view, bool anything_runs, struct health *ret)
{
        int64_t end = sweep_end(view->summary->sweep), age = view->now_s - end;

        if (end == 0 || age <= health_stale_s(view->interval_s))
                return;
        add(ret, HEALTH_DOWN, "%sthe last sweep ended %s ago, and connector.interval is %s",
            anything_runs ? "" : "nothing runs, ", SPAN(age), SPAN(view->interval_s));
}

static void judge_sweep(const struct health_view *view, bool anything_runs, struct health *ret)
{
        const struct report_sweep *sweep = view->summary->sweep;

        if (sweep->error[0])
                add(ret, HEALTH_DEGRADED, "sweep %llu: %s", (unsigned long long)sweep->number,
                    sweep->error);
        else if (strcmp(sweep->state, "failed") == 0)
                add(ret, HEALTH_DEGRADED, "sweep %llu failed", (unsigned long long)sweep->number);
        if (!anything_runs && sweep->number > 0 && strcmp(sweep->state, "running") == 0)
                add(ret, HEALTH_DEGRADED,
                    "nothing runs, and sweep %llu was interrupted; the next run goes on with it",
                    (unsigned long long)sweep->number);
        judge_age(view, anything_runs, ret);
}

/* Between runs: what the last one left. */
static void judge_rest(const struct summary_fabric *f, struct health *ret)
{
        const struct report_publisher *r = f->report;

        if (r->queued > 0 && r->quota.left > 0 && !r->off)
                add(ret, HEALTH_DEGRADED,
                    "%s: %s wait though the quota has room%s%s; the next run takes them up",
                    f->name, SUMMARY_N(r->queued), r->last_error[0] ? ": " : "", r->last_error);
        if (r->outbox > 0)
                add(ret, HEALTH_DEGRADED,
                    "%s: %s results are not in ThreatQ yet; the next run writes them", f->name,
                    SUMMARY_N(r->outbox));
}

/* Returns whether this fabric can be told something now. */
static bool judge_running(const struct health_view *view, const struct summary_fabric *f,
                          struct health *ret)
{
        const struct report_publisher *r = f->report;
        int64_t silent = r->unanswered_since > 0 ? view->now_s - r->unanswered_since : 0;

        if (!stage_runs(view->summary, "publisher", f->name)) {
                add(ret, HEALTH_DEGRADED, "%s: its publisher does not run; its queue is kept",
                    f->name);
                return false;
        }
        if (!r->connected || silent >= view->patience_s) {
                add(ret, HEALTH_DEGRADED, "%s: %s%s%s; its queue is kept", f->name,
                    !r->connected ? "no broker is connected" : "TIE does not answer",
                    r->last_error[0] ? ": " : "", r->last_error);
                return false;
        }
        return true;
}

/* Whether its publisher runs on this host, or did. */
static bool lives_here(const struct health_view *view, const struct summary_fabric *f)
{
        const struct report_publisher *r = f->report;

        return !view->part || stage_runs(view->summary, "publisher", f->name) || r->shared > 0 ||
               r->queued > 0 || r->outbox > 0 || r->quota.used > 0;
}

/* Switched off is as somebody wants it, but is not to be overlooked. */
static void judge_remote(const struct summary_fabric *f, struct health *ret)
{
        char sentence[HEALTH_REASON_MAX];

        if (remote_sentence(f->remote, sentence, sizeof(sentence)))
                add(ret, f->remote->error[0] ? HEALTH_DEGRADED : HEALTH_FINE, "%s: %s", f->name,
                    sentence);
}

static void judge_fabrics(const struct health_view *view, bool anything_runs, struct health *ret)
{
        const struct summary *s = view->summary;
        size_t able = 0, known = 0;

        for (size_t i = 0; i < s->fabric_count; i++) {
                const struct summary_fabric *f = &s->fabrics[i];

                judge_remote(f, ret);
                if (!f->report)
                        continue;
                if (lives_here(view, f)) {
                        known++;
                        if (anything_runs)
                                able += judge_running(view, f, ret);
                        else
                                judge_rest(f, ret);
                }
                if (f->lagging)
                        add(ret, HEALTH_DEGRADED,
                            "%s: left behind in the last sweep; it catches up when its publisher "
                            "runs",
                            f->name);
                if (f->report->counts.failed > 0)
                        add(ret, HEALTH_DEGRADED,
                            "%s: %s failed for good in this sweep; each later sweep tries them "
                            "once",
                            f->name, SUMMARY_N(f->report->counts.failed));
        }
        if (known == 0 && s->fabric_count > 0 && !view->part)
                add(ret, HEALTH_DOWN, "no fabric's publisher gives a report");
        else if (anything_runs && able == 0 && known > 0)
                add(ret, HEALTH_DOWN, "no fabric can be told anything");
}

static void judge_stages(const struct health_view *view, bool anything_runs, struct health *ret)
{
        static const struct {
                const char *stage;
                const char *loss;
        } needed[] = {
            {"fetcher", "nothing new comes from ThreatQ"},
            {"mapper", "nothing new reaches the fabrics"},
            {"enricher", "results wait to be written to ThreatQ"},
        };

        if (!anything_runs && view->service) {
                add(ret, HEALTH_DOWN, "nothing runs: start the service");
                return;
        }
        if (view->part) {
                if (!anything_runs)
                        add(ret, HEALTH_DOWN, "nothing runs on this host: start its stages");
                return;
        }
        if (!anything_runs && view->summary->sweep->number == 0)
                add(ret, HEALTH_DOWN,
                    "nothing runs and nothing was ever swept: start the service, or "
                    "tq-trellix-tie run");
        for (size_t i = 0; anything_runs && i < sizeof(needed) / sizeof(needed[0]); i++) {
                if (!stage_runs(view->summary, needed[i].stage, NULL))
                        add(ret, HEALTH_DEGRADED, "no %s runs: %s", needed[i].stage,
                            needed[i].loss);
        }
}

void health_judge(const struct health_view *view, struct health *ret)
{
        bool anything_runs = stage_runs(view->summary, NULL, NULL);

        ret->level = HEALTH_FINE;
        ret->count = 0;
        judge_stages(view, anything_runs, ret);
        judge_sweep(view, anything_runs, ret);
        judge_fabrics(view, anything_runs, ret);
        if (view->unreadable[0])
                add(ret, HEALTH_DEGRADED, "no report of %s", view->unreadable);
}

const char *health_name(enum health_level level)
{
        switch (level) {
        case HEALTH_FINE:
                return "fine";
        case HEALTH_DEGRADED:
                return "degraded";
        case HEALTH_DOWN:
                return "down";
        }
        abort();
}
