#include "publisher/report.h"

#include "common/clock.h"
#include "common/store.h"
#include "publisher/certificates.h"
#include "publisher/facts.h"
#include "publisher/rule.h"
#include "publisher/settle.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

static json_t *time_json(int64_t s)
{
        char text[32];

        if (s <= 0)
                return json_null();
        clock_format_utc(s, text);
        return json_string(text);
}

static json_t *breaker_json(const struct health *health)
{
        int64_t now = clock_boot_ms(), next = breaker_next_ms(&health->set, now);

        return json_pack(
            "{s:s, s:I, s:o}", "state", breaker_state_name(breaker_state(&health->set, now)),
            "silent", (json_int_t)health->set.silent, "next_probe_at",
            next > 0 ? time_json(clock_wall_s() + (next - now + 999) / 1000) : json_null());
}

/* What the preflight found when it asked last. */
static json_t *preflight_json(const struct preflight *p)
{
        bool known = p->registry.reply == PREFLIGHT_ANSWERED;

        return json_pack("{s:s, s:s, s:o, s:o}", "registry",
                         preflight_reply_name(p->registry.reply), "get",
                         preflight_reply_name(p->get.reply), "instances",
                         known ? json_integer(p->services.instances) : json_null(), "set_instances",
                         known ? json_integer(p->services.set) : json_null());
}

char *report_status(struct dxl_fabric *dxl, const struct push *push, bool dry_run)
{
        const struct health *health = push_health(push);
        struct dxl_state state;
        json_t *json;
        char *text;

        dxl_fabric_state(dxl, &state);
        json =
            json_pack("{s:b, s:b, s:s, s:s, s:o, s:o, s:o, s:o}", "dry_run", dry_run, "connected",
                      state.connected, "broker", state.broker, "last_error", health->last_error,
                      "unanswered_since", time_json(health->unanswered_since), "breaker",
                      breaker_json(health), "preflight", preflight_json(&health->preflight),
                      "certificates", certificates_status(&state.expiries));
        text = json_dumps(json, JSON_COMPACT);
        json_decref(json);
        return text;
}

static json_t *counts_json(const struct facts *facts)
{
        const struct state *s = &facts->state;
        const uint64_t *n = s->counts;
        json_t *filtered = json_pack(
            "{s:I, s:I, s:I, s:I, s:I}", "days", (json_int_t)n[VERDICT_DAYS], "status",
            (json_int_t)n[VERDICT_STATUS], "score", (json_int_t)n[VERDICT_SCORE], "attributes",
            (json_int_t)n[VERDICT_ATTRIBUTES], "collection", (json_int_t)n[REASON_COLLECTION]);

        return json_pack(
            "{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "fetched", (json_int_t)s->fetched,
            "invalid", (json_int_t)(n[VERDICT_INVALID] + n[VERDICT_BAD_OVERRIDE]), "filtered",
            filtered, "conflicting_override", (json_int_t)n[VERDICT_CONFLICTING_OVERRIDE],
            "unmapped", (json_int_t)n[VERDICT_UNMAPPED], "already_shared",
            (json_int_t)n[REASON_SHARED], "queued", (json_int_t)n[REASON_QUEUED], "sent",
            (json_int_t)s->sent, "failed", (json_int_t)s->failed, "waiting_quota",
            (json_int_t)(facts->ready + facts->retrying));
}

static json_t *time_in(int64_t ms)
{
        return time_json(clock_wall_s() + (ms + 999) / 1000);
}

/* backlog: requests that wait; the last of them may leave after wait_s. */
static json_t *quota_json(struct quota *quota, uint64_t backlog, int64_t boot_ms)
{
        int64_t next = quota_next_free_ms(quota, boot_ms);
        int64_t wait = quota_wait_ms(quota, boot_ms, backlog);

        return json_pack(
            "{s:I, s:I, s:I, s:o, s:I, s:I, s:o}", "limit", (json_int_t)quota_limit(quota), "used",
            (json_int_t)quota_used(quota, boot_ms), "left", (json_int_t)quota_left(quota, boot_ms),
            "next_free_at", next < 0 ? json_null() : time_in(next), "backlog", (json_int_t)backlog,
            "wait_s", (json_int_t)((wait + 999) / 1000), "through_at",
            backlog > 0 ? time_in(wait) : json_null());
}

/* What the last status said of the connection; of a process that is gone only its last error holds.
 */
static void add_status(json_t *json, const struct proc *proc, bool running, bool something_waits)
{
        static const char *const live[] = {"breaker", "preflight"};
        _cleanup_(freep) char *text = proc_read_status(proc);
        json_t *status = text ? json_loads(text, 0, NULL) : NULL;
        json_t *since = json_object_get(status, "unanswered_since");
        json_t *broker = json_object_get(status, "broker");
        json_t *error = json_object_get(status, "last_error");

        json_object_set_new(
            json, "dry_run",
            json_boolean(running && json_is_true(json_object_get(status, "dry_run"))));
        json_object_set_new(
            json, "connected",
            json_boolean(running && json_is_true(json_object_get(status, "connected"))));
        json_object_set_new(json, "broker", broker ? json_incref(broker) : json_string(""));
        json_object_set_new(json, "last_error", error ? json_incref(error) : json_string(""));
        for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
                json_t *value = running ? json_object_get(status, live[i]) : NULL;

                json_object_set_new(json, live[i], value ? json_incref(value) : json_null());
        }
        json_object_set_new(
            json, "certificates",
            certificates_report(json_object_get(status, "certificates"), clock_wall_s()));
        json_object_set_new(json, "unanswered_since",
                            running && something_waits && since ? json_incref(since) : json_null());
        json_decref(status);
}

/* A dry run leaves the queue alone, so it is through when the sweep is. */
static json_t *facts_json(const struct proc *proc, const struct facts *facts,
                          const struct rule *rule, struct quota *quota, bool dry_run)
{
        int64_t boot_ms = clock_boot_ms();
        uint64_t left = dry_run ? 0 : rule_left(rule, quota);
        int64_t horizon = proc->config->patience_ms +
                          settle_delay_ms(proc->config->publisher.retry_delay_ms, SETTLE_RETRIES);

        return json_pack(
            "{s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:b, s:b, s:{s:I, s:I}}", "active",
            rule->active, "queued", (json_int_t)(facts->ready + facts->retrying), "in_flight",
            (json_int_t)facts->in_flight, "outbox", (json_int_t)facts->outbox, "shared",
            (json_int_t)facts->shared, "failed", (json_int_t)facts->failed, "quota",
            quota_json(quota, facts->ready + facts->retrying, boot_ms), "counts",
            counts_json(facts), "sweep", (json_int_t)facts->state.sweep, "sweep_open",
            !facts->state.ended, "idle",
            facts_idle(facts, left, quota_time(quota, boot_ms), horizon), "enrichment", "written",
            (json_int_t)facts->state.written, "pending", (json_int_t)facts->outbox);
}

/* Facts, the oldest that waits, rule and quota of the store; those of an empty one when there is
 * none yet. */
static int read_store(const struct proc *proc, struct facts *facts, int64_t *oldest,
                      struct rule *rule, struct quota **quota)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        _cleanup_(store_closep) struct store *store = NULL;
        struct quota_now now = quota_read_clocks();
        int r = store_open(path, record_tables, true, &store);

        *facts = (struct facts){.state = {.ended = true}};
        *oldest = 0;
        *rule = rule_of(proc->fabric, &(struct wire_push){0});
        if (r == STORE_E_NONE)
                return quota_new(rule->daily_limit, &now, quota);
        if (r == 0)
                r = facts_read(store, facts);
        if (r == 0)
                r = facts_oldest(store, oldest);
        if (r == 0)
                r = rule_load(store, proc->fabric, rule);
        return r == 0 ? quota_open(store, rule->daily_limit, &now, true, quota) : r;
}

int report_print(const struct proc *proc)
{
        _cleanup_(quota_closep) struct quota *quota = NULL;
        int pid = proc_running_pid(proc);
        struct facts facts;
        struct rule rule;
        int64_t oldest;
        json_t *json;
        bool dry;
        int r = read_store(proc, &facts, &oldest, &rule, &quota);

        if (r < 0) {
                log_error(proc->log, "cannot read the store: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        json = json_pack("{s:s, s:i, s:s}", "fabric", proc->fabric->name, "pid", pid, "state",
                         pid ? "running" : "stopped");
        add_status(json, proc, pid != 0,
                   facts.in_flight > 0 || (rule.active && facts.ready + facts.retrying > 0));
        dry = json_is_true(json_object_get(json, "dry_run"));
        json_object_update_new(json, facts_json(proc, &facts, &rule, quota, dry));
        json_object_set_new(json, "oldest_waiting_at", time_json(oldest));
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(json);
        return fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}

void report_counters(struct log *log, struct store *store, struct dxl_fabric *dxl,
                     uint64_t bad_frames)
{
        struct dxl_state state;
        struct facts f;

        dxl_fabric_state(dxl, &state);
        if (facts_read(store, &f) != 0)
                return;
        log_info(log,
                 "counters queued=%llu in_flight=%llu outbox=%llu shared=%llu failed=%llu "
                 "requests=%llu answers=%llu stray=%llu garbage=%llu bad_frames=%llu",
                 (unsigned long long)(f.ready + f.retrying), (unsigned long long)f.in_flight,
                 (unsigned long long)f.outbox, (unsigned long long)f.shared,
                 (unsigned long long)f.failed, (unsigned long long)state.sent,
                 (unsigned long long)state.answered, (unsigned long long)state.stray,
                 (unsigned long long)state.garbage, (unsigned long long)bad_frames);
}
