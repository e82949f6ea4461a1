/*
 * tie-fetcher: reads the file-hash indicators out of ThreatQ.
 *
 * Takes ThreatQ's answers over HTTPS; ACK and HELLO of the publishers, SWEEP_REQUEST of the console
 *   on its `acks` channel.
 * Gives pages of indicators (PAGE) and, when a fabric has acknowledged all of them, SWEEP_END on
 * its `pages` channel. Keeps in LMDB how far each fabric is up to date, and the place of a sweep
 * that was interrupted. Security: the only stage that queries ThreatQ; holds the log-in and the
 * token in memory and writes them nowhere. The server's certificate is verified, redirects are
 * refused, answers are bounded. Exits 0 stopped as asked, or after the sweep with --stdio; 1 cannot
 * go on, or the sweep of --stdio failed; 2 usage or configuration; 3 runs already.
 */
#include "common/proc.h"
#include "fetcher/check.h"
#include "fetcher/fetcher.h"
#include "fetcher/find.h"
#include "fetcher/report.h"

enum { OPTION_ON_REQUEST = 1000, OPTION_FIND };

struct own_options {
        bool on_request;
        const char *find; /* NULL: not asked */
};

static const struct argp_option options[] = {
    {"on-request", OPTION_ON_REQUEST, NULL, 0,
     "Sweep only when asked to, not by the interval; an interrupted sweep is finished", 0},
    {"find", OPTION_FIND, "HASH|ID", 0,
     "With --report: ask ThreatQ for this indicator, and print it as a page for tie-mapper", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state, void *userdata)
{
        struct own_options *own = userdata;

        (void)state;
        switch (key) {
        case OPTION_ON_REQUEST:
                own->on_request = true;
                return 0;
        case OPTION_FIND:
                own->find = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const char doc[] =
    "Reads the file-hash indicators out of ThreatQ.\n\n"
    "It sweeps over the Threat Library, hands the pages to tie-mapper, and keeps each page until "
    "every publisher has acknowledged it. The first sweep, and one every full_interval, is full: "
    "it "
    "asks for the selection. The others ask for what was touched since the last."
    "\vA fabric whose publisher does not answer is left behind and holds up nobody: it gets a "
    "sweep "
    "of its own when it is back. After a kill or a power cut the sweep goes on where it was.\n\n"
    "To see what ThreatQ gives, without any other stage and without leaving a trace:\n\n"
    "  tie-fetcher -c FILE --stdio </dev/null | jq\n"
    "  tie-fetcher -c FILE --stdio </dev/null | tie-mapper -c FILE --stdio | jq\n\n"
    "That is one full sweep; it ends with exit status 0, or 1 when ThreatQ did not give all.\n"
    "What becomes of one indicator by what ThreatQ says now, selected or not:\n\n"
    "  tie-fetcher -c FILE --report --find HASH | tie-mapper -c FILE --stdio | jq\n\n"
    "--report tells of the last sweep and of each fabric, whether the fetcher runs or not.";

static void log_counters(void *userdata)
{
        fetcher_log_counters(userdata);
}

static int run(struct proc *proc, bool on_request)
{
        _cleanup_(fetcher_closep) struct fetcher *fetcher = NULL;
        int code;

        if (fetcher_open(proc, on_request, &fetcher) < 0)
                return PROC_EXIT_FAILED;
        proc->on_counters = log_counters;
        proc->userdata = fetcher;
        code = proc_run(proc);
        if (proc->stdio && code == PROC_EXIT_OK && fetcher_failed(fetcher))
                code = PROC_EXIT_FAILED;
        return code;
}

int main(int argc, char **argv)
{
        struct own_options own = {0};
        const struct proc_spec spec = {
            .name = "fetcher",
            .doc = doc,
            .exclusive = true,
            .checks = true,
            .uses_threatq = true,
            .options = options,
            .parse = parse,
            .userdata = &own,
        };
        struct proc *proc = NULL;
        int r = proc_start(&spec, argc, argv, &proc);

        if (r != 0)
                return proc_finish(proc, r);
        if (own.find && !proc->report) {
                log_error(proc->log, "--find goes with --report only");
                return proc_finish(proc, PROC_EXIT_CONFIG);
        }
        if (proc->check)
                r = check_print(proc);
        else if (own.find)
                r = find_print(proc, own.find);
        else
                r = proc->report ? report_print(proc) : run(proc, own.on_request);
        return proc_finish(proc, r);
}
