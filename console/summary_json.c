#include "console/summary.h"
#include "common/cleanup.h"
#include "console/health.h"

#include <string.h>

#include <jansson.h>

static json_t *number(uint64_t n)
{
        return json_integer((json_int_t)n);
}

/* Text from a server may hold any bytes; a summary must not be lost for one that is no UTF-8. */
static json_t *text(const char *s)
{
        json_t *value = json_string(s);

        return value ? value : json_string("?");
}

static json_t *date(const char *s)
{
        return s[0] ? text(s) : json_null();
}

static json_t *sweep_json(const struct report_sweep *sweep)
{
        return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "number",
                         number(sweep->number), "kind", text(sweep->kind), "state",
                         text(sweep->state[0] ? sweep->state : "idle"), "fetched",
                         number(sweep->fetched), "pages", number(sweep->pages), "started_at",
                         date(sweep->started_at), "finished_at", date(sweep->finished_at), "error",
                         text(sweep->error));
}

static json_t *trouble_json(const struct trouble_line *t)
{
        return json_pack("{s:o, s:s, s:o}", "at", date(t->at), "level", t->error ? "error" : "warn",
                         "text", text(t->text));
}

static json_t *health_json(const struct health *health)
{
        json_t *reasons = json_array();

        for (size_t i = 0; i < health->count; i++)
                json_array_append_new(reasons, text(health->reasons[i]));
        return json_pack("{s:s, s:o}", "state", health_name(health->level), "reasons", reasons);
}

static json_t *stages_json(const struct summary *summary)
{
        json_t *list = json_array();

        for (size_t i = 0; i < summary->stage_count; i++) {
                const struct summary_stage *s = &summary->stages[i];
                json_t *stage = json_pack("{s:s}", "stage", s->stage);

                if (s->fabric)
                        json_object_set_new(stage, "fabric", text(s->fabric));
                json_object_set_new(stage, "pid", json_integer(s->pid));
                json_object_set_new(stage, "state", text(s->running ? "running" : "stopped"));
                json_object_set_new(stage, "restarts", number(s->restarts));
                if (s->trouble)
                        json_object_set_new(stage, "trouble", trouble_json(s->trouble));
                json_array_append_new(list, stage);
        }
        return list;
}

static json_t *certificates_json(const struct report_publisher *r)
{
        json_t *all = json_object();

        for (size_t i = 0; i < REPORT_CERTIFICATES; i++) {
                const struct report_certificate *c = &r->certificates[i];
                json_t *days = c->expires_at[0] ? json_integer(c->days) : json_null();

                json_object_set_new(all, report_certificate_names[i],
                                    json_pack("{s:o, s:o, s:o}", "expires_at", date(c->expires_at),
                                              "days", days, "state",
                                              text(c->state[0] ? c->state : "unknown")));
        }
        return all;
}

/* active is null as long as nothing good was read. */
static json_t *remote_json(const struct report_remote *r)
{
        return json_pack("{s:o, s:o, s:o}", "connector", text(r->connector), "active",
                         r->known ? json_boolean(r->active) : json_null(), "error", text(r->error));
}

static json_t *fabric_json(const struct report_publisher *r, const struct summary_fabric *f)
{
        json_t *json = json_pack(
            "{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:{s:o, s:o, s:o, s:o}, s:o, "
            "s:{s:o, s:o, s:o}, s:o}",
            "connected", r->connected, "broker", text(r->broker), "queued", number(r->queued),
            "in_flight", number(r->in_flight), "outbox", number(r->outbox), "shared",
            number(r->shared), "failed", number(r->failed), "lagging", f->lagging, "last_error",
            text(r->last_error), "quota", "limit", number(r->quota.limit), "used",
            number(r->quota.used), "left", number(r->quota.left), "next_free_at",
            date(r->quota.next_free_at), "oldest_waiting_at", date(r->oldest_waiting_at), "breaker",
            "state", text(r->breaker), "silent", number(r->breaker_silent), "next_probe_at",
            date(r->next_probe_at), "certificates", certificates_json(r));

        if (f->remote)
                json_object_set_new(json, "remote_config", remote_json(f->remote));
        return json;
}

static json_t *counts_json(const struct report_counts *c)
{
        json_t *json = json_pack(
            "{s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "fetched",
            number(c->fetched), "invalid", number(c->invalid), "filtered", "days", number(c->days),
            "status", number(c->status), "score", number(c->score), "attributes",
            number(c->attributes), "conflicting_override", number(c->conflicting_override),
            "unmapped", number(c->unmapped), "already_shared", number(c->already_shared), "queued",
            number(c->queued), "sent", number(c->sent), "failed", number(c->failed),
            "waiting_quota", number(c->waiting_quota));

        if (c->collection > 0)
                json_object_set_new(json_object_get(json, "filtered"), "collection",
                                    number(c->collection));
        return json;
}

static void add_fabrics(json_t *root, const struct summary *summary)
{
        static const struct report_publisher none;
        json_t *fabrics = json_object(), *counts = json_object();
        uint64_t written = 0, pending = 0;

        for (size_t i = 0; i < summary->fabric_count; i++) {
                const struct summary_fabric *f = &summary->fabrics[i];
                const struct report_publisher *r = f->report ? f->report : &none;

                json_object_set_new(fabrics, f->name, fabric_json(r, f));
                json_object_set_new(counts, f->name, counts_json(&r->counts));
                written += r->enrichment_written;
                pending += r->enrichment_pending;
        }
        json_object_set_new(root, "fabrics", fabrics);
        json_object_set_new(
            root, "enrichment",
            json_pack("{s:o, s:o}", "written", number(written), "pending", number(pending)));
        if (summary->ended)
                json_object_set_new(root, "counts", counts);
        else
                json_decref(counts);
}

char *summary_json(const struct summary *summary)
{
        _cleanup_(json_decrefp) json_t *root = json_object();
        json_t *problems = json_array();

        if (summary->health)
                json_object_set_new(root, "health", health_json(summary->health));
        json_object_set_new(root, "sweep", sweep_json(summary->sweep));
        json_object_set_new(root, "stages", stages_json(summary));
        add_fabrics(root, summary);
        for (size_t i = 0; i < summary->problem_count; i++)
                json_array_append_new(problems, text(summary->problems[i]));
        json_object_set_new(root, "problems", problems);
        if (summary->ended) {
                json_object_set_new(root, "exit", json_integer(summary->exit));
                json_object_set_new(root, "elapsed_ms", json_integer(summary->elapsed_ms));
        }
        return json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
}
