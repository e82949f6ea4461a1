#include "fetcher/fetcher_internal.h"
#include "common/clock.h"
#include "fetcher/schedule.h"
#include "fetcher/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static uint64_t all_fabrics(const struct fetcher *f)
{
        return f->config->fabric_count < 64 ? ((uint64_t)1 << f->config->fabric_count) - 1
                                            : UINT64_MAX;
}

int fetcher_save(struct fetcher *f, uint64_t changed)
{
        int r = checkpoint_save(f->checkpoint, f->config, &f->record, f->fabrics, changed);

        if (r < 0)
                log_error(f->proc->log, "cannot save the sweep's place error=\"%s\" store=\"%s\"",
                          strerror(-r), checkpoint_error(f->checkpoint));
        return r;
}

static void begin_fetching(struct fetcher *f, bool full)
{
        struct fetch_job job = {
            .query = {.kind = f->record.kind,
                      .targets = f->record.targets,
                      .started_at = f->record.started_at,
                      .since = f->record.since},
            .paging = f->record.paging,
            .patience_ms = f->impatient ? f->config->patience_ms : -1,
            .settled = f->record.settled,
            .full = full,
            .collection = f->record.collection,
        };

        for (size_t i = 0; i < f->config->fabric_count; i++) {
                job.fabrics[i] = f->needs[i];
                job.fabrics[i].kept = f->fabrics[i].remote;
        }
        terms_free(f->terms);
        f->terms = NULL;
        f->failing = false;
        fetch_begin(f->fetch, &job);
}

/* Opens the window of the record's sweep and starts to fetch. */
static int run_sweep(struct fetcher *f, uint64_t ended, bool full, int64_t now)
{
        const struct sweep_spec spec = {
            .targets = f->record.targets,
            .ended = ended,
            .first_page = f->record.next_page,
            .window = f->config->fetcher.window,
            .patient = f->proc->stdio,
        };
        int r = sweep_open(&spec, now, &f->sweep);

        if (r < 0)
                return r;
        f->checkpointed = ended;
        f->record.next_page += SWEEP_WINDOW_MAX;
        r = fetcher_save(f, f->record.targets);
        if (r == 0)
                begin_fetching(f, full);
        return r;
}

/* A sweep of the schedule or a request is for all: who is not there misses it. */
static uint64_t note_absent(struct fetcher *f, const struct schedule_decision *d, bool follow_up)
{
        uint64_t absent = follow_up ? 0 : all_fabrics(f) & ~d->targets;

        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (absent >> i & 1) {
                        f->fabrics[i].lagging = true;
                        log_warn(f->proc->log,
                                 "no publisher of this fabric: it is left behind fabric=%s",
                                 f->config->fabrics[i].name);
                }
        }
        return absent;
}

static int start_sweep(struct fetcher *f, const struct schedule_decision *d, bool follow_up,
                       int64_t now)
{
        uint64_t request = f->record.request;
        uint64_t absent = note_absent(f, d, follow_up);
        int r;

        if (d->for_request && f->request != 0) {
                request = f->request;
                f->request = 0;
        }
        f->impatient = d->for_request || f->on_request || f->proc->stdio;
        f->record = (struct checkpoint_sweep){
            .number = f->record.number + 1,
            .kind = d->kind,
            .since = d->since,
            .started_at = clock_wall_s(),
            .request = request,
            .open = true,
            .targets = d->targets,
            .next_page = 1,
            .collection = f->record.collection,
        };
        paging_init(&f->record.paging, f->config->threatq.page_size);
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (d->targets >> i & 1)
                        text_copy(text_of(f->roster.fabrics[i].store), f->fabrics[i].sweep_store,
                                  sizeof(f->fabrics[i].sweep_store));
        }
        if (absent) {
                r = fetcher_save(f, absent);
                if (r < 0)
                        return r;
        }
        log_info(f->proc->log,
                 "sweep begins number=%" PRIu64 " kind=%s fabrics=%d request=%" PRIu64,
                 f->record.number, sweep_kind_name(d->kind), __builtin_popcountll(d->targets),
                 f->record.request);
        return run_sweep(f, 0, d->full, now);
}

static int resume_sweep(struct fetcher *f, uint64_t targets, int64_t now)
{
        uint64_t missing = f->record.targets & ~targets;
        uint64_t ended = 0;
        int r;

        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (f->fabrics[i].exists && f->fabrics[i].sweep == f->record.number)
                        ended |= (uint64_t)1 << i;
        }
        /* Who has the whole sweep misses nothing. */
        missing &= ~ended;
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (missing >> i & 1)
                        f->fabrics[i].lagging = true;
        }
        f->record.targets = targets | (f->record.targets & ended);
        /* Which indicators it has seen is not known any more: it starts over, and what the fabrics
         * have is judged again. */
        if (f->config->threatq.data_collection || f->record.collection) {
                paging_init(&f->record.paging, f->config->threatq.page_size);
                f->record.fetched = 0;
        }
        f->impatient = f->on_request;
        r = fetcher_save(f, missing);
        if (r < 0)
                return r;
        log_info(f->proc->log, "sweep goes on number=%" PRIu64 " kind=%s fetched=%" PRIu64,
                 f->record.number, sweep_kind_name(f->record.kind), f->record.fetched);
        return run_sweep(f, ended, f->record.kind == SWEEP_FULL, now);
}

static void describe_fabrics(const struct fetcher *f, struct schedule_fabric *fabrics, int64_t now)
{
        for (unsigned i = 0; i < f->config->fabric_count; i++) {
                const struct checkpoint_fabric *c = &f->fabrics[i];

                fabrics[i] = (struct schedule_fabric){
                    .heard = roster_heard(&f->roster, i, now),
                    .has_checkpoint =
                        c->exists && strcmp(c->store, f->roster.fabrics[i].store) == 0,
                    .checkpoint = c->started_at,
                    .last_full = c->last_full,
                    .lagging = c->lagging,
                    .is_new = !c->exists && !(f->record.targets >> i & 1),
                    .left_ms = f->left_at[i] ? now - f->left_at[i] : -1,
                };
        }
}

/* Targets of the interrupted sweep, but those known to have lost its pages. */
static uint64_t still_there(const struct fetcher *f)
{
        uint64_t same = 0;

        for (size_t i = 0; i < f->config->fabric_count; i++) {
                const struct roster_fabric *r = &f->roster.fabrics[i];

                if (!r->ever || strcmp(f->fabrics[i].sweep_store, r->store) == 0)
                        same |= (uint64_t)1 << i;
        }
        return f->record.targets & same;
}

int fetcher_schedule(struct fetcher *f, int64_t now)
{
        struct schedule_fabric fabrics[SWEEP_FABRICS_MAX];
        struct schedule s = {
            .now_s = clock_wall_s(),
            .gathering_ms = f->gathering_since >= 0 ? now - f->gathering_since : 0,
            .on_request = f->on_request,
            .requested = f->request != 0 || (f->record.open && f->record.request != 0),
            .requested_full = f->request_full,
            .follow_up = !f->on_request || f->swept,
            .unfinished = f->record.open,
            .unfinished_targets = still_there(f),
            .ever = f->record.number > 0,
            .last_begun_s = f->record.started_at,
            .last_failed = f->record.failed,
            .interval_ms = f->config->interval_ms,
            .full_interval_ms = f->config->full_interval_ms,
            .fabrics = fabrics,
            .fabric_count = f->config->fabric_count,
        };
        struct schedule_decision d;
        bool anyone = false;

        describe_fabrics(f, fabrics, now);
        for (size_t i = 0; i < s.fabric_count; i++)
                anyone = anyone || fabrics[i].heard;
        schedule_decide(&s, &d);
        f->waiting = d.what == SCHEDULE_WAIT;
        if (!f->waiting || !anyone)
                f->gathering_since = -1;
        else if (f->gathering_since < 0)
                f->gathering_since = now;
        for (size_t i = 0; i < s.fabric_count; i++)
                f->needs[i].full = schedule_needs(&s, i, &f->needs[i].since);
        if (d.what == SCHEDULE_RESUME)
                return resume_sweep(f, d.targets, now);
        if (d.what == SCHEDULE_START)
                return start_sweep(f, &d, d.follow_up, now);
        return 0;
}

int fetcher_leave(struct fetcher *f, uint64_t fabrics, const char *why, int64_t now)
{
        sweep_leave(f->sweep, fabrics);
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                if (!(fabrics >> i & 1))
                        continue;
                f->fabrics[i].lagging = true;
                f->left_at[i] = now;
                log_warn(f->proc->log,
                         "fabric is left behind fabric=%s: %s; it gets a sweep of its own when its "
                         "publisher is back",
                         f->config->fabrics[i].name, why);
        }
        f->record.targets = sweep_active(f->sweep);
        return fetcher_save(f, fabrics);
}

int fetcher_take_event(struct fetcher *f, struct fetch_event *event, int64_t now)
{
        if (event->clock_ahead < f->record.clock_ahead)
                f->record.clock_ahead = event->clock_ahead;
        switch (event->what) {
        case FETCH_TERMS:
                return fetcher_take_terms(f, event, now);
        case FETCH_PAGE:
                trace_fetched(f, &event->page);
                if (sweep_add(f->sweep, &event->page) < 0) {
                        msgpack_sbuffer_destroy(&event->page.packed);
                        f->failing = true;
                        text_copy(text_of("out of memory"), f->failure, sizeof(f->failure));
                }
                break;
        case FETCH_END:
                sweep_paged(f->sweep);
                break;
        case FETCH_FAILED:
                f->failing = true;
                text_copy(text_of(event->error), f->failure, sizeof(f->failure));
                break;
        }
        return 0;
}

/* The sweep is over, one way or the other. */
static int close_sweep(struct fetcher *f, const char *error)
{
        f->record.open = false;
        f->record.failed = error != NULL;
        f->record.finished_at = clock_wall_s();
        text_copy(text_of(error), f->record.error, sizeof(f->record.error));
        sweep_close(f->sweep);
        f->sweep = NULL;
        f->swept = true;
        f->failing = false;
        fetch_abort(f->fetch);
        if (error)
                log_error(f->proc->log,
                          "sweep failed number=%" PRIu64 " fetched=%" PRIu64
                          ": %s; what was fetched is not taken for the whole",
                          f->record.number, f->record.fetched, error);
        else if (f->record.targets == 0)
                log_warn(f->proc->log,
                         "sweep given up, every fabric was left behind number=%" PRIu64,
                         f->record.number);
        else
                log_info(f->proc->log, "sweep ends number=%" PRIu64 " fetched=%" PRIu64 " pages=%u",
                         f->record.number, f->record.fetched, f->record.pages);
        if (f->proc->stdio)
                loop_stop(f->proc->loop);
        return fetcher_save(f, 0);
}

/* Fabrics that have the whole sweep are up to date as of its beginning. */
static int save_ends(struct fetcher *f)
{
        uint64_t ended = sweep_ended(f->sweep) & ~f->checkpointed;

        if (ended == 0)
                return 0;
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                struct checkpoint_fabric *c = &f->fabrics[i];

                if (!(ended >> i & 1))
                        continue;
                c->sweep = f->record.number;
                c->lagging = false;
                /* It has seen nothing: it goes on from where it was when it is switched on again.
                 */
                if (sweep_off(f->sweep) >> i & 1)
                        continue;
                c->exists = true;
                c->started_at = schedule_checkpoint(f->record.started_at, f->record.clock_ahead);
                if (f->record.kind == SWEEP_FULL)
                        c->last_full = f->record.started_at;
                text_copy(text_of(c->sweep_store), c->store, sizeof(c->store));
        }
        f->checkpointed |= ended;
        return fetcher_save(f, ended);
}

int fetcher_settle(struct fetcher *f, int64_t now)
{
        struct sweep_page page;
        uint32_t number;
        uint64_t left = sweep_leave_behind(f->sweep, now);
        bool moved = false;
        int r = left ? fetcher_leave(f, left, "its publisher does not answer", now) : 0;

        while (r == 0 && sweep_settle(f->sweep, &page, &number)) {
                f->record.fetched += page.fresh;
                f->record.pages++;
                f->record.paging = page.after;
                trace_settled(f, number);
                msgpack_sbuffer_destroy(&page.packed);
                moved = true;
        }
        if (r == 0 && moved) {
                f->record.next_page = sweep_next_page(f->sweep) + SWEEP_WINDOW_MAX;
                r = fetcher_save(f, 0);
        }
        if (r == 0)
                r = save_ends(f);
        if (r < 0)
                return r;
        if (f->failing)
                return close_sweep(f, f->failure);
        return sweep_done(f->sweep) ? close_sweep(f, NULL) : 0;
}
