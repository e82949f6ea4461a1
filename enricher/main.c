/*
 * tie-enricher: writes to ThreatQ what became of the indicators.
 *
 * Takes    OUTCOMES from every publisher: for one indicator the share status, and what TIE knows
 *          of the hash.
 * Gives    the attributes `Share Status - <fabric>`, `Enterprise Trust Level`, `GTI Trust Level`,
 *          `ATD Trust Level`, `Prevalence`, `Detection Count` and `Enterprise Count` in ThreatQ,
 *          one value each; WRITTEN to the publisher when they are there.
 * Keeps    nothing. What was not answered the publisher offers again, so that the enricher may die
 *          at any moment, and several may run side by side.
 * Security it holds ThreatQ's credentials and speaks to ThreatQ only; what ThreatQ answers is
 *          parsed within bounds, and rows of other names or sources are never written.
 * Exits    0 stopped as asked (--stdio: all was written), 1 cannot go on (--stdio: something was
 *          not written), 2 usage or configuration.
 */
#include "common/proc.h"
#include "enricher/enricher.h"

#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Writes the share status and TIE's knowledge of each hash to ThreatQ.\n\n"
    "It takes outcomes from the publishers, reads the attributes that the indicator has in "
    "ThreatQ, "
    "and writes what differs: one value for each name, nothing when all is right already. Then it "
    "tells the publisher, which forgets the outcome only then. While ThreatQ is down it waits, "
    "with one attempt at a time, and loses nothing.\v"
    "It keeps no state, so it may be killed at any moment, and several may run side by side.\n\n"
    "With --stdio it reads OUTCOMES as JSON Lines from standard input, prints WRITTEN lines, and "
    "ends at the end of input, with exit status 1 when something was not written. To write "
    "by hand what a publisher gave:\n\n"
    "  grep '\"type\":\"OUTCOMES\"' answers.jsonl | tie-enricher -c FILE --stdio";

enum { OPTION_DRY_RUN = 1000 };

static const struct argp_option options[] = {
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "Write nothing to ThreatQ, as with publisher.dry_run", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state, void *userdata)
{
        (void)arg, (void)state;
        if (key != OPTION_DRY_RUN)
                return ARGP_ERR_UNKNOWN;
        *(bool *)userdata = true;
        return 0;
}

static int run(struct proc *proc, bool dry_run)
{
        _cleanup_(enricher_closep) struct enricher *enricher = NULL;
        int code;
        int r;

        if (proc->report) {
                puts("{\"stage\":\"enricher\",\"state\":\"stateless\"}");
                return PROC_EXIT_OK;
        }
        proc->config->publisher.dry_run |= dry_run;
        r = enricher_open(proc, &enricher);
        if (r < 0) {
                log_error(proc->log, "cannot start: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        code = proc_run(proc);
        if (code == PROC_EXIT_OK && proc->stdio && !enricher_settled(enricher))
                code = PROC_EXIT_FAILED;
        return code;
}

int main(int argc, char **argv)
{
        bool dry_run = false;
        const struct proc_spec spec = {.name = "enricher",
                                       .doc = doc,
                                       .uses_threatq = true,
                                       .options = options,
                                       .parse = parse,
                                       .userdata = &dry_run};
        struct proc *proc = NULL;
        int code = proc_start(&spec, argc, argv, &proc);

        if (code == PROC_EXIT_OK)
                code = run(proc, dry_run);
        return proc_finish(proc, code);
}
