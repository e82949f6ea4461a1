/*
 * tie-mapper: decides which reputation every indicator deserves on every fabric.
 *
 * Takes PAGE and SWEEP_END from the fetcher's `pages` channel.
 * Gives one BATCH per page and fabric, and each SWEEP_END, to the publishers' `in` channels.
 * Keeps nothing: any number of mappers may run, start, stop or die at any time; what one drops, the
 *   fetcher sends again.
 * Security: talks to no one but the stages of this machine and writes no file. It reads the
 *   configuration, so it holds the secrets in it, and uses none of them.
 * Exits 0 stopped as asked, or at the end of standard input with --stdio; 1 cannot go on; 2 usage
 *   or configuration.
 */
#include "common/proc.h"
#include "mapper/mapper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct proc_spec spec = {
    .name = "mapper",
    .doc =
        "Decides which reputation every indicator deserves on every fabric.\n\n"
        "It takes pages of indicators from tie-fetcher and gives each tie-publisher a batch that "
        "says for every indicator either the trust level to set or why there is none: the hash is "
        "invalid, the override is unreadable or contradicts another one, a filter (days, status, "
        "score, attributes) drops it, or its scoring band is not mapped."
        "\vAn attribute \"Reputation Override - FABRIC\" comes before every filter. The rest is "
        "judged by `selection` and `reputation` of the configuration, the fabric's own block "
        "before the common one.\n\n"
        "It keeps no state: run as many as you like. To see what it decides, feed it by hand:\n\n"
        "  tie-fetcher -c FILE --stdio </dev/null | tie-mapper -c FILE --stdio | jq\n\n"
        "At the end of standard input it stops with exit status 0.",
};

struct stage {
        struct proc *proc;
        struct mapper *mapper;
};

static void log_counters(void *userdata)
{
        const struct stage *stage = userdata;
        const struct mapper_counters *c = mapper_counters(stage->mapper);

        log_info(stage->proc->log,
                 "counters pages=%" PRIu64 " rows=%" PRIu64 " batches=%" PRIu64 " dropped=%" PRIu64
                 " bad_frames=%" PRIu64 " unknown_fabric=%" PRIu64,
                 c->pages, c->rows, c->batches, c->dropped, c->bad_frames, c->unknown_fabric);
}

static int run(struct proc *proc)
{
        _cleanup_(mapper_closep) struct mapper *mapper = NULL;
        int r = mapper_open(proc, &mapper);
        struct stage stage = {proc, mapper};

        if (r < 0) {
                log_error(proc->log, "cannot open the channels: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        proc->on_counters = log_counters;
        proc->userdata = &stage;
        return proc_run(proc);
}

int main(int argc, char **argv)
{
        struct proc *proc = NULL;
        int r = proc_start(&spec, argc, argv, &proc);

        if (r == 0 && proc->report)
                puts("{\"stage\":\"mapper\",\"state\":\"stateless\"}");
        else if (r == 0)
                r = run(proc);
        return proc_finish(proc, r);
}
