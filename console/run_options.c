#include "console/run_options.h"

enum { KEY_DRY_RUN = COMMANDS_KEY };

static const struct argp_option own_options[] = {
    {"dry-run", KEY_DRY_RUN, NULL, 0,
     "do all but set a reputation and write to ThreatQ, and print what would be set", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct run_options *own = state->input;

        (void)arg;
        if (key != KEY_DRY_RUN)
                return ARGP_ERR_UNKNOWN;
        own->dry_run = true;
        return 0;
}

static const struct argp argp = {
    .options = own_options,
    .parser = parse,
    .doc = "\vWith --dry-run it reads ThreatQ, decides and queues as ever, connects to each fabric "
           "and asks, but sets nothing, spends no quota and writes nothing to ThreatQ. It prints "
           "the plan: what would be set, in order, and what that costs of the quota. A later run "
           "pushes all of it. `publisher.dry_run: true` in the configuration does the same to a "
           "service.\n"
           "\n"
           "Exit status: 0 done; 1 something failed for good, or a fabric was left for the next "
           "run: the summary says which, why and what happens next; 2 the command line or the "
           "configuration is wrong."};
const struct command_arguments run_arguments = {&argp, sizeof(struct run_options)};
