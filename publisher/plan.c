#include "publisher/plan.h"

#include "common/clock.h"
#include "common/words.h"
#include "publisher/facts.h"
#include "publisher/queue.h"
#include "publisher/quota.h"
#include "publisher/recent.h"
#include "publisher/rule.h"
#include "publisher/shared.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

enum { PART = 500 /* entries in one transaction */ };

static const char *const formats[] = {"table", "csv", "csv-rows", "jsonl"};
enum format { PLAN_TABLE, PLAN_CSV, PLAN_ROWS, PLAN_JSONL, PLAN_FORMATS };

static enum format format_of(const char *word)
{
        enum format f = PLAN_TABLE;

        while (f < PLAN_FORMATS && strcmp(formats[f], word) != 0)
                f++;
        return f;
}

bool plan_format_is_known(const char *format)
{
        return format_of(format) < PLAN_FORMATS;
}

struct plan {
        const char *fabric;
        enum format format;
        struct quota *quota;
        uint64_t place;   /* requests so far */
        uint64_t at_once; /* that the quota covers now */
        struct entry last;

        /* of one transaction */
        struct entry part[PART];
        unsigned count;
        bool begun, through;
        uint8_t after[ORDER_KEY_SIZE];
};

/* The next entries for which a request would leave: what was told meanwhile needs none. */
static int read_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct plan *plan = userdata;
        bool holds;
        int r = 0;

        for (plan->count = 0; plan->count < PART && r == 0;) {
                struct entry *next = &plan->part[plan->count];

                r = queue_next(&w, plan->begun ? plan->after : NULL, next);
                if (r != 0)
                        break;
                plan->begun = true;
                entry_order_key(next, plan->after);
                r = shared_holds(&w, &next->hash, next->level, &holds);
                plan->count += r == 0 && !holds;
        }
        plan->through = r == STORE_E_NONE;
        return plan->through ? 0 : r;
}

static const char *level_name(enum trust_level level)
{
        const char *name = trust_level_name(level);

        return name ? name : "";
}

/* A heading for each level and what decides it, since the order keeps them together. */
static void print_row(struct plan *plan, const struct entry *e, const char *hash)
{
        const char *rule = words_rule(e->override, e->score);

        if (plan->place == 1 || e->level != plan->last.level ||
            strcmp(rule, words_rule(plan->last.override, plan->last.score)) != 0)
                printf("  %s: %s\n", rule, level_name(e->level));
        printf("%10" PRIu64 "%c %s\n", plan->place, plan->place > plan->at_once ? '*' : ' ', hash);
}

static void print_entry(struct plan *plan, const struct entry *e)
{
        int64_t wait_ms = quota_wait_ms(plan->quota, clock_boot_ms(), ++plan->place);
        const char *rule = words_rule(e->override, e->score);
        char hash[HASH_MAX_HEX + 1];
        json_t *json;

        hash_format(&e->hash, hash);
        if (plan->format == PLAN_TABLE) {
                print_row(plan, e, hash);
        } else if (plan->format == PLAN_JSONL) {
                json = json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:i, s:f, s:I}", "place",
                                 (json_int_t)plan->place, "fabric", plan->fabric, "hash", hash,
                                 "level", level_name(e->level), "rule", rule, "wait_s",
                                 (json_int_t)((wait_ms + 999) / 1000), "hash_type",
                                 hash_type_name(e->hash.type), "trust_level", (int)e->level,
                                 "score", e->score, "indicator_id", (json_int_t)e->id);
                json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
                putchar('\n');
                json_decref(json);
        } else {
                printf("%" PRIu64 ",%s,%s,%s,%s,%" PRId64 ",%s,%d,%.10g,%" PRIu64 "\n", plan->place,
                       plan->fabric, hash, level_name(e->level), rule, (wait_ms + 999) / 1000,
                       hash_type_name(e->hash.type), (int)e->level, e->score, e->id);
        }
        plan->last = *e;
}

static void print_cost(const struct plan *plan, uint64_t retrying)
{
        uint64_t now = plan->place < plan->at_once ? plan->place : plan->at_once;

        printf("%s: %" PRIu64 " requests; the quota of %u in 24 hours has %" PRIu64 " left,\n"
               "  so %" PRIu64 " would leave at once and %" PRIu64 " later%s.\n",
               plan->fabric, plan->place, quota_limit(plan->quota), plan->at_once, now,
               plan->place - now, plan->place > now ? " (marked by *)" : "");
        if (retrying > 0)
                printf("  %" PRIu64 " more wait for their next try.\n", retrying);
}

static int print_all(struct store *store, struct plan *plan)
{
        _cleanup_(recent_closep) struct recent *recent = NULL;
        struct facts facts = {0};
        int r = facts_read(store, &facts);

        if (r == 0)
                r = recent_open(store, &recent);
        if (plan->format == PLAN_TABLE)
                printf("%s, in the order in which it leaves:\n", plan->fabric);
        while (r == 0 && !plan->through && !ferror(stdout)) {
                r = store_view(store, read_in, plan);
                for (unsigned i = 0; r == 0 && i < plan->count; i++)
                        print_entry(plan, &plan->part[i]);
        }
        if (r == 0 && plan->format == PLAN_TABLE)
                print_cost(plan, facts.retrying);
        return r;
}

int plan_print(const struct proc *proc, const char *format)
{
        _cleanup_(freep) char *path = proc_store_path(proc);
        _cleanup_(freep) struct plan *plan = calloc(1, sizeof(*plan));
        _cleanup_(store_closep) struct store *store = NULL;
        struct rule rule = rule_of(proc->fabric, &(struct wire_push){0});
        struct quota_now now = quota_read_clocks();
        int r = path && plan ? store_open(path, record_tables, true, &store) : -ENOMEM;

        if (r < 0 || !plan) {
                log_error(proc->log, "cannot read the store: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        plan->fabric = proc->fabric->name;
        plan->format = format_of(format);
        if (plan->format == PLAN_CSV)
                puts("place,fabric,hash,level,rule,wait_s,hash_type,trust_level,score,"
                     "indicator_id");
        r = r == STORE_E_NONE ? 0 : rule_load(store, proc->fabric, &rule);
        if (r == 0)
                r = store ? quota_open(store, rule.daily_limit, &now, true, &plan->quota)
                          : quota_new(rule.daily_limit, &now, &plan->quota);
        if (r == 0) {
                plan->at_once = rule_left(&rule, plan->quota);
                if (store)
                        r = print_all(store, plan);
                else if (plan->format == PLAN_TABLE)
                        print_cost(plan, 0);
        }
        quota_close(plan->quota);
        if (r != 0)
                log_error(proc->log, "cannot read the store: %s", strerror(-r));
        return r == 0 && fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}
