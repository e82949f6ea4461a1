#include "console/decide.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
        /* A fetcher that was asked gives up a page after a minute by itself and says why: what
         * stands still longer than that on top of our patience is stuck. */
        STALL_EXTRA_MS = 60000,
};

void decide_init(struct decide *d, size_t fabric_count, uint64_t request, bool attached,
                 int64_t patience_ms, int64_t boot_ms)
{
        *d = (struct decide){
            .patience_ms = patience_ms,
            .request = request,
            .attached = attached,
            .moved_at = boot_ms,
            .running_at = boot_ms,
            .fabric_count = fabric_count,
        };
        for (size_t i = 0; i < fabric_count; i++) {
                d->fabrics[i].ok_at = boot_ms;
                d->fabrics[i].drained_at = boot_ms;
        }
}

static enum decide_verdict fail(struct decide *d, const char *why, const char *next)
{
        d->failed = true;
        snprintf(d->reason, sizeof(d->reason), "%s; %s", why, next);
        return DECIDE_FAILED;
}

static bool sweep_moved(const struct report_sweep *a, const struct report_sweep *b)
{
        return a->number != b->number || a->request != b->request || a->fetched != b->fetched ||
               a->pages != b->pages || strcmp(a->state, b->state) != 0;
}

/* Follows the sweep that answers our request, and keeps its last state when another follows it. */
static void follow_sweep(struct decide *d, const struct report_sweep *now, int64_t boot_ms)
{
        if (sweep_moved(&d->last, now))
                d->moved_at = boot_ms;
        d->last = *now;
        if (d->sweep == 0 && now->request == d->request)
                d->sweep = now->number;
        if (d->sweep == 0 || now->number <= d->sweep)
                d->seen = *now;
        if (d->sweep == 0)
                return;
        if (now->number > d->sweep || strcmp(now->state, "idle") == 0)
                d->swept = true;
}

static bool stands_still(const struct decide *d, int64_t boot_ms)
{
        return boot_ms - d->moved_at > d->patience_ms + STALL_EXTRA_MS;
}

static enum decide_verdict look_at_sweep(struct decide *d, const struct decide_input *in)
{
        char why[DECIDE_REASON_MAX - 128];

        if (in->fetcher && in->fetcher->pid != 0)
                d->running_at = in->boot_ms;
        if (in->fetcher)
                follow_sweep(d, &in->fetcher->sweep, in->boot_ms);
        if (in->unusable) {
                d->misconfigured = in->misconfigured;
                return fail(d, in->unusable, "queues and checkpoints are kept");
        }
        if (d->sweep != 0 && strcmp(d->seen.state, "failed") == 0 && !d->swept) {
                snprintf(why, sizeof(why), "The sweep failed: %s", d->seen.error);
                return fail(d, why, "the next run starts from the last complete one");
        }
        if (d->attached && in->boot_ms - d->running_at > DECIDE_GONE_MS)
                return fail(d, "The service that was asked to sweep has ended",
                            "its queues are kept: start it, or run again");
        if (!d->swept && stands_still(d, in->boot_ms)) {
                snprintf(why, sizeof(why), "The sweep has not moved for %" PRId64 " s",
                         (in->boot_ms - d->moved_at) / 1000);
                return fail(d, why, "it goes on where it was in the next run");
        }
        return DECIDE_GO_ON;
}

static void leave(struct decide_fabric *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void leave(struct decide_fabric *f, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        vsnprintf(f->reason, sizeof(f->reason), format, args);
        va_end(args);
        f->state = DECIDE_LEFT;
}

static bool settled(const struct report_publisher *report)
{
        return !report->sweep_open && report->idle && (report->outbox == 0 || report->dry_run);
}

/* Whether the publisher takes part in the sweep. One that has come to an end with it need not run
 * any more: a service that stops just then has done what was asked. */
static bool takes_part(const struct decide *d, const struct decide_input *in,
                       const struct decide_fabric_input *f)
{
        if (!f->report)
                return false;
        if (!d->swept)
                return f->report->pid != 0;
        if (f->report->sweep < d->sweep || (in->fetcher && report_lagging(in->fetcher, f->name)))
                return false;
        return f->report->pid != 0 || settled(f->report);
}

static void follow_outbox(struct decide_fabric *f, const struct report_publisher *report,
                          int64_t boot_ms)
{
        if (report->outbox == 0 || report->outbox < f->outbox ||
            report->enrichment_written != f->written)
                f->drained_at = boot_ms;
        f->outbox = report->outbox;
        f->written = report->enrichment_written;
}

static void leave_absent(struct decide_fabric *f, const struct decide_fabric_input *in, int64_t s)
{
        if (!in->report || in->report->pid == 0)
                leave(f, "left for the next run: its publisher has not run for %" PRId64 " s", s);
        else
                leave(f,
                      "left for the next run: it has not taken the sweep for %" PRId64
                      " s; it catches up from its own checkpoint",
                      s);
}

static void leave_silent(struct decide_fabric *f, const struct report_publisher *report, int64_t s)
{
        leave(f,
              "left for the next run: no answer from broker or TIE for %" PRId64
              " s%s%s%s; its queue of %" PRIu64 " is kept",
              s, report->last_error[0] ? " (" : "", report->last_error,
              report->last_error[0] ? ")" : "", report->queued + report->in_flight);
}

static void look_at_fabric(struct decide *d, const struct decide_input *in, size_t i)
{
        const struct decide_fabric_input *fi = &in->fabrics[i];
        const struct report_publisher *report = fi->report;
        struct decide_fabric *f = &d->fabrics[i];
        int64_t silent_ms = 0;
        bool stuck;

        f->state = DECIDE_WORKING;
        f->misconfigured = fi->unusable && fi->misconfigured;
        if (fi->unusable) {
                leave(f, "%s; its queue is kept", fi->unusable);
                return;
        }
        if (!takes_part(d, in, fi)) {
                if (in->boot_ms - f->ok_at > d->patience_ms)
                        leave_absent(f, fi, (in->boot_ms - f->ok_at) / 1000);
                return;
        }
        f->ok_at = in->boot_ms;
        follow_outbox(f, report, in->boot_ms);
        stuck = in->boot_ms - f->drained_at > d->patience_ms;
        if (report->unanswered_since != 0)
                silent_ms = (in->wall_s - report->unanswered_since) * 1000;
        if (silent_ms > d->patience_ms && (report->outbox == 0 || stuck))
                leave_silent(f, report, silent_ms / 1000);
        else if (d->swept && settled(report))
                f->state = DECIDE_FABRIC_DONE;
        else if (d->swept && !report->sweep_open && report->idle && stuck)
                leave(f,
                      "left for the next run: ThreatQ has taken none of its %" PRIu64
                      " results for %" PRId64 " s; they are kept and written then",
                      report->outbox, (in->boot_ms - f->drained_at) / 1000);
}

/* Whether our fetcher is in a sweep that somebody else asked for meanwhile: with us it would end.
 */
static bool serves_another(const struct decide *d, int64_t boot_ms)
{
        if (d->attached || d->last.number <= d->sweep || stands_still(d, boot_ms))
                return false;
        return strcmp(d->last.state, "idle") != 0 && strcmp(d->last.state, "failed") != 0;
}

enum decide_verdict decide_look(struct decide *d, const struct decide_input *in)
{
        enum decide_verdict verdict = look_at_sweep(d, in);
        size_t unusable = 0, over = 0;

        for (size_t i = 0; i < d->fabric_count; i++) {
                look_at_fabric(d, in, i);
                unusable += in->fabrics[i].unusable != NULL;
                over += d->fabrics[i].state != DECIDE_WORKING;
        }
        if (verdict != DECIDE_GO_ON)
                return verdict;
        /* Without any publisher the sweep would wait for ever. */
        if (unusable == d->fabric_count)
                return DECIDE_DONE;
        if (!d->swept || over < d->fabric_count || serves_another(d, in->boot_ms))
                return DECIDE_GO_ON;
        return DECIDE_DONE;
}

int decide_exit(const struct decide *d, const struct summary_fabric *fabrics)
{
        int code = 0;

        if (d->failed)
                return d->misconfigured ? 2 : 1;
        for (size_t i = 0; i < d->fabric_count; i++) {
                const struct decide_fabric *f = &d->fabrics[i];
                const struct report_publisher *report = fabrics[i].report;

                if (f->misconfigured)
                        return 2;
                if (f->state == DECIDE_LEFT || (report && report->counts.failed > 0))
                        code = 1;
        }
        return code;
}
