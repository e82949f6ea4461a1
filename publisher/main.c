/*
 * tie-publisher - the stage that sets reputations on one DXL fabric.
 *
 * Takes    BATCH and SWEEP_END from the mappers, WRITTEN from the enrichers.
 * Gives    ACK to the fetcher, set and get requests to TIE, OUTCOMES to the enrichers.
 * Keeps    <state_dir>/publisher-<fabric>: the queue, what is in flight, the quota ledger, what the
 *          fabric was told, and the outbox.
 * Promises what it acknowledged is durable; the quota is reserved before a request leaves, and
 * never exceeded; what was in flight when it died is sent again. Security holds the client key of
 * its fabric. It talks to the brokers of dxlclient.config and to nobody else. Its sockets and its
 * store are for its user alone. Exits    0 stopped as asked, 1 cannot go on, 2 usage or
 * configuration, 3 runs already.
 */
#include "common/proc.h"
#include "publisher/check.h"
#include "publisher/explain.h"
#include "publisher/extract.h"
#include "publisher/failed_command.h"
#include "publisher/plan.h"
#include "publisher/publisher.h"
#include "publisher/report.h"
#include "publisher/reset.h"

#include <stdlib.h>
#include <string.h>

enum {
        OPTION_AWAIT_SWEEP = 1000,
        OPTION_CACHE,
        OPTION_QUOTA_RESET,
        OPTION_EXPLAIN,
        OPTION_JOURNAL,
        OPTION_SINCE,
        OPTION_FAILED,
        OPTION_FAILED_ORDER,
        OPTION_DRY_RUN,
        OPTION_PLAN,
};

struct own_options {
        struct publisher_options publisher;
        bool quota_reset;
        const char *explain; /* NULL: not asked */
        const char *journal; /* likewise: its format */
        int64_t since;
        bool failed;
        bool dry_run;
        const char *plan; /* NULL: not asked; its format */
        bool orders;      /* it does not run, and takes the lock by itself */
        const char *failed_order;
};

static const struct argp_option options[] = {
    {"await-sweep", OPTION_AWAIT_SWEEP, NULL, 0,
     "Leave what is queued alone until a sweep has come in to compete with it", 0},
    {"cache", OPTION_CACHE, "FILE|DIR", 0,
     "Count what the vendor's connector sent, once: its trellix_tie_cache.json or "
     "Trellix_tie_cache-FABRIC.json (default: beside the configuration)",
     0},
    {"quota-reset", OPTION_QUOTA_RESET, NULL, 0,
     "Empty the quota ledger and exit; a publisher that runs is asked to do it", 0},
    {"dry-run", OPTION_DRY_RUN, NULL, 0,
     "Set nothing, and let ThreatQ be told nothing, as with publisher.dry_run", 0},
    {"plan", OPTION_PLAN, "table|csv|csv-rows|jsonl", 0,
     "With --report: what the queue holds, in the order in which it leaves", 0},
    {"explain", OPTION_EXPLAIN, "HASH|ID", 0,
     "With --report: all that is known of this hash or indicator, as one JSON object", 0},
    {"journal", OPTION_JOURNAL, "csv|csv-rows|jsonl", 0,
     "With --report: the push journal, one request in a line; csv-rows is csv without the line "
     "that names the columns",
     0},
    {"failed", OPTION_FAILED, NULL, 0,
     "With --report: what failed for good, one JSON object in a line", 0},
    {"failed-order", OPTION_FAILED_ORDER, "WORDS", 0,
     "Do as the words say about what failed, and exit: \"retry all\", \"drop 20417 HASH\"; a "
     "publisher that runs is asked to do it",
     0},
    {"since", OPTION_SINCE, "SECONDS", 0,
     "With --journal: requests that ended from this time on (seconds since 1970)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state, void *userdata)
{
        struct own_options *own = userdata;
        char *end;

        switch (key) {
        case OPTION_AWAIT_SWEEP:
                own->publisher.await_sweep = true;
                return 0;
        case OPTION_CACHE:
                own->publisher.cache = arg;
                return 0;
        case OPTION_QUOTA_RESET:
                own->quota_reset = own->orders = true;
                return 0;
        case OPTION_DRY_RUN:
                own->dry_run = true;
                return 0;
        case OPTION_PLAN:
                own->plan = arg;
                if (!plan_format_is_known(arg))
                        argp_error(state, "--plan %s: table, csv, csv-rows or jsonl", arg);
                return 0;
        case OPTION_FAILED:
                own->failed = true;
                return 0;
        case OPTION_FAILED_ORDER:
                own->failed_order = arg;
                own->orders = true;
                return 0;
        case OPTION_EXPLAIN:
                own->explain = arg;
                return 0;
        case OPTION_JOURNAL:
                own->journal = arg;
                if (strcmp(arg, "csv") != 0 && strcmp(arg, "csv-rows") != 0 &&
                    strcmp(arg, "jsonl") != 0)
                        argp_error(state, "--journal %s: csv, csv-rows or jsonl", arg);
                return 0;
        case OPTION_SINCE:
                own->since = strtoll(arg, &end, 10);
                if (end == arg || *end)
                        argp_error(state, "--since %s: a number of seconds", arg);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const char doc[] =
    "Sets file reputations on one DXL fabric.\n\n"
    "It keeps the queue in order of priority, sends at most daily_limit requests in any 24 "
    "hours, and hands what TIE answered to the enrichers.\v"
    "It takes batches from the mappers and acknowledges them to the fetcher once they are "
    "durable in <state_dir>/publisher-<fabric>. It spends quota when a sweep has ended, "
    "overrides and high scores first. Run one for each fabric:\n"
    "\n"
    "  tie-publisher -c /etc/tq_labs --fabric emea\n"
    "\n"
    "With --stdio it reads BATCH, SWEEP_END and WRITTEN lines and prints ACK, HELLO and "
    "OUTCOMES lines; reputations are really set. SIGTERM waits for the answers in flight, "
    "for at most 4 s; what is left goes out again at the next start.";

static int report(struct proc *proc, const struct own_options *own)
{
        if (own->explain)
                return explain_print(proc, own->explain);
        if (own->failed)
                return failed_print(proc);
        if (own->plan)
                return plan_print(proc, own->plan);
        if (!own->journal)
                return report_print(proc);
        if (strcmp(own->journal, "csv") == 0)
                printf("%s\n", extract_columns);
        return extract_print(proc, strcmp(own->journal, "jsonl") == 0 ? EXTRACT_JSONL : EXTRACT_CSV,
                             own->since);
}

int main(int argc, char **argv)
{
        _cleanup_(publisher_closep) struct publisher *publisher = NULL;
        struct own_options own = {0};
        const struct proc_spec spec = {
            .name = "publisher",
            .doc = doc,
            .per_fabric = true,
            .exclusive = true,
            .stdio_keeps = true,
            .checks = true,
            .options = options,
            .parse = parse,
            .userdata = &own,
            .lock_later = &own.orders,
        };
        struct proc *proc = NULL;
        int code = proc_start(&spec, argc, argv, &proc);

        if (code != 0)
                return proc_finish(proc, code);
        if (proc->report)
                return proc_finish(proc, report(proc, &own));
        if (own.explain || own.journal || own.failed || own.plan) {
                log_error(proc->log,
                          "--explain, --journal, --failed and --plan go with --report only");
                return proc_finish(proc, PROC_EXIT_CONFIG);
        }
        if (proc->check)
                return proc_finish(proc, check_print(proc));
        if (own.failed_order)
                return proc_finish(proc, failed_main(proc, own.failed_order));
        if (own.quota_reset)
                return proc_finish(proc, reset_main(proc));
        proc->config->publisher.dry_run |= own.dry_run;
        code = publisher_open(proc, &own.publisher, &publisher);
        if (code == 0 && publisher)
                code = proc_run(proc);
        publisher_close(publisher);
        publisher = NULL;
        return proc_finish(proc, code);
}
