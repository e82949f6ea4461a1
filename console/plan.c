#include "console/plan.h"

#include "common/proc.h"
#include "console/passthrough.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { KEY_FORMAT = COMMANDS_KEY };

struct plan_options {
        const char *format; /* NULL: not given */
};

static const struct argp_option own_options[] = {
    {"format", KEY_FORMAT, "table|csv|jsonl", 0, "default: table; with --json: jsonl", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct plan_options *own = state->input;

        if (key != KEY_FORMAT)
                return ARGP_ERR_UNKNOWN;
        if (strcmp(arg, "table") != 0 && strcmp(arg, "csv") != 0 && strcmp(arg, "jsonl") != 0)
                argp_error(state, "--format %s: table, csv or jsonl", arg);
        own->format = arg;
        return 0;
}

static const struct argp argp = {
    .options = own_options,
    .parser = parse,
    .doc = "\vWhat waits in the queue of each fabric, first that which leaves first, and what it "
           "costs of the quota; in CSV and JSON Lines also in how many seconds the quota lets it "
           "out. It sets nothing. `run --dry-run` fills the queues by a sweep and ends with this "
           "plan.\n"
           "\n"
           "  tq-trellix-tie run --dry-run\n"
           "  tq-trellix-tie plan --format csv -cn emea >plan.csv\n"
           "\n"
           "Exit status: 0 printed; 1 a fabric gave no answer; 2 the command line or the "
           "configuration is wrong."};
const struct command_arguments plan_arguments = {&argp, sizeof(struct plan_options)};

int plan_tell(const struct console *console, const char *format)
{
        int code = PROC_EXIT_OK;

        for (size_t i = 0; i < console->fabric_count; i++) {
                const struct tool_call call = {
                    .tool = TOOL_PUBLISHER,
                    .config = console->config->path,
                    .fabric = console->fabrics[i],
                    .report = true,
                    .more = {"--plan", i > 0 && strcmp(format, "csv") == 0 ? "csv-rows" : format},
                };
                char *argv[TOOLS_ARGS_MAX];
                int r;

                tools_command(console->tools, &call, argv);
                fflush(stdout);
                r = passthrough(argv);
                if (r < 0)
                        fprintf(stderr, "tq-trellix-tie: cannot start %s: %s\n", argv[0],
                                strerror(-r));
                if (r != PROC_EXIT_OK)
                        code = PROC_EXIT_FAILED;
        }
        return code;
}

int plan_main(const struct console *console)
{
        const struct plan_options *own = console->options->own;
        const char *format = console->options->json ? "jsonl" : "table";

        return plan_tell(console, own->format ? own->format : format);
}
