#include "console/snapshot.h"

#include "console/running.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
        PROBLEM_MAX = REPORT_TEXT_MAX + REPORT_NAME_MAX + 8,
        PROBLEMS_MAX = HEALTH_REASONS_MAX + REPORT_FABRICS_MAX,
};

struct snapshot {
        const struct console *console;
        struct summary summary;
        struct report_sweep none;
        struct summary_fabric fabrics[REPORT_FABRICS_MAX];
        struct summary_stage stages[RUNNING_MAX];
        struct trouble_line troubles[RUNNING_MAX];
        struct health health;
        const char *problems[PROBLEMS_MAX];
        char errors[REPORT_FABRICS_MAX][PROBLEM_MAX];
};

int snapshot_open(const struct console *console, struct snapshot **ret)
{
        struct snapshot *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->console = console;
        *ret = s;
        return 0;
}

void snapshot_close(struct snapshot *snapshot)
{
        free(snapshot);
}

static void read_troubles(struct snapshot *s)
{
        for (size_t i = 0; i < s->summary.stage_count; i++) {
                struct summary_stage *stage = &s->stages[i];
                char path[PATH_MAX];
                int n = snprintf(path, sizeof(path), "%s/%s%s%s.trouble",
                                 s->console->config->state_dir, stage->stage,
                                 stage->fabric ? "-" : "", stage->fabric ? stage->fabric : "");

                if (n < (int)sizeof(path) && trouble_read(path, &s->troubles[i]))
                        stage->trouble = &s->troubles[i];
        }
}

/* Why it is not fine, then what each fabric said last when no reason holds it already. */
static void find_problems(struct snapshot *s)
{
        size_t n = 0;

        for (size_t i = 0; i < s->health.count; i++)
                s->problems[n++] = s->health.reasons[i];
        for (size_t i = 0; i < s->summary.fabric_count; i++) {
                const struct summary_fabric *f = &s->fabrics[i];
                bool told = false;

                if (!f->report || !f->report->last_error[0])
                        continue;
                for (size_t k = 0; k < s->health.count; k++)
                        told = told || strstr(s->health.reasons[k], f->report->last_error);
                if (told)
                        continue;
                snprintf(s->errors[i], PROBLEM_MAX, "%s: last error: %s", f->name,
                         f->report->last_error);
                s->problems[n++] = s->errors[i];
        }
        s->summary.problems = s->problems;
        s->summary.problem_count = n;
}

void snapshot_take(struct snapshot *snapshot, const struct gather *gather, int64_t now_s,
                   bool service)
{
        struct snapshot *s = snapshot;
        const struct config *config = s->console->config;
        const struct report_fetcher *fetcher = gather_fetcher(gather, false);
        struct health_view view = {
            .summary = &s->summary,
            .unreadable = gather_error(gather),
            .now_s = now_s,
            .interval_s = config->interval_ms / 1000,
            .patience_s = config->patience_ms / 1000,
            .service = service,
            .part = config_spans_hosts(config),
        };

        s->summary = (struct summary){
            .sweep = fetcher ? &fetcher->sweep : &s->none,
            .fabrics = s->fabrics,
            .fabric_count = s->console->fabric_count,
            .stages = s->stages,
            .health = &s->health,
        };
        gather_describe(gather, s->fabrics);
        s->summary.stage_count =
            running_describe(fetcher, s->fabrics, s->summary.fabric_count, config->path, s->stages);
        read_troubles(s);
        health_judge(&view, &s->health);
        find_problems(s);
}

const struct summary *snapshot_summary(const struct snapshot *snapshot)
{
        return &snapshot->summary;
}

const struct health *snapshot_health(const struct snapshot *snapshot)
{
        return &snapshot->health;
}
