#include "console/export.h"

#include "common/clock.h"
#include "common/config.h"
#include "common/proc.h"
#include "console/passthrough.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY_FORMAT = COMMANDS_KEY, KEY_FABRIC, KEY_SINCE };

struct export_options {
        bool jsonl;
        const char *fabric; /* NULL: not given here */
        int64_t since;      /* 0: all */
};

static const struct argp_option own_options[] = {
    {"format", KEY_FORMAT, "csv|jsonl", 0, "CSV (default), or JSON Lines", 0},
    {"fabric", KEY_FABRIC, "NAME", 0, "this fabric only, as -cn", 0},
    {"since", KEY_SINCE, "TIME", 0,
     "requests that ended from then on: how long ago (36h, 7d), or a date in UTC (2026-05-01, "
     "2026-05-01T10:00:00Z)",
     0},
    {0},
};

bool export_since(const char *text, int64_t now_s, int64_t *ret)
{
        char date[32];
        int64_t ms;

        if (config_parse_duration(text_of(text), &ms)) {
                *ret = now_s - ms / 1000;
                return true;
        }
        if (strlen(text) == strlen("2026-05-01")) {
                snprintf(date, sizeof(date), "%s 00:00:00", text);
                return clock_parse_utc(text_of(date), ret);
        }
        return clock_parse_utc(text_of(text), ret);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct export_options *own = state->input;

        switch (key) {
        case KEY_FORMAT:
                own->jsonl = strcmp(arg, "jsonl") == 0;
                if (!own->jsonl && strcmp(arg, "csv") != 0)
                        argp_error(state, "--format %s: csv or jsonl", arg);
                return 0;
        case KEY_FABRIC:
                own->fabric = arg;
                return 0;
        case KEY_SINCE:
                if (!export_since(arg, clock_wall_s(), &own->since))
                        argp_error(state,
                                   "--since %s: write how long ago (36h, 7d), or a date "
                                   "(2026-05-01, 2026-05-01T10:00:00Z)",
                                   arg);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp argp = {
    .options = own_options,
    .parser = parse,
    .doc =
        "\vOne line for each request to set a reputation that left, fabric by fabric, oldest "
        "first:\n"
        "\n"
        "  time       when its end was known, UTC\n"
        "  fabric, hash, level\n"
        "  rule       override, or the band of the score that made the level\n"
        "  answer     taken\n"
        "             error            TIE refused it: error_code\n"
        "             not delivered    the fabric had no taker: error_code\n"
        "             no answer        in time\n"
        "             connection lost  before the answer\n"
        "             unknown          the publisher ended first\n"
        "  and        hash_type, trust_level, score, indicator_id, error_code\n"
        "\n"
        "  tq-trellix-tie export --since 7d >pushes.csv\n"
        "  tq-trellix-tie export --format jsonl --fabric emea | jq .answer\n"
        "\n"
        "The journal keeps the last 250,000 requests of a fabric, for at most 90 days; it works "
        "whether the publishers run or not.\n"
        "\n"
        "Exit status: 0 all is printed; 1 a fabric's journal cannot be read; 2 the command line or "
        "the configuration is wrong."};
const struct command_arguments export_arguments = {&argp, sizeof(struct export_options)};

static int print_one(const struct console *console, const char *fabric, const char *format)
{
        const struct export_options *own = console->options->own;
        char since[32];
        struct tool_call call = {
            .tool = TOOL_PUBLISHER,
            .config = console->config->path,
            .fabric = fabric,
            .report = true,
            .more = {"--journal", format, "--since", since},
        };
        char *argv[TOOLS_ARGS_MAX];
        int code;

        snprintf(since, sizeof(since), "%" PRId64, own->since);
        tools_command(console->tools, &call, argv);
        code = passthrough(argv);
        if (code < 0)
                fprintf(stderr, "tq-trellix-tie: cannot start %s: %s\n", argv[0], strerror(-code));
        return code;
}

int export_main(const struct console *console)
{
        const struct export_options *own = console->options->own;
        const char *format = own->jsonl ? "jsonl" : "csv";
        int code = PROC_EXIT_OK;

        if (own->fabric && !config_fabric(console->config, own->fabric)) {
                fprintf(stderr, "tq-trellix-tie: no fabric '%s' in %s\n", own->fabric,
                        console->config->path);
                return PROC_EXIT_CONFIG;
        }
        for (size_t i = 0; i < console->fabric_count; i++) {
                if (own->fabric && strcmp(own->fabric, console->fabrics[i]) != 0)
                        continue;
                if (print_one(console, console->fabrics[i], format) != PROC_EXIT_OK)
                        code = PROC_EXIT_FAILED;
                if (!own->jsonl)
                        format = "csv-rows";
        }
        return code;
}
