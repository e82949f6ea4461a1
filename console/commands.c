#include "console/commands.h"

#include "console/check.h"
#include "console/explain_command.h"
#include "console/export.h"
#include "console/failed.h"
#include "console/keygen.h"
#include "console/plan.h"
#include "console/quota.h"
#include "console/run_options.h"
#include "console/serve.h"
#include "console/status.h"
#include "console/turn.h"
#include "console/supervisor.h"
#include "console/tap.h"

#include <string.h>

static const struct command commands[] = {
    {"run",
     "(also without a command) one sweep: starts the stages, or asks the service that runs "
     "already; "
     "pushes until the queues are empty or the quotas used, writes back, prints a summary. Ctrl-C "
     "ends it at any time: nothing is lost, the next run goes on. Without a configuration it asks "
     "at the terminal for what one holds, writes it, and ends",
     COMMAND_NEEDS_ALL | COMMAND_ASKS_CONFIG | COMMAND_AS_OWNER, &run_arguments, turn_main},
    {"status",
     "stages, queues, quotas, the last sweep and the last errors; works when nothing runs",
     COMMAND_NEEDS_ALL, &status_arguments, status_main},
    {"check",
     "configuration, folders, disk, clocks, ThreatQ's log-in and rights, each fabric: one line "
     "each, "
     "with the mend; changes nothing",
     COMMAND_NEEDS_STAGES | COMMAND_AS_OWNER, &check_arguments, check_main},
    {"quota",
     "show: the daily limits, what is used and left, and when what waits is through; reset: the "
     "limits may be spent once more at once",
     COMMAND_NEEDS_ALL | COMMAND_AS_OWNER, &quota_arguments, quota_main},
    {"plan",
     "what waits in the queues, in the order in which it leaves, and what it costs of the quota",
     COMMAND_NEEDS_ALL, &plan_arguments, plan_main},
    {"explain",
     "HASH|INDICATOR_ID: the whole story of one indicator, fabric by fabric; works when nothing "
     "runs",
     COMMAND_NEEDS_ALL, &explain_arguments, explain_main},
    {"export",
     "the push journal as CSV or JSON Lines: each request to TIE, with its time, hash, level, rule "
     "and answer",
     COMMAND_NEEDS_ALL, &export_arguments, export_main},
    {"failed", "list, show, retry or drop what TIE refused for good",
     COMMAND_NEEDS_ALL | COMMAND_AS_OWNER, &failed_arguments, failed_main},
    {"serve", "the pipeline as a web page, and as metrics for Prometheus; it only looks",
     COMMAND_NEEDS_ALL, &serve_arguments, serve_main},
    {"supervisor",
     "print: the stages in supervisord's configuration (or systemd's units); apply: have "
     "supervisord take it over",
     COMMAND_NEEDS_ALL, &supervisor_arguments, supervisor_main},
    {"tap", "what flows on a channel between the stages, as JSON Lines, without disturbing it",
     COMMAND_NEEDS_CONFIG, &tap_arguments, tap_main},
    {"keygen", "a pair of keys for this host, when stages run on several hosts",
     COMMAND_NEEDS_NOTHING, &keygen_arguments, keygen_main},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

const struct command *commands_find(const char *name)
{
        for (size_t i = 0; i < COMMANDS; i++) {
                if (strcmp(name, commands[i].name) == 0)
                        return &commands[i];
        }
        return NULL;
}

const struct command *commands_at(size_t i)
{
        return i < COMMANDS ? &commands[i] : NULL;
}
