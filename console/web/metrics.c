#include "console/web/metrics.h"

#include "common/clock.h"
#include "console/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "tq_trellix_tie_"

struct page {
        FILE *out;
        enum metrics_format format;
        const struct summary *summary;
        const struct history *history;
};

/* name without PREFIX and, of a counter, without _total. */
static void declare(struct page *p, const char *name, bool counter, const char *help)
{
        const char *suffix = counter && p->format == METRICS_PROMETHEUS ? "_total" : "";
        size_t len = strlen(name);

        fprintf(p->out, "# HELP " PREFIX "%s%s %s\n", name, suffix, help);
        fprintf(p->out, "# TYPE " PREFIX "%s%s %s\n", name, suffix, counter ? "counter" : "gauge");
        if (p->format == METRICS_OPENMETRICS && len > 8 && strcmp(name + len - 8, "_seconds") == 0)
                fprintf(p->out, "# UNIT " PREFIX "%s seconds\n", name);
}

static void sample(struct page *p, const char *name, uint64_t value)
{
        fprintf(p->out, PREFIX "%s %" PRIu64 "\n", name, value);
}

static void sample_fabric(struct page *p, const char *name, const char *fabric, uint64_t value)
{
        fprintf(p->out, PREFIX "%s{fabric=\"%s\"} %" PRIu64 "\n", name, fabric, value);
}

static void sample_fabric_and(struct page *p, const char *name, const char *fabric,
                              const char *label, const char *is, uint64_t value)
{
        fprintf(p->out, PREFIX "%s{fabric=\"%s\",%s=\"%s\"} %" PRIu64 "\n", name, fabric, label, is,
                value);
}

/* The fabric's last report, or NULL, for the i-th. */
static const struct report_publisher *report_at(const struct page *p, size_t i)
{
        return p->summary->fabrics[i].report;
}

/* What a publisher's report holds as one number. */
static const struct number {
        const char *name;
        size_t offset; /* of a uint64_t in struct report_publisher */
        bool counter;
        const char *help;
} numbers[] = {
    {"queued_indicators", offsetof(struct report_publisher, queued), false,
     "Indicators that wait in the fabric's queue."},
    {"in_flight_requests", offsetof(struct report_publisher, in_flight), false,
     "Requests to TIE that are not answered yet."},
    {"outbox_results", offsetof(struct report_publisher, outbox), false,
     "Results that are not written to ThreatQ yet."},
    {"shared_hashes", offsetof(struct report_publisher, shared), false,
     "Hashes that the fabric holds as told, ever."},
    {"failed_hashes", offsetof(struct report_publisher, failed), false,
     "Hashes whose last answer from TIE was an error."},
    {"quota_limit_requests", offsetof(struct report_publisher, quota.limit), false,
     "Requests that may leave in any 24 hours (daily_limit)."},
    {"quota_used_requests", offsetof(struct report_publisher, quota.used), false,
     "Requests that left in the last 24 hours."},
    {"quota_left_requests", offsetof(struct report_publisher, quota.left), false,
     "Requests that may leave now."},
    {"breaker_silent_requests", offsetof(struct report_publisher, breaker_silent), false,
     "Requests in a row that nobody answered."},
    {"sweep_fetched_indicators", offsetof(struct report_publisher, counts.fetched), false,
     "Indicators of the last sweep: the sum of sweep_indicators."},
    {"enrichment_attributes_written", offsetof(struct report_publisher, enrichment_written), true,
     "Attributes written to ThreatQ, ever."},
};

static uint64_t number_in(const struct report_publisher *report, size_t offset)
{
        uint64_t value;

        memcpy(&value, (const char *)report + offset, sizeof(value));
        return value;
}

static void print_numbers(struct page *p)
{
        char name[64];

        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
                const struct number *number = &numbers[n];

                declare(p, number->name, number->counter, number->help);
                snprintf(name, sizeof(name), "%s%s", number->name, number->counter ? "_total" : "");
                for (size_t i = 0; i < p->summary->fabric_count; i++) {
                        const struct report_publisher *r = report_at(p, i);

                        if (r)
                                sample_fabric(p, name, p->summary->fabrics[i].name,
                                              number_in(r, number->offset));
                }
        }
}

/* One of the values of a label. */
struct part {
        const char *is;
        size_t offset; /* of a uint64_t in struct report_publisher */
};

static const struct part outcomes[] = {
    {"invalid", offsetof(struct report_publisher, counts.invalid)},
    {"filtered_days", offsetof(struct report_publisher, counts.days)},
    {"filtered_status", offsetof(struct report_publisher, counts.status)},
    {"filtered_score", offsetof(struct report_publisher, counts.score)},
    {"filtered_attributes", offsetof(struct report_publisher, counts.attributes)},
    {"filtered_collection", offsetof(struct report_publisher, counts.collection)},
    {"conflicting_override", offsetof(struct report_publisher, counts.conflicting_override)},
    {"unmapped", offsetof(struct report_publisher, counts.unmapped)},
    {"already_shared", offsetof(struct report_publisher, counts.already_shared)},
    {"queued", offsetof(struct report_publisher, counts.queued)},
};

static const struct part results[] = {
    {"sent", offsetof(struct report_publisher, counts.sent)},
    {"failed", offsetof(struct report_publisher, counts.failed)},
    {"waiting_quota", offsetof(struct report_publisher, counts.waiting_quota)},
};

static void print_parts(struct page *p, const char *metric, const char *label,
                        const struct part *parts, size_t count)
{
        for (size_t i = 0; i < p->summary->fabric_count; i++) {
                const struct report_publisher *r = report_at(p, i);

                for (size_t n = 0; r && n < count; n++)
                        sample_fabric_and(p, metric, p->summary->fabrics[i].name, label,
                                          parts[n].is, number_in(r, parts[n].offset));
        }
}

static void print_counts(struct page *p)
{
        declare(p, "sweep_indicators", false,
                "Indicators of the last sweep, each once, by what became of it.");
        print_parts(p, "sweep_indicators", "outcome", outcomes,
                    sizeof(outcomes) / sizeof(outcomes[0]));
        declare(p, "sweep_pushes", false, "What became of the queue since the last sweep began.");
        print_parts(p, "sweep_pushes", "result", results, sizeof(results) / sizeof(results[0]));
}

/* One of some states: 1 for the one it is in, 0 for the others. */
static void print_sweep_states(struct page *p)
{
        static const char *const states[] = {"idle", "waiting", "running", "failed"};
        const char *is = p->summary->sweep->state[0] ? p->summary->sweep->state : "idle";

        declare(p, "sweep_state", false, "1 for the state that the sweep is in.");
        for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
                fprintf(p->out, PREFIX "sweep_state{state=\"%s\"} %d\n", states[i],
                        strcmp(is, states[i]) == 0);
}

static void print_health(struct page *p)
{
        declare(p, "health_state", false, "1 for the state of the whole, as status tells it.");
        for (enum health_level level = HEALTH_FINE; level <= HEALTH_DOWN; level++)
                fprintf(p->out, PREFIX "health_state{state=\"%s\"} %d\n", health_name(level),
                        p->summary->health && p->summary->health->level == level);
}

static void print_breakers(struct page *p)
{
        static const char *const states[] = {"closed", "open", "paused"};

        declare(p, "breaker_state", false,
                "1 for the state of the fabric's breaker; none when its publisher does not run.");
        for (size_t i = 0; i < p->summary->fabric_count; i++) {
                const struct report_publisher *r = report_at(p, i);

                for (size_t k = 0; r && r->breaker[0] && k < sizeof(states) / sizeof(states[0]);
                     k++)
                        sample_fabric_and(p, "breaker_state", p->summary->fabrics[i].name, "state",
                                          states[k], strcmp(r->breaker, states[k]) == 0);
        }
}

static void print_truths(struct page *p)
{
        const struct summary *s = p->summary;

        declare(p, "fabric_reports", false, "1: the fabric's publisher gave a report.");
        for (size_t i = 0; i < s->fabric_count; i++)
                sample_fabric(p, "fabric_reports", s->fabrics[i].name,
                              s->fabrics[i].report != NULL);
        declare(p, "fabric_connected", false, "1: a broker of the fabric is connected.");
        for (size_t i = 0; i < s->fabric_count; i++)
                sample_fabric(p, "fabric_connected", s->fabrics[i].name,
                              s->fabrics[i].report && s->fabrics[i].report->connected);
        declare(p, "fabric_lagging", false, "1: the fabric was left behind in the last sweep.");
        for (size_t i = 0; i < s->fabric_count; i++)
                sample_fabric(p, "fabric_lagging", s->fabrics[i].name, s->fabrics[i].lagging);
}

/* A date that there may be none of. */
static bool seconds_of(const char *date, uint64_t *ret)
{
        int64_t s;

        if (!clock_parse_utc(text_of(date), &s) || s < 0)
                return false;
        *ret = (uint64_t)s;
        return true;
}

static void print_sweep(struct page *p)
{
        const struct report_sweep *sweep = p->summary->sweep;
        uint64_t s;

        declare(p, "sweeps", true, "Sweeps begun, ever.");
        sample(p, "sweeps_total", sweep->number);
        declare(p, "sweep_pages", false, "Pages of the last sweep.");
        sample(p, "sweep_pages", sweep->pages);
        declare(p, "sweep_distinct_indicators", false,
                "Distinct indicators that the last sweep fetched.");
        sample(p, "sweep_distinct_indicators", sweep->fetched);
        declare(p, "sweep_start_timestamp_seconds", false, "When the last sweep began.");
        if (seconds_of(sweep->started_at, &s))
                sample(p, "sweep_start_timestamp_seconds", s);
        declare(p, "sweep_end_timestamp_seconds", false,
                "When the last sweep ended; none while it goes on.");
        if (seconds_of(sweep->finished_at, &s))
                sample(p, "sweep_end_timestamp_seconds", s);
}

/* The dates of a publisher's report. */
static const struct date {
        const char *name;
        size_t offset; /* of a text in struct report_publisher */
        const char *help;
} dates[] = {
    {"quota_next_free_timestamp_seconds", offsetof(struct report_publisher, quota.next_free_at),
     "When the next used request leaves the 24 hours; none when none is used."},
    {"quota_through_timestamp_seconds", offsetof(struct report_publisher, quota.through_at),
     "When the last that waits may leave; none when nothing waits."},
    {"oldest_waiting_timestamp_seconds", offsetof(struct report_publisher, oldest_waiting_at),
     "When the oldest that waits was created in ThreatQ; none when nothing waits."},
};

static void print_dates(struct page *p)
{
        uint64_t s;

        for (size_t n = 0; n < sizeof(dates) / sizeof(dates[0]); n++) {
                declare(p, dates[n].name, false, dates[n].help);
                for (size_t i = 0; i < p->summary->fabric_count; i++) {
                        const struct report_publisher *r = report_at(p, i);

                        if (r && seconds_of((const char *)r + dates[n].offset, &s))
                                sample_fabric(p, dates[n].name, p->summary->fabrics[i].name, s);
                }
        }
        declare(p, "certificate_expiry_timestamp_seconds", false,
                "When the certificate of the client, its broker or its CA is over.");
        for (size_t i = 0; i < p->summary->fabric_count; i++) {
                const struct report_publisher *r = report_at(p, i);

                for (size_t k = 0; r && k < REPORT_CERTIFICATES; k++) {
                        if (seconds_of(r->certificates[k].expires_at, &s))
                                sample_fabric_and(p, "certificate_expiry_timestamp_seconds",
                                                  p->summary->fabrics[i].name, "certificate",
                                                  report_certificate_names[k], s);
                }
        }
}

/* How many processes of each stage run: mappers and enrichers may be several. */
static void print_stages(struct page *p)
{
        const struct summary *s = p->summary;

        declare(p, "stage_processes", false, "Processes of the stage that run.");
        for (size_t i = 0; i < s->stage_count; i++) {
                const struct summary_stage *stage = &s->stages[i];
                unsigned running = 0;
                bool first = true;

                for (size_t k = 0; k < s->stage_count && !stage->fabric; k++) {
                        if (strcmp(s->stages[k].stage, stage->stage) != 0)
                                continue;
                        first = first && k >= i;
                        running += s->stages[k].running;
                }
                if (stage->fabric)
                        fprintf(p->out, PREFIX "stage_processes{stage=\"%s\",fabric=\"%s\"} %d\n",
                                stage->stage, stage->fabric, stage->running);
                else if (first)
                        fprintf(p->out, PREFIX "stage_processes{stage=\"%s\"} %u\n", stage->stage,
                                running);
        }
}

static void print_seen(struct page *p)
{
        size_t count = p->history ? history_count(p->history) : 0;
        const struct history_fabric *fabrics = NULL;
        const struct history_sample *last =
            count > 0 ? history_at(p->history, count - 1, &fabrics) : NULL;

        declare(p, "seen_indicators", true, "Indicators fetched since this server began to look.");
        sample(p, "seen_indicators_total", last ? last->fetched : 0);
        declare(p, "seen_answers", true,
                "Answers of TIE to a set since this server began to look.");
        for (size_t i = 0; i < p->summary->fabric_count; i++)
                sample_fabric(p, "seen_answers_total", p->summary->fabrics[i].name,
                              last ? fabrics[i].pushed : 0);
}

enum metrics_format metrics_format_of(const char *accept)
{
        return accept && strstr(accept, "application/openmetrics-text") ? METRICS_OPENMETRICS
                                                                        : METRICS_PROMETHEUS;
}

const char *metrics_content_type(enum metrics_format format)
{
        return format == METRICS_OPENMETRICS
                   ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                   : "text/plain; version=0.0.4; charset=utf-8";
}

char *metrics_print(const struct summary *summary, const struct history *history,
                    enum metrics_format format)
{
        char *text = NULL;
        size_t size = 0;
        struct page p = {.out = open_memstream(&text, &size),
                         .format = format,
                         .summary = summary,
                         .history = history};

        if (!p.out)
                return NULL;
        print_health(&p);
        print_stages(&p);
        print_sweep_states(&p);
        print_sweep(&p);
        print_counts(&p);
        print_truths(&p);
        print_numbers(&p);
        print_dates(&p);
        print_breakers(&p);
        print_seen(&p);
        fputs("# EOF\n", p.out);
        if (fclose(p.out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
