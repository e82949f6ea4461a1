#include "common/proc_options.h"

#include "common/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FABRIC = 900, KEY_STDIO, KEY_REPORT, KEY_CHECK };

enum { FABRIC_NAME_MAX = 64 };

static const struct argp_option fabric_options[] = {
    {"fabric", KEY_FABRIC, "NAME", 0, "The fabric to serve, by its name in the configuration", 1},
    {0},
};

static const struct argp_option check_options[] = {
    {"check", KEY_CHECK, NULL, 0,
     "Try what this stage needs of the outside party, change nothing, print one JSON object per "
     "finding and exit: 0 all is well, 1 something is not; works while it runs",
     1},
    {0},
};

static const struct argp_option common_options[] = {
    {"config", 'c', "FILE|DIR", 0,
     "Configuration, or the folder that holds it as tq-trellix-tie.yaml "
     "(default " PROC_CONFIG_DEFAULT ")",
     2},
    {"loglocation", 'l', "DIR|stdout", 0,
     "Log into a file of this folder, or to standard output (default: standard error). Also -ll",
     2},
    {"verbosity", 'v', "1|2|3", 0, "1: warnings and errors, 2: events (default), 3: everything", 2},
    {"stdio", KEY_STDIO, NULL, 0,
     "Read and write JSON Lines on standard input and output instead of the sockets; nothing is "
     "locked or kept",
     3},
    {"report", KEY_REPORT, NULL, 0,
     "Print what is known of this stage as one JSON object and exit; works while it runs", 3},
    {NULL, 'h', NULL, 0, "Give this help list, as --help", -1},
    {0},
};

/* Appended to what every stage says of itself. */
static const char manual[] =
    "\n\nSignals: SIGTERM and SIGINT finish what is in flight and stop within 5 s; SIGHUP reopens "
    "the log file and takes a changed configuration; SIGUSR1 logs the counters.\n\n"
    "Environment: TQ_PASSWORD, TQ_CLIENT_SECRET and TQ_LINK_KEY hold secrets that the "
    "configuration does not name a file for.\n\n"
    "Exit status: 0 stopped as asked; 1 cannot go on; 2 usage or configuration; 3 runs already.";

struct parse {
        const struct proc_spec *spec;
        struct proc_options *options;
};

/* The name becomes part of file names before the configuration is read. */
static bool fabric_name_valid(const char *name)
{
        size_t len = strlen(name);

        return len > 0 && len <= FABRIC_NAME_MAX && name[0] != '.' &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
                   len;
}

static void set_fabric(struct proc_options *options, const char *name,
                       const struct argp_state *state)
{
        if (!fabric_name_valid(name))
                argp_error(state, "--fabric: '%s' is no name of a fabric", name);
        options->fabric = name;
}

static void set_verbosity(struct proc_options *options, const char *arg,
                          const struct argp_state *state)
{
        if (arg[0] < '1' || arg[0] > '3' || arg[1] != '\0')
                argp_error(state, "-v takes 1, 2 or 3, not '%s'", arg);
        options->verbosity = arg[0] - '0';
}

static void check(const struct parse *parse, const struct argp_state *state)
{
        const struct proc_options *options = parse->options;

        if (parse->spec->per_fabric && !options->fabric)
                argp_error(state, "--fabric NAME is missing: this stage serves one fabric");
        if (options->stdio && options->log_place && strcmp(options->log_place, LOG_STDOUT) == 0)
                argp_error(state, "--stdio writes messages to standard output; log elsewhere");
        if (options->stdio && options->report)
                argp_error(state, "--stdio and --report exclude each other");
        if (options->check && (options->stdio || options->report))
                argp_error(state, "--check goes without --stdio and --report");
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
        const struct parse *parse = state->input;
        struct proc_options *options = parse->options;

        switch (key) {
        case 'c':
                options->config = arg;
                return 0;
        case 'l':
                options->log_place = arg;
                return 0;
        case 'v':
                set_verbosity(options, arg, state);
                return 0;
        case 'h':
                argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
                return 0;
        case KEY_FABRIC:
                set_fabric(options, arg, state);
                return 0;
        case KEY_STDIO:
                options->stdio = true;
                return 0;
        case KEY_REPORT:
                options->report = true;
                return 0;
        case KEY_CHECK:
                options->check = true;
                return 0;
        case ARGP_KEY_ARG:
                argp_error(state, "'%s' is no option", arg);
                return EINVAL;
        case ARGP_KEY_END:
                check(parse, state);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* The stage's own options come first; what it does not know is left to its children. */
static error_t parse_own(int key, char *arg, struct argp_state *state)
{
        const struct parse *parse = state->input;

        if (key == ARGP_KEY_INIT) {
                for (int i = 0; i < 3; i++)
                        state->child_inputs[i] = state->input;
        }
        if (!parse->spec->parse || key == ARGP_KEY_ARG)
                return ARGP_ERR_UNKNOWN;
        return parse->spec->parse(key, arg, state, parse->spec->userdata);
}

int proc_options_parse(const struct proc_spec *spec, int argc, char **argv,
                       struct proc_options *ret)
{
        static const struct options_alias aliases[] = {{"-ll", "--loglocation"}, {NULL, NULL}};
        static const struct argp common = {.options = common_options, .parser = parse_common};
        static const struct argp fabric = {.options = fabric_options, .parser = parse_common};
        static const struct argp check_argp = {.options = check_options, .parser = parse_common};
        static const struct argp none = {0};
        const struct argp_child children[] = {
            {&common, 0, "Common options:", 2},
            {spec->per_fabric ? &fabric : &none, 0, NULL, 1},
            {spec->checks ? &check_argp : &none, 0, NULL, 1},
            {0},
        };
        struct parse parse = {.spec = spec, .options = ret};
        _cleanup_(freep) char *doc = NULL;
        _cleanup_(freep) char **expanded = options_expand(argc, argv, aliases);

        *ret = (struct proc_options){.config = PROC_CONFIG_DEFAULT, .verbosity = 2};
        if (!expanded || asprintf(&doc, "%s%s%s", spec->doc, strchr(spec->doc, '\v') ? "" : "\v",
                                  manual + (strchr(spec->doc, '\v') ? 0 : 2)) < 0)
                return -ENOMEM;
        argp_err_exit_status = PROC_EXIT_CONFIG;
        options_have_version();
        const struct argp argp = {spec->options, parse_own, NULL, doc, children, NULL, NULL};
        return argp_parse(&argp, argc, expanded, 0, NULL, &parse) == 0 ? 0 : -ENOMEM;
}
