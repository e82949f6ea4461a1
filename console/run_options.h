/*
 * The words of `tq-trellix-tie run` besides the common ones.
 */
#ifndef TQ_CONSOLE_RUN_OPTIONS_H
#define TQ_CONSOLE_RUN_OPTIONS_H

#include "console/commands.h"

#include <stdbool.h>

struct run_options {
        bool dry_run;
};

extern const struct command_arguments run_arguments;

#endif
