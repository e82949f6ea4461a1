#include "console/arguments.h"

#include "common/cleanup.h"
#include "common/options.h"
#include "common/proc_options.h"

#include <errno.h>
#include <string.h>

enum {
        KEY_LOG = 1000,
        KEY_FABRIC,
        KEY_DXL_CONFIG_DIR,
        KEY_JSON,
        KEY_WATCH,
};

static const char doc[] =
    "Exports file-hash indicators from ThreatQ to Trellix TIE over DXL and writes back what became "
    "of them.\v"
    "Commands:\n"
    "  run      (also without a command) starts the stages, does one sweep over\n"
    "           ThreatQ, pushes until the queues are empty or the quotas used,\n"
    "           writes back, prints a summary and ends. When the service runs\n"
    "           already, it is asked to sweep, and waited for. Ctrl-C ends it at\n"
    "           any time: nothing is lost, the next run goes on.\n"
    "  status   stages, queues, quotas, the last sweep and the last errors;\n"
    "           works when nothing runs.\n"
    "\n"
    "Gives the summary on standard output, progress and logs on standard error.\n"
    "Keeps nothing itself: queues and quotas are in connector.state_dir.\n"
    "\n"
    "Exit codes: 0 all is well; 1 something failed for good or a fabric was left\n"
    "for the next run (it says which, why and what happens next); 2 the command\n"
    "line or the configuration is wrong.\n"
    "\n"
    "Example: tq-trellix-tie -c /etc/tq_labs/ -ll /var/log/tq_labs/ -v3";

/* argp knows no options of one dash and two letters: they are rewritten before it looks, and shown
 * by hand. */
static const struct argp_option options[] = {
    {"config", 'c', "FILE|DIR", 0,
     "configuration, or the folder of tq-trellix-tie.yaml (default: " PROC_CONFIG_DEFAULT ")", 1},
    {"-cn, --con-name=NAME", 0, NULL, OPTION_DOC,
     "only this fabric (also --conn-name); the others are not started", 2},
    {"con-name", KEY_FABRIC, "NAME", OPTION_HIDDEN, NULL, 2},
    {"conn-name", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
    {"-ll, --loglocation=DIR|stdout", 0, NULL, OPTION_DOC,
     "one log file per stage in this folder, which must exist (default, and stdout: the terminal, "
     "by standard error)",
     3},
    {"loglocation", KEY_LOG, "DIR|stdout", OPTION_HIDDEN, NULL, 3},
    {"verbosity", 'v', "1|2|3", 0,
     "1 warnings and errors, 2 also what happens, 3 everything (default: 2 in a log folder, else "
     "1)",
     4},
    {"json", KEY_JSON, NULL, 0, "one JSON object as the last line of standard output", 5},
    {"watch", KEY_WATCH, NULL, 0, "status: again every two seconds until Ctrl-C", 6},
    {"-dc, --dxl-config-dir=DIR", 0, NULL, OPTION_DOC,
     "of the connector this one replaces: where DIR/NAME/dxlclient.config is. Here "
     "fabrics[].dxl_config decides; with -dc it must be the same file, else it is refused",
     7},
    {"dxl-config-dir", KEY_DXL_CONFIG_DIR, "DIR", OPTION_HIDDEN, NULL, 7},
    {"cache", 'x', "FILE", 0,
     "of the connector this one replaces: accepted with a warning. Quota and progress are kept in "
     "connector.state_dir instead",
     8},
    {NULL, 'h', NULL, 0, "the same as --help", -1},
    {0},
};

static const struct {
        const char *name;
        enum console_command command;
} commands[] = {
    {"run", COMMAND_RUN},
    {"status", COMMAND_STATUS},
};

static error_t parse_command(const char *arg, struct argp_state *state, struct console_options *ret)
{
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
                if (strcmp(arg, commands[i].name) == 0) {
                        ret->command = commands[i].command;
                        return 0;
                }
        }
        argp_error(state, "unknown command '%s'; commands: run, status", arg);
        return EINVAL;
}

static error_t parse_verbosity(const char *arg, struct argp_state *state,
                               struct console_options *ret)
{
        if (strlen(arg) != 1 || arg[0] < '1' || arg[0] > '3') {
                argp_error(state, "verbosity '%s' is none of 1, 2, 3", arg);
                return EINVAL;
        }
        ret->verbosity = arg[0] - '0';
        return 0;
}

static error_t check(struct argp_state *state, struct console_options *ret)
{
        if (ret->watch && (ret->command != COMMAND_STATUS || ret->json)) {
                argp_error(state, "--watch goes with status alone");
                return EINVAL;
        }
        if (ret->verbosity == 0)
                ret->verbosity = ret->log_dir ? 2 : 1;
        return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct console_options *ret = state->input;

        switch (key) {
        case 'c':
                ret->config = arg;
                return 0;
        case 'h':
                argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
                return 0;
        case 'v':
                return parse_verbosity(arg, state, ret);
        case 'x':
                ret->cache = arg;
                return 0;
        case KEY_LOG:
                ret->log_dir = strcmp(arg, "stdout") == 0 ? NULL : arg;
                return 0;
        case KEY_FABRIC:
                ret->fabric = arg;
                return 0;
        case KEY_DXL_CONFIG_DIR:
                ret->dxl_config_dir = arg;
                return 0;
        case KEY_JSON:
                ret->json = true;
                return 0;
        case KEY_WATCH:
                ret->watch = true;
                return 0;
        case ARGP_KEY_ARG:
                if (state->arg_num > 0) {
                        argp_error(state, "one command at a time: '%s' is too much", arg);
                        return EINVAL;
                }
                return parse_command(arg, state, ret);
        case ARGP_KEY_END:
                return check(state, ret);
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

int arguments_parse(int argc, char **argv, unsigned argp_flags, struct console_options *ret)
{
        static const struct argp argp = {
            .options = options, .parser = parse, .args_doc = "[run|status]", .doc = doc};
        static const struct options_alias aliases[] = {{"-ll", "--loglocation"},
                                                       {"-cn", "--con-name"},
                                                       {"-dc", "--dxl-config-dir"},
                                                       {NULL, NULL}};
        struct console_options parsed = {.config = PROC_CONFIG_DEFAULT};
        _cleanup_(freep) char **expanded = options_expand(argc, argv, aliases);
        error_t r;

        if (!expanded)
                return ENOMEM;

        argp_err_exit_status = 2;
        r = argp_parse(&argp, argc, expanded, argp_flags, NULL, &parsed);
        if (r != 0)
                return r;
        *ret = parsed;
        return 0;
}
