/*
 * The commands of tq-trellix-tie: one row each. A command is a file of its own, console/NAME.c; one
 * that takes words or options besides the common ones brings them as a struct command_arguments.
 */
#ifndef TQ_CONSOLE_COMMANDS_H
#define TQ_CONSOLE_COMMANDS_H

#include "console/console.h"

#include <argp.h>
#include <stddef.h>

/* What a command wants to find in struct console, else it is not started; and as whom it works. */
enum command_needs {
        COMMAND_NEEDS_NOTHING = 0,
        COMMAND_NEEDS_CONFIG = 1, /* a configuration that is right, and fabrics */
        COMMAND_NEEDS_STAGES = 2, /* the stages' programs */
        COMMAND_ASKS_CONFIG = 4,  /* when there is none it is asked for at the terminal */
        COMMAND_AS_OWNER = 8,     /* what it writes belongs to the owner of the configuration */
        COMMAND_NEEDS_ALL = COMMAND_NEEDS_CONFIG | COMMAND_NEEDS_STAGES,
};

/* The command's own words and options, as an argp child: keys from COMMANDS_KEY on, positional
 * words come as ARGP_KEY_ARG, state->input is `size` zeroed bytes, which the command
 * finds in console_options.own. argp->args_doc and, behind its \v, argp->doc show in
 * `tq-trellix-tie NAME
 * --help`. */
enum { COMMANDS_KEY = 2000 };
struct command_arguments {
        const struct argp *argp;
        size_t size;
};

struct command {
        const char *name;
        const char *help;                          /* one line for -h */
        unsigned needs;                            /* enum command_needs */
        const struct command_arguments *arguments; /* NULL: the common options only */
        int (*run)(const struct console *console); /* the exit code, or CONSOLE_AGAIN */
};

/* NULL when no command has this name. */
const struct command *commands_find(const char *name);
/* The i-th, in the order of the help; NULL past the last. The first is what runs when none is
 * given.
 */
const struct command *commands_at(size_t i);

#endif
