#include "console/summary.h"
#include "common/cleanup.h"
#include "console/health.h"
#include "console/paragraph.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        LABEL_COLUMNS = 28,
        CELL_MAX = 24,
        GROUP = 3, /* fabrics side by side */
};

const char *summary_number(uint64_t n, char out[SUMMARY_NUMBER_MAX])
{
        char digits[SUMMARY_NUMBER_MAX];
        size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), used = 0;

        for (size_t i = 0; i < len; i++) {
                if (i > 0 && (len - i) % 3 == 0)
                        out[used++] = ',';
                out[used++] = digits[i];
        }
        out[used] = '\0';
        return out;
}

/* "2026-05-01T10:00:00Z" as "05-01 10:00", which fits the narrowest cell. */
static void short_date(const char *date, char *out, size_t size)
{
        if (strlen(date) >= 19)
                snprintf(out, size, "%.5s %.5s", date + 5, date + 11);
        else
                snprintf(out, size, "-");
}

#define NUMBER_CELL(name, field)                                                                   \
        static void cell_##name(const struct report_publisher *r, char *out, size_t size)          \
        {                                                                                          \
                snprintf(out, size, "%s", SUMMARY_N(r->field));                                    \
        }

NUMBER_CELL(fetched, counts.fetched)
NUMBER_CELL(invalid, counts.invalid)
NUMBER_CELL(days, counts.days)
NUMBER_CELL(status, counts.status)
NUMBER_CELL(score, counts.score)
NUMBER_CELL(attributes, counts.attributes)
NUMBER_CELL(collection, counts.collection)
NUMBER_CELL(conflicting, counts.conflicting_override)
NUMBER_CELL(unmapped, counts.unmapped)
NUMBER_CELL(already, counts.already_shared)
NUMBER_CELL(queued, counts.queued)
NUMBER_CELL(sent, counts.sent)
NUMBER_CELL(failed, counts.failed)
NUMBER_CELL(waiting, counts.waiting_quota)
NUMBER_CELL(queue, queued)
NUMBER_CELL(in_flight, in_flight)
NUMBER_CELL(outbox, outbox)
NUMBER_CELL(shared, shared)
NUMBER_CELL(failures, failed)
NUMBER_CELL(limit, quota.limit)
NUMBER_CELL(used, quota.used)
NUMBER_CELL(left, quota.left)
NUMBER_CELL(written, enrichment_written)

static void cell_next_free(const struct report_publisher *r, char *out, size_t size)
{
        short_date(r->quota.next_free_at, out, size);
}

static void cell_broker(const struct report_publisher *r, char *out, size_t size)
{
        const char *last = strrchr(r->broker, ' ');

        if (r->connected)
                snprintf(out, size, "%s", last ? last + 1 : "connected");
        else
                snprintf(out, size, "not connected");
}

/* "closed", or until when nothing but single probes goes out. */
static void cell_breaker(const struct report_publisher *r, char *out, size_t size)
{
        const char *at = r->next_probe_at;

        if (!r->breaker[0])
                snprintf(out, size, "-");
        else if (strlen(at) >= 19)
                snprintf(out, size, "%s, next %.8s", r->breaker, at + 11);
        else
                snprintf(out, size, "%s", r->breaker);
}

/* Days left; what is short is marked. */
static void cell_certificate(const struct report_certificate *c, char *out, size_t size)
{
        if (!c->expires_at[0])
                snprintf(out, size, "-");
        else if (strcmp(c->state, "expired") == 0)
                snprintf(out, size, "expired!");
        else
                snprintf(out, size, "%" PRId64 " days%s", c->days,
                         strcmp(c->state, "warning") == 0 ? " left!" : "");
}

#define CERTIFICATE_CELL(name, i)                                                                  \
        static void cell_##name(const struct report_publisher *r, char *out, size_t size)          \
        {                                                                                          \
                cell_certificate(&r->certificates[i], out, size);                                  \
        }

CERTIFICATE_CELL(client_certificate, 0)
CERTIFICATE_CELL(ca_certificate, 1)
CERTIFICATE_CELL(broker_certificate, 2)

struct row {
        const char *label;
        void (*cell)(const struct report_publisher *r, char *out, size_t size); /* NULL: a gap */
};

static const struct row run_rows[] = {
    {"Indicators in the sweep", cell_fetched},
    {"  no valid hash", cell_invalid},
    {"  older than `days`", cell_days},
    {"  other status", cell_status},
    {"  score too low", cell_score},
    {"  attributes do not match", cell_attributes},
    {"  not in the collection", cell_collection},
    {"  conflicting overrides", cell_conflicting},
    {"  band not mapped", cell_unmapped},
    {"  shared already", cell_already},
    {"  queued", cell_queued},
    {"Sent to TIE", cell_sent},
    {"Failed", cell_failed},
    {"Still queued", cell_waiting},
    {"Results not yet in ThreatQ", cell_outbox},
    {"Attributes written, ever", cell_written},
    {"Daily limit", cell_limit},
    {"  used in the last 24 hours", cell_used},
    {"  next free (UTC)", cell_next_free},
};

static const struct row status_rows[] = {
    {"Broker", cell_broker},
    {"Breaker (UTC)", cell_breaker},
    {"Client certificate", cell_client_certificate},
    {"CA certificate", cell_ca_certificate},
    {"Broker certificate", cell_broker_certificate},
    {"Queued", cell_queue},
    {"In flight", cell_in_flight},
    {"Results not yet in ThreatQ", cell_outbox},
    {"Shared, ever", cell_shared},
    {"Failed", cell_failures},
    {"Attributes written, ever", cell_written},
    {"Daily limit", cell_limit},
    {"  used in the last 24 hours", cell_used},
    {"  left", cell_left},
    {"  next free (UTC)", cell_next_free},
};

static void print_cell(FILE *out, const char *text, int width)
{
        size_t max = (size_t)width - 2, len = strlen(text);

        if (len > max)
                fprintf(out, "  %.*s..", (int)max - 2, text);
        else
                fprintf(out, "%*s", width, text);
}

/* A line across: a row's label, then one cell for each fabric of the group. */
static void print_row(FILE *out, const struct row *row, const struct summary_fabric *fabrics,
                      size_t n, int width)
{
        char cell[REPORT_TEXT_MAX];

        fprintf(out, "%-*s", LABEL_COLUMNS, row->label);
        for (size_t i = 0; i < n; i++) {
                if (fabrics[i].report)
                        row->cell(fabrics[i].report, cell, sizeof(cell));
                print_cell(out, fabrics[i].report ? cell : "?", width);
        }
        fputc('\n', out);
}

/* Most have no Data Collection. */
static bool is_shown(const struct row *row, const struct summary_fabric *fabrics, size_t n)
{
        for (size_t i = 0; row->cell == cell_collection && i < n; i++) {
                if (fabrics[i].report && fabrics[i].report->counts.collection > 0)
                        return true;
        }
        return row->cell != cell_collection;
}

static void print_group(FILE *out, const struct summary *s, const struct summary_fabric *fabrics,
                        size_t n)
{
        const struct row *rows = s->ended ? run_rows : status_rows;
        size_t count = s->ended ? sizeof(run_rows) / sizeof(run_rows[0])
                                : sizeof(status_rows) / sizeof(status_rows[0]);
        int width = (SUMMARY_COLUMNS - LABEL_COLUMNS) / (int)n;

        if (width > CELL_MAX)
                width = CELL_MAX;
        fprintf(out, "\n%-*s", LABEL_COLUMNS, "Fabric");
        for (size_t i = 0; i < n; i++)
                print_cell(out, fabrics[i].name, width);
        fputc('\n', out);
        for (int i = 0; i < LABEL_COLUMNS + width * (int)n; i++)
                fputc('-', out);
        fputc('\n', out);
        for (size_t i = 0; i < count; i++) {
                if (is_shown(&rows[i], fabrics, n))
                        print_row(out, &rows[i], fabrics, n, width);
        }
}

static void print_stages(FILE *out, const struct summary *s)
{
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&line, &size);

        if (!f)
                return;
        fputs("Stages:", f);
        for (size_t i = 0; i < s->stage_count; i++) {
                const struct summary_stage *stage = &s->stages[i];

                fprintf(f, " %s", stage->stage);
                if (stage->fabric)
                        fprintf(f, "[%s]", stage->fabric);
                if (stage->running)
                        fprintf(f, " %" PRId64, stage->pid);
                else
                        fputs(" stopped", f);
                fputs(i + 1 < s->stage_count ? "," : ".", f);
        }
        fclose(f);
        paragraph_print(out, 0, line);
}

static void print_date(FILE *out, const char *what, const char *date)
{
        if (strlen(date) >= 19)
                fprintf(out, "%s %.10s %.8s", what, date, date + 11);
}

static void print_head(FILE *out, const struct summary *s)
{
        const struct report_sweep *sweep = s->sweep;

        if (sweep->number == 0) {
                fputs("No sweep yet.\n", out);
                return;
        }
        fprintf(out, "Sweep %" PRIu64 " (%s), %s: %s indicators in %s pages\n", sweep->number,
                sweep->kind, strcmp(sweep->state, "idle") == 0 ? "complete" : sweep->state,
                SUMMARY_N(sweep->fetched), SUMMARY_N(sweep->pages));
        print_date(out, "Began", sweep->started_at);
        print_date(out, ", ended", sweep->finished_at);
        fputs(" UTC\n", out);
}

static void print_end(FILE *out, const struct summary *s)
{
        static const char *const how[] = {"Done", "Ended with something left (exit 1)",
                                          "Ended by the configuration (exit 2)"};
        int code = s->exit < 0 || s->exit > 2 ? 1 : s->exit;

        fprintf(out, "\n%s after %" PRId64 ".%" PRId64 " s.\n", how[code], s->elapsed_ms / 1000,
                s->elapsed_ms / 100 % 10);
}

char *summary_table(const struct summary *summary)
{
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        if (summary->health)
                fprintf(out, "State: %s\n", health_name(summary->health->level));
        print_head(out, summary);
        if (!summary->ended)
                print_stages(out, summary);
        for (size_t i = 0; i < summary->fabric_count; i += GROUP) {
                size_t n = summary->fabric_count - i;

                print_group(out, summary, &summary->fabrics[i], n < GROUP ? n : GROUP);
        }
        if (summary->problem_count > 0)
                fputc('\n', out);
        for (size_t i = 0; i < summary->problem_count; i++)
                paragraph_print(out, 0, summary->problems[i]);
        if (summary->ended)
                print_end(out, summary);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
