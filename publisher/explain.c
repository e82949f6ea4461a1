#include "publisher/explain.h"

#include "common/clock.h"
#include "publisher/quota.h"
#include "publisher/recent.h"
#include "publisher/rule.h"
#include "publisher/story.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

struct reading {
        struct question question;
        struct dossier dossiers[DOSSIER_MAX];
        unsigned count;
        struct quota *quota;
};

static int read_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct reading *r = userdata;

        return dossier_read(&w, &r->question, r->dossiers, &r->count);
}

/* Fills the reading; as of an empty store when there is none yet. */
static int read_store(const struct proc *proc, struct reading *ret)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        _cleanup_(store_closep) struct store *store = NULL;
        _cleanup_(recent_closep) struct recent *recent = NULL;
        struct quota_now now = quota_read_clocks();
        struct rule rule = rule_of(proc->fabric, &(struct wire_push){0});
        int r = store_open(path, record_tables, true, &store);

        ret->count = 1;
        ret->dossiers[0] = (struct dossier){.id = ret->question.id, .hash = ret->question.hash};
        if (r == STORE_E_NONE)
                return quota_new(rule.daily_limit, &now, &ret->quota);
        if (r == 0)
                r = recent_open(store, &recent);
        if (r == 0)
                r = store_view(store, read_in, ret);
        if (r == 0)
                r = rule_load(store, proc->fabric, &rule);
        return r == 0 ? quota_open(store, rule.daily_limit, &now, true, &ret->quota) : r;
}

static json_t *stories(const struct reading *reading)
{
        int64_t boot_ms = clock_boot_ms();
        json_t *list = json_array();

        for (unsigned i = 0; i < reading->count; i++) {
                const struct dossier *d = &reading->dossiers[i];
                const struct story_clock now = {
                    .ledger_ms = quota_time(reading->quota, boot_ms),
                    .queue_wait_ms = quota_wait_ms(reading->quota, boot_ms, d->place),
                };

                json_array_append_new(list, story_json(d, &now));
        }
        return list;
}

int explain_print(const struct proc *proc, const char *what)
{
        _cleanup_(freep) struct reading *reading = calloc(1, sizeof(*reading));
        _cleanup_(json_decrefp) json_t *json = NULL;
        int64_t boot_ms = clock_boot_ms();
        int r;

        if (!reading)
                return PROC_EXIT_FAILED;
        if (!question_parse(what, &reading->question)) {
                log_error(proc->log, "%s is %s", LOG_Q(text_of(what)), question_refusal);
                return PROC_EXIT_CONFIG;
        }
        r = read_store(proc, reading);
        if (r != 0) {
                log_error(proc->log, "cannot read the store: %s", strerror(-r));
                quota_close(reading->quota);
                return PROC_EXIT_FAILED;
        }
        json = json_pack("{s:s, s:i, s:{s:i, s:I, s:I}, s:o}", "fabric", proc->fabric->name, "pid",
                         proc_running_pid(proc), "quota", "limit", (int)quota_limit(reading->quota),
                         "used", (json_int_t)quota_used(reading->quota, boot_ms), "left",
                         (json_int_t)quota_left(reading->quota, boot_ms), "indicators",
                         stories(reading));
        quota_close(reading->quota);
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        return json && fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}
