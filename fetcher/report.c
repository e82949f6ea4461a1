#include "fetcher/report.h"

#include "common/clock.h"
#include "fetcher/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

static json_t *json_of_time(int64_t s)
{
        char text[32];

        if (s <= 0)
                return json_null();
        clock_format_utc(s, text);
        return json_string(text);
}

/* Of a fabric whose configuration ThreatQ holds; null of another. active is null as long as nothing
 * good was read. */
static json_t *json_of_remote(const struct config_fabric *fabric, const struct checkpoint_fabric *c)
{
        struct config_remote remote = {0};
        json_t *active;

        if (!fabric->remote_config)
                return json_null();
        active = remote_of_text(c->remote, fabric->remote_config, &remote)
                     ? json_boolean(remote.active)
                     : json_null();
        config_remote_done(&remote);
        return json_pack("{s:s, s:o, s:s}", "connector", fabric->remote_config, "active", active,
                         "error", c->remote_error);
}

char *report_json(const struct config *config, const struct checkpoint_sweep *s,
                  const struct checkpoint_fabric *fabrics, const char *state, const char *error)
{
        json_t *list = json_object();
        json_t *report;
        char *text;

        for (size_t i = 0; i < config->fabric_count; i++)
                json_object_set_new(
                    list, config->fabrics[i].name,
                    json_pack("{s:b, s:o, s:o}", "lagging", fabrics[i].lagging, "checkpoint",
                              json_of_time(fabrics[i].exists ? fabrics[i].started_at : 0),
                              "remote_config", json_of_remote(&config->fabrics[i], &fabrics[i])));
        report =
            json_pack("{s:{s:I, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:s}, s:o}", "sweep", "number",
                      (json_int_t)s->number, "kind", sweep_kind_name(s->kind), "state", state,
                      "request", (json_int_t)s->request, "fetched", (json_int_t)s->fetched, "pages",
                      (json_int_t)s->pages, "started_at", json_of_time(s->started_at),
                      "finished_at", json_of_time(s->finished_at), "error", error, "fabrics", list);
        text = json_dumps(report, JSON_COMPACT);
        json_decref(report);
        return text;
}

static char *report_of_store(struct proc *proc)
{
        _cleanup_(checkpoint_closep) struct checkpoint *checkpoint = NULL;
        _cleanup_(freep) char *path = proc_store_path(proc);
        struct checkpoint_fabric fabrics[SWEEP_FABRICS_MAX] = {0};
        struct checkpoint_sweep sweep = {0};
        char *report;
        int r = path ? checkpoint_open(path, true, &checkpoint) : -ENOMEM;

        if (r == 0)
                r = checkpoint_load(checkpoint, proc->config, &sweep, fabrics);
        if (r < 0) {
                log_error(proc->log, "cannot read the store path=%s error=\"%s\"",
                          LOG_Q(text_of(path)), strerror(-r));
                checkpoint_fabrics_done(fabrics, SWEEP_FABRICS_MAX);
                return NULL;
        }
        report = report_json(proc->config, &sweep, fabrics,
                             sweep.failed ? "failed"
                             : sweep.open ? "running"
                                          : "idle",
                             sweep.error);
        checkpoint_fabrics_done(fabrics, SWEEP_FABRICS_MAX);
        return report;
}

int report_print(struct proc *proc)
{
        int pid = proc_running_pid(proc);
        _cleanup_(freep) char *text = pid ? proc_read_status(proc) : NULL;
        json_t *report;

        if (!text)
                text = report_of_store(proc);
        report = text ? json_loads(text, 0, NULL) : NULL;
        if (!report)
                return PROC_EXIT_FAILED;
        json_object_set_new(report, "pid", json_integer(pid));
        json_object_set_new(report, "state", json_string(pid ? "running" : "stopped"));
        json_dumpf(report, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(report);
        return PROC_EXIT_OK;
}
