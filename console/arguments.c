#include "console/arguments.h"

#include "common/cleanup.h"
#include "common/options.h"
#include "common/proc_options.h"
#include "console/commands.h"
#include "console/cron.h"

#include <errno.h>
#include <string.h>

enum {
        KEY_LOG = 1000,
        KEY_FABRIC,
        KEY_DXL_CONFIG_DIR,
        KEY_JSON,
        KEY_CRON,
        KEY_CRON_FOLDER,
};

static const char doc[] =
    "Exports file-hash indicators from ThreatQ to Trellix TIE.\n\n"
    "It sets their reputations on DXL fabrics, best first and within a daily quota, and writes "
    "back to ThreatQ what became of them.";

static const char manual[] =
    "tq-trellix-tie COMMAND --help tells of a command's own words and options.\n"
    "\n"
    "Gives results on standard output, progress and logs on standard error. Keeps nothing itself: "
    "queues and quotas are in connector.state_dir.\n"
    "\n"
    "Environment: TQ_PASSWORD, TQ_CLIENT_SECRET and TQ_LINK_KEY hold secrets that the "
    "configuration does not name a file for. NO_COLOR: a terminal shows no colours.\n"
    "\n"
    "Exit status: 0 all is well; 1 something failed for good or a fabric was left for the next run "
    "(it says which, why and what happens next); 2 the command line or the configuration is "
    "wrong.\n"
    "\n"
    "Example: tq-trellix-tie -c /etc/tq_labs/ -ll /var/log/tq_labs/ -v3";

/* argp knows no options of one dash and two letters: they are rewritten before it looks, and shown
 * by hand. */
static const struct argp_option common_options[] = {
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
    {NULL, 'h', NULL, 0, "the same as --help", -1},
    {0},
};

/* The guide's arguments of a run. Every command takes them, and the help of the others leaves them
 * out. */
static const struct argp_option run_options[] = {
    {"-dc, --dxl-config-dir=DIR", 0, NULL, OPTION_DOC,
     "of the connector this one replaces: where DIR/NAME/dxlclient.config is, or "
     "DIR/dxlclient.config. Here "
     "fabrics[].dxl_config decides; with -dc it must be the same file, else it is refused",
     7},
    {"dxl-config-dir", KEY_DXL_CONFIG_DIR, "DIR", OPTION_HIDDEN, NULL, 7},
    {"cache", 'x', "FILE|DIR", 0,
     "the quota file of the connector this one replaces, trellix_tie_cache.json or "
     "Trellix_tie_cache-NAME.json (default: beside the configuration): what it sent today counts, "
     "once",
     7},
    {"cron", KEY_CRON, "SCHEDULE", 0,
     "write a cron job of this command line, commented out, to " CRON_FOLDER
     "/tq-trellix-tie[-NAME], and end; one that is there keeps whether it is switched on. "
     "SCHEDULE is five fields in quotes, such as \"0 */2 * * *\", or @hourly, @daily …",
     7},
    {"cron-dir", KEY_CRON_FOLDER, "DIR", 0, "where --cron writes (default: " CRON_FOLDER ")", 7},
    {0},
};

enum { RUN_OPTIONS = sizeof(run_options) / sizeof(run_options[0]) };

/* The children of an argp that parse_common reads for. */
enum { CHILD_RUN, CHILD_OWN };

struct parse {
        struct console_options *options;
        int rest; /* where the words after the command begin; 0: no command was given */
};

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

static error_t parse_cron(const char *arg, struct argp_state *state, struct console_options *ret)
{
        char fault[CRON_TIME_FAULT_MAX];

        if (cron_time_parse(arg, &ret->cron, fault))
                return 0;
        argp_error(state, "--cron: %s", fault);
        return EINVAL;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
        const struct parse *parse = state->input;
        struct console_options *ret = parse->options;

        switch (key) {
        case 'x':
                ret->cache = arg;
                return 0;
        case KEY_DXL_CONFIG_DIR:
                ret->dxl_config_dir = arg;
                return 0;
        case KEY_CRON:
                return parse_cron(arg, state, ret);
        case KEY_CRON_FOLDER:
                ret->cron_folder = arg;
                return 0;
        case ARGP_KEY_END:
                if (ret->cron.text[0] == '\0' || ret->command == commands_at(0))
                        return 0;
                argp_error(state, "--cron goes with run alone: leave out '%s'", ret->command->name);
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
        const struct parse *parse = state->input;
        struct console_options *ret = parse->options;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[CHILD_RUN] = state->input;
                state->child_inputs[CHILD_OWN] = ret->own;
                return 0;
        case 'c':
                ret->config = arg;
                return 0;
        case 'h':
                argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
                return 0;
        case 'v':
                return parse_verbosity(arg, state, ret);
        case KEY_LOG:
                ret->log_dir = strcmp(arg, "stdout") == 0 ? NULL : arg;
                return 0;
        case KEY_FABRIC:
                ret->fabric = arg;
                return 0;
        case KEY_JSON:
                ret->json = true;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static char *command_names(void)
{
        _cleanup_(freep) char *names = strdup("");
        const struct command *c;

        for (size_t i = 0; names && (c = commands_at(i)); i++) {
                char *longer;

                if (asprintf(&longer, "%s%s%s", names, i ? ", " : "", c->name) < 0)
                        return NULL;
                free(names);
                names = longer;
        }
        char *ret = names;

        names = NULL;
        return ret;
}

/* Up to the command; what follows it is read by its own rules. */
static error_t parse_first(int key, char *arg, struct argp_state *state)
{
        struct parse *parse = state->input;
        _cleanup_(freep) char *names = NULL;

        if (key != ARGP_KEY_ARG)
                return parse_common(key, arg, state);
        parse->options->command = commands_find(arg);
        if (!parse->options->command) {
                names = command_names();
                argp_error(state, "unknown command '%s'; commands: %s", arg, names ? names : "");
                return EINVAL;
        }
        parse->rest = state->next;
        state->next = state->argc;
        return 0;
}

/* The commands, as a list of options that cannot be given: argp sets them like the options. */
static struct argp_option *command_rows(void)
{
        size_t count = 0;
        struct argp_option *rows;

        while (commands_at(count))
                count++;
        rows = calloc(count + 1, sizeof(*rows));
        for (size_t i = 0; rows && i < count; i++)
                rows[i] = (struct argp_option){.name = commands_at(i)->name,
                                               .flags = OPTION_DOC | OPTION_NO_USAGE,
                                               .doc = commands_at(i)->help};
        return rows;
}

/* The words before the command, and the command. */
static int parse_head(int argc, char **argv, unsigned flags, struct parse *parse)
{
        _cleanup_(freep) struct argp_option *rows = command_rows();
        _cleanup_(freep) char *text = NULL;

        if (!rows || asprintf(&text, "%s\v%s", doc, manual) < 0) {
                text = NULL;
                return ENOMEM;
        }
        const struct argp list = {.options = rows};
        const struct argp run = {.options = run_options, .parser = parse_run};
        const struct argp_child children[] = {
            [CHILD_RUN] = {&run, 0, "For run:", 6},
            [CHILD_OWN] = {&list, 0, "Commands:", -1},
            {0},
        };
        const struct argp argp = {.options = common_options,
                                  .parser = parse_first,
                                  .args_doc = "[COMMAND [WORD...]]",
                                  .doc = text,
                                  .children = children};

        return argp_parse(&argp, argc, argv, flags | ARGP_IN_ORDER, NULL, parse);
}

/* In the help of other commands than run there is nothing of run. */
static void hide(struct argp_option options[RUN_OPTIONS])
{
        memcpy(options, run_options, sizeof(run_options));
        for (size_t i = 0; i < RUN_OPTIONS - 1; i++)
                options[i].flags |= OPTION_HIDDEN;
}

/* The words after the command: the command's own, and the common options again. */
static int parse_tail(int argc, char **argv, unsigned flags, struct parse *parse)
{
        const struct command *command = parse->options->command;
        const struct command_arguments *own = command->arguments;
        struct argp_option hidden[RUN_OPTIONS];
        const struct argp run = {.options = command == commands_at(0) ? run_options : hidden,
                                 .parser = parse_run};
        const struct argp_child children[] = {
            [CHILD_RUN] = {&run, 0, "", 6},
            [CHILD_OWN] = {own ? own->argp : NULL, 0, "", 0},
            {0},
        };
        const struct argp argp = {.options = common_options,
                                  .parser = parse_common,
                                  .doc = command->help,
                                  .children = children};
        _cleanup_(freep) char *name = NULL;
        _cleanup_(freep) char **words = calloc((size_t)argc + 1, sizeof(*words));

        hide(hidden);
        if (own) {
                parse->options->own = calloc(1, own->size);
                if (!parse->options->own)
                        return ENOMEM;
        }
        if (!words || asprintf(&name, "%s %s", program_invocation_short_name, command->name) < 0) {
                name = NULL;
                return ENOMEM;
        }
        words[0] = name;
        argc = parse->rest ? argc - parse->rest : 0;
        for (int i = 0; i < argc; i++)
                words[i + 1] = argv[parse->rest + i];
        return argp_parse(&argp, argc + 1, words, flags, NULL, parse);
}

int arguments_parse(int argc, char **argv, unsigned argp_flags, struct console_options *ret)
{
        static const struct options_alias aliases[] = {{"-ll", "--loglocation"},
                                                       {"-cn", "--con-name"},
                                                       {"-dc", "--dxl-config-dir"},
                                                       {NULL, NULL}};
        struct console_options parsed = {
            .command = commands_at(0), .config = PROC_CONFIG_DEFAULT, .cron_folder = CRON_FOLDER};
        struct parse parse = {.options = &parsed};
        _cleanup_(freep) char **expanded = options_expand(argc, argv, aliases);
        error_t r;

        if (!expanded)
                return ENOMEM;
        argp_err_exit_status = PROC_EXIT_CONFIG;
        options_have_version();
        r = parse_head(argc, expanded, argp_flags, &parse);
        if (r == 0)
                r = parse_tail(argc, expanded, argp_flags, &parse);
        if (r != 0) {
                arguments_done(&parsed);
                return r;
        }
        if (parsed.verbosity == 0)
                parsed.verbosity = parsed.log_dir ? 2 : 1;
        *ret = parsed;
        return 0;
}

void arguments_done(struct console_options *options)
{
        free(options->own);
        options->own = NULL;
}
