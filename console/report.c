#include "console/report.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/text.h"

#include <string.h>

#include <jansson.h>

static uint64_t read_number(const json_t *object, const char *key)
{
        const json_t *value = json_object_get(object, key);

        if (!json_is_number(value) || json_number_value(value) < 0)
                return 0;
        return json_is_integer(value) ? (uint64_t)json_integer_value(value)
                                      : (uint64_t)json_number_value(value);
}

static bool read_bool(const json_t *object, const char *key)
{
        return json_is_true(json_object_get(object, key));
}

static void read_text(const json_t *object, const char *key, char *out, size_t size)
{
        const char *value = json_string_value(json_object_get(object, key));

        text_copy(text_of(value), out, size);
}

static int64_t read_date(const json_t *object, const char *key)
{
        const char *value = json_string_value(json_object_get(object, key));
        int64_t s = 0;

        return value && clock_parse_utc(text_of(value), &s) ? s : 0;
}

static json_t *parse_object(const char *json, size_t len)
{
        json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);

        if (root && !json_is_object(root)) {
                json_decref(root);
                root = NULL;
        }
        return root;
}

static void read_remote(const json_t *json, struct report_remote *ret)
{
        const json_t *active = json_object_get(json, "active");

        read_text(json, "connector", ret->connector, sizeof(ret->connector));
        ret->known = json_is_boolean(active);
        ret->active = json_is_true(active);
        read_text(json, "error", ret->error, sizeof(ret->error));
}

int report_parse_fetcher(const char *json, size_t len, struct report_fetcher *ret)
{
        _cleanup_(json_decrefp) json_t *root = parse_object(json, len);
        struct report_fetcher report = {0};
        const json_t *sweep;
        const char *name;
        json_t *value;

        if (!root)
                return REPORT_E_BAD;
        report.pid = (int64_t)read_number(root, "pid");
        sweep = json_object_get(root, "sweep");
        report.sweep.number = read_number(sweep, "number");
        report.sweep.request = read_number(sweep, "request");
        report.sweep.fetched = read_number(sweep, "fetched");
        report.sweep.pages = read_number(sweep, "pages");
        read_text(sweep, "kind", report.sweep.kind, sizeof(report.sweep.kind));
        read_text(sweep, "state", report.sweep.state, sizeof(report.sweep.state));
        read_text(sweep, "started_at", report.sweep.started_at, REPORT_DATE_MAX);
        read_text(sweep, "finished_at", report.sweep.finished_at, REPORT_DATE_MAX);
        read_text(sweep, "error", report.sweep.error, REPORT_TEXT_MAX);
        json_object_foreach(json_object_get(root, "fabrics"), name, value)
        {
                struct report_checkpoint *c = &report.fabrics[report.fabric_count];

                if (report.fabric_count == REPORT_FABRICS_MAX)
                        break;
                text_copy(text_of(name), c->fabric, sizeof(c->fabric));
                c->lagging = read_bool(value, "lagging");
                read_remote(json_object_get(value, "remote_config"), &c->remote);
                report.fabric_count++;
        }
        *ret = report;
        return 0;
}

static void read_counts(const json_t *counts, struct report_counts *ret)
{
        const json_t *filtered = json_object_get(counts, "filtered");

        ret->fetched = read_number(counts, "fetched");
        ret->invalid = read_number(counts, "invalid");
        ret->days = read_number(filtered, "days");
        ret->status = read_number(filtered, "status");
        ret->score = read_number(filtered, "score");
        ret->attributes = read_number(filtered, "attributes");
        ret->collection = read_number(filtered, "collection");
        ret->conflicting_override = read_number(counts, "conflicting_override");
        ret->unmapped = read_number(counts, "unmapped");
        ret->already_shared = read_number(counts, "already_shared");
        ret->queued = read_number(counts, "queued");
        ret->sent = read_number(counts, "sent");
        ret->failed = read_number(counts, "failed");
        ret->waiting_quota = read_number(counts, "waiting_quota");
}

const char *const report_certificate_names[REPORT_CERTIFICATES] = {"client", "ca", "broker"};

static void read_certificates(const json_t *certificates,
                              struct report_certificate ret[REPORT_CERTIFICATES])
{
        for (size_t i = 0; i < REPORT_CERTIFICATES; i++) {
                const json_t *one = json_object_get(certificates, report_certificate_names[i]);

                read_text(one, "expires_at", ret[i].expires_at, REPORT_DATE_MAX);
                ret[i].days = json_integer_value(json_object_get(one, "days"));
                read_text(one, "state", ret[i].state, sizeof(ret[i].state));
        }
}

int report_parse_publisher(const char *json, size_t len, struct report_publisher *ret)
{
        _cleanup_(json_decrefp) json_t *root = parse_object(json, len);
        struct report_publisher report = {0};
        const json_t *quota, *enrichment, *breaker;

        if (!root)
                return REPORT_E_BAD;
        report.pid = (int64_t)read_number(root, "pid");
        report.off = json_is_false(json_object_get(root, "active"));
        report.connected = read_bool(root, "connected");
        report.dry_run = read_bool(root, "dry_run");
        read_text(root, "broker", report.broker, sizeof(report.broker));
        report.queued = read_number(root, "queued");
        report.in_flight = read_number(root, "in_flight");
        read_text(root, "oldest_waiting_at", report.oldest_waiting_at, REPORT_DATE_MAX);
        report.outbox = read_number(root, "outbox");
        report.shared = read_number(root, "shared");
        report.failed = read_number(root, "failed");
        read_text(root, "last_error", report.last_error, sizeof(report.last_error));
        quota = json_object_get(root, "quota");
        report.quota.limit = read_number(quota, "limit");
        report.quota.used = read_number(quota, "used");
        report.quota.left = read_number(quota, "left");
        read_text(quota, "next_free_at", report.quota.next_free_at, REPORT_DATE_MAX);
        report.quota.backlog = read_number(quota, "backlog");
        report.quota.wait_s = read_number(quota, "wait_s");
        read_text(quota, "through_at", report.quota.through_at, REPORT_DATE_MAX);
        read_counts(json_object_get(root, "counts"), &report.counts);
        report.sweep = read_number(root, "sweep");
        report.sweep_open = read_bool(root, "sweep_open");
        report.idle = read_bool(root, "idle");
        report.unanswered_since = read_date(root, "unanswered_since");
        breaker = json_object_get(root, "breaker");
        read_text(breaker, "state", report.breaker, sizeof(report.breaker));
        report.breaker_silent = read_number(breaker, "silent");
        read_text(breaker, "next_probe_at", report.next_probe_at, REPORT_DATE_MAX);
        read_certificates(json_object_get(root, "certificates"), report.certificates);
        enrichment = json_object_get(root, "enrichment");
        report.enrichment_written = read_number(enrichment, "written");
        report.enrichment_pending = read_number(enrichment, "pending");
        *ret = report;
        return 0;
}

const struct report_remote *report_remote(const struct report_fetcher *report, const char *fabric)
{
        for (size_t i = 0; i < report->fabric_count; i++) {
                const struct report_checkpoint *c = &report->fabrics[i];

                if (strcmp(c->fabric, fabric) == 0 && c->remote.connector[0])
                        return &c->remote;
        }
        return NULL;
}

bool report_lagging(const struct report_fetcher *report, const char *fabric)
{
        for (size_t i = 0; i < report->fabric_count; i++) {
                if (strcmp(report->fabrics[i].fabric, fabric) == 0)
                        return report->fabrics[i].lagging;
        }
        return false;
}
