#include "enricher/workers.h"

#include "common/backoff.h"
#include "common/clock.h"
#include "enricher/attribute.h"
#include "enricher/claim.h"
#include "enricher/writeback.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
        TRIES_MAX = 8,          /* of one job without a write; then its publisher offers it again */
        DOUBTFUL_TRIES_MAX = 3, /* when ThreatQ answers 2xx with errors inside */
        TRY_PAUSE_MS = 200,
        TRY_PAUSE_MAX_MS = 8000,
        ACCOUNT_PAUSE_MS = 60000, /* a refused login is not mended in seconds, and may lock */
        QUIET_MS = 60000,         /* between two lines about single indicators */
        CLAIM_PAUSE_MS = 20,      /* until another enricher may have done its writes */
};

struct worker {
        struct workers *workers;
        struct threatq_session *session;
        struct claim *claim;
        pthread_t thread;
        bool started;
};

struct workers {
        struct workers_setup setup;
        _Atomic int64_t quiet_until_ms;
        struct source source;
        size_t count;
        struct worker worker[];
};

/* Single indicators may fail by the thousand: one line a minute, the counters have them all. */
static bool may_log_single(struct workers *workers)
{
        int64_t now = clock_boot_ms();
        int64_t until = atomic_load(&workers->quiet_until_ms);

        return now >= until &&
               atomic_compare_exchange_strong(&workers->quiet_until_ms, &until, now + QUIET_MS);
}

static void log_trouble(struct log *log, enum threatq_answer answer, const char *error,
                        int64_t pause_ms)
{
        bool lasting = answer == THREATQ_E_LOGIN || answer == THREATQ_E_FORBIDDEN;
        const char *mend = "";

        if (answer == THREATQ_E_FORBIDDEN)
                mend = "; the account needs a role that may write attributes (Primary Contributor, "
                       "Maintenance or Administrative)";
        log_write(log, lasting ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
                  "cannot write to ThreatQ: %s%s; retrying in %" PRId64 " s", error, mend,
                  (pause_ms + 999) / 1000);
}

/* Tells the gate what a failure says about ThreatQ as a whole. */
static void report_failure(struct workers *workers, enum threatq_answer answer,
                           const struct writeback_report *report)
{
        const struct workers_setup *setup = &workers->setup;
        enum gate_trouble trouble = GATE_SINGLE;
        int64_t pause_ms = report->retry_after_ms;

        if (answer == THREATQ_E_LOGIN)
                trouble = GATE_ALL;
        if (answer == THREATQ_E_LOGIN || answer == THREATQ_E_FORBIDDEN)
                pause_ms = ACCOUNT_PAUSE_MS;
        if (report->status == 429 || (report->status == 503 && pause_ms >= 0))
                trouble = GATE_ALL;
        if (gate_failed(setup->gate, trouble, pause_ms, &pause_ms) == GATE_CLOSED)
                log_trouble(setup->log, answer, report->error, pause_ms);
        else
                log_debug(setup->log, "a write failed: %s", report->error);
}

static void report_success(struct workers *workers)
{
        int64_t closed_for_ms;

        if (gate_succeeded(workers->setup.gate, &closed_for_ms) == GATE_OPENED)
                log_info(workers->setup.log, "ThreatQ takes writes again after=%" PRId64 "s",
                         closed_for_ms / 1000);
}

static void count_calls(struct workers_stats *stats, const struct writeback_report *report)
{
        atomic_fetch_add(&stats->gets, report->stats.gets);
        atomic_fetch_add(&stats->puts, report->stats.puts);
        atomic_fetch_add(&stats->posts, report->stats.posts);
        atomic_fetch_add(&stats->deletes, report->stats.deletes);
        atomic_fetch_add(&stats->attributes, report->attributes);
}

static void job_settle(struct workers *workers, struct job *job,
                       const struct writeback_report *report, uint32_t attributes)
{
        struct workers_stats *stats = workers->setup.stats;

        job->settled = true;
        job->receipt = (struct wire_receipt){.id = job->outcome.id,
                                             .version = job->outcome.version,
                                             .result = report->result,
                                             .attributes = attributes};
        if (report->result == WRITTEN_DONE) {
                atomic_fetch_add(&stats->done, 1);
        } else if (report->result == WRITTEN_GONE) {
                atomic_fetch_add(&stats->gone, 1);
                log_debug(workers->setup.log, "indicator gone from ThreatQ id=%" PRIu64,
                          job->outcome.id);
        } else {
                atomic_fetch_add(&stats->refused, 1);
                if (may_log_single(workers))
                        log_warn(workers->setup.log,
                                 "ThreatQ refused an attribute for good id=%" PRIu64
                                 " error=%s; not tried again (others like it within a minute are "
                                 "only counted)",
                                 job->outcome.id, LOG_Q(text_of(report->error)));
        }
}

static void job_give_up(struct workers *workers, const struct job *job,
                        const struct writeback_report *report)
{
        atomic_fetch_add(&workers->setup.stats->given_up, 1);
        if (may_log_single(workers))
                log_warn(workers->setup.log,
                         "could not write an indicator id=%" PRIu64 " tries=%d error=%s; its "
                         "publisher offers it again (others like it within a minute are only "
                         "counted)",
                         job->outcome.id, TRIES_MAX, LOG_Q(text_of(report->error)));
}

/* What the attempt found right, and what it set out to write. */
static void trace_plan(struct log *log, uint64_t id, const struct attribute_wishes *wishes,
                       const struct writeback_report *report)
{
        static const char *const fates[] = {
            [ATTRIBUTE_RIGHT] = "leave", [ATTRIBUTE_CHANGED] = "change", [ATTRIBUTE_ADDED] = "add"};

        if (!report->planned || !log_wants(log, LOG_LEVEL_DEBUG))
                return;
        for (size_t i = 0; i < wishes->count; i++)
                log_debug(log, "decided id=%" PRIu64 " attribute=%s value=%s do=%s", id,
                          LOG_Q(text_of(wishes->wish[i].name)),
                          LOG_Q(text_of(wishes->wish[i].value)), fates[report->fate[i]]);
        if (report->surplus > 0)
                log_debug(log, "decided id=%" PRIu64 " surplus_rows=%zu do=delete", id,
                          report->surplus);
}

/* One attempt. While it lasts no other enricher writes this indicator. */
static enum threatq_answer job_attempt(struct worker *worker, const struct job *job,
                                       const struct attribute_wishes *wishes,
                                       struct writeback_report *ret)
{
        const struct workers_setup *setup = &worker->workers->setup;
        enum threatq_answer answer;

        while (worker->claim && claim_take(worker->claim, job->outcome.id) == CLAIM_E_TAKEN)
                if (!gate_sleep(setup->gate, CLAIM_PAUSE_MS)) {
                        *ret = (struct writeback_report){0};
                        return THREATQ_E_STOPPED;
                }
        answer =
            writeback_run(worker->session, job->outcome.id, wishes, &worker->workers->source, ret);
        if (worker->claim)
                claim_drop(worker->claim);
        count_calls(setup->stats, ret);
        trace_plan(setup->log, job->outcome.id, wishes, ret);
        return answer;
}

static void job_work(struct worker *worker, struct job *job)
{
        const struct workers_setup *setup = &worker->workers->setup;
        struct backoff backoff = {.first_ms = TRY_PAUSE_MS, .max_ms = TRY_PAUSE_MAX_MS};
        struct attribute_wishes wishes;
        struct writeback_report report;
        enum threatq_answer answer;
        uint32_t attributes = 0;

        attribute_wishes_of(&job->outcome, setup->config->fabrics[job->fabric].name,
                            setup->config->share_status, &wishes);
        for (unsigned try = 1; gate_pass(setup->gate); try++) {
                answer = job_attempt(worker, job, &wishes, &report);
                attributes += report.attributes;
                if (answer == THREATQ_OK) {
                        report_success(worker->workers);
                        if (report.doubtful && try < DOUBTFUL_TRIES_MAX) {
                                gate_sleep(setup->gate, backoff_next(&backoff, backoff_random()));
                                continue;
                        }
                        job_settle(worker->workers, job, &report, attributes);
                        return;
                }
                if (answer == THREATQ_E_STOPPED)
                        return;
                if (report.writes > 0) { /* it goes on, if in steps */
                        report_success(worker->workers);
                        backoff_reset(&backoff);
                        try = 0;
                }
                report_failure(worker->workers, answer, &report);
                if (try == TRIES_MAX) {
                        job_give_up(worker->workers, job, &report);
                        return;
                }
                gate_sleep(setup->gate, backoff_next(&backoff, backoff_random()));
        }
}

static void *worker_run(void *userdata)
{
        struct worker *worker = userdata;
        struct jobs *jobs = worker->workers->setup.jobs;
        struct job *job;

        while ((job = jobs_take(jobs))) {
                job_work(worker, job);
                jobs_finish(jobs, job);
        }
        return NULL;
}

static int worker_start(struct workers *workers, struct worker *worker)
{
        int r;

        worker->workers = workers;
        r = threatq_session_open(workers->setup.account, &worker->session);
        if (r < 0)
                return r;
        if (workers->setup.claims) {
                r = claim_open(workers->setup.claims, &worker->claim);
                if (r < 0)
                        return r;
        }
        r = pthread_create(&worker->thread, NULL, worker_run, worker);
        if (r != 0)
                return -r;
        worker->started = true;
        return 0;
}

int workers_start(const struct workers_setup *setup, struct workers **ret)
{
        _cleanup_(workers_closep) struct workers *workers = NULL;
        size_t count = setup->config->enricher.connections;
        int r;

        workers = calloc(1, sizeof(*workers) + count * sizeof(workers->worker[0]));
        if (!workers)
                return -ENOMEM;
        workers->setup = *setup;
        source_init(&workers->source, setup->config->source, setup->config->adopt);
        workers->count = count;
        for (size_t i = 0; i < count; i++) {
                r = worker_start(workers, &workers->worker[i]);
                if (r < 0)
                        return r;
        }
        *ret = workers;
        workers = NULL;
        return 0;
}

void workers_cancel(struct workers *workers)
{
        for (size_t i = 0; i < workers->count; i++)
                if (workers->worker[i].session)
                        threatq_session_cancel(workers->worker[i].session);
}

void workers_close(struct workers *workers)
{
        if (!workers)
                return;
        jobs_stop(workers->setup.jobs);
        gate_stop(workers->setup.gate);
        workers_cancel(workers);
        for (size_t i = 0; i < workers->count; i++) {
                if (workers->worker[i].started)
                        pthread_join(workers->worker[i].thread, NULL);
                threatq_session_close(workers->worker[i].session);
                claim_close(workers->worker[i].claim);
        }
        source_done(&workers->source);
        free(workers);
}
