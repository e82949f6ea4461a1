/*
 * `tq-trellix-tie check`: configuration, folders, disk, clocks, ThreatQ and each fabric: what is
 * wrong, and the mend. Talks to no outside party itself: the stages do, with --check.
 */
#ifndef TQ_CONSOLE_CHECK_H
#define TQ_CONSOLE_CHECK_H

#include "console/commands.h"

extern const struct command_arguments check_arguments;

/* Prints one line per finding, or with --json one object {"exit":…,"findings":[…]}. Returns the
 * exit code: 0 nothing failed, 1 something did, 2 the configuration is wrong. */
int check_main(const struct console *console);

#endif
