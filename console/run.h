/*
 * `tq-trellix-tie run`: one sweep, from ThreatQ to TIE and back, to its end.
 */
#ifndef TQ_CONSOLE_RUN_H
#define TQ_CONSOLE_RUN_H

#include "common/config.h"
#include "console/arguments.h"
#include "console/tools.h"

/* What every command works with. */
struct console {
        const struct console_options *options;
        const struct config *config;
        const struct tools *tools;
        const char *const *fabrics; /* the names that the command is about */
        size_t fabric_count;
};

/* Prints the summary on standard output; returns the exit code. */
int run_main(const struct console *console);

#endif
