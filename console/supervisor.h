/*
 * `tq-trellix-tie supervisor`: the stages for supervisord or systemd.
 */
#ifndef TQ_CONSOLE_SUPERVISOR_H
#define TQ_CONSOLE_SUPERVISOR_H

#include "console/commands.h"

extern const struct command_arguments supervisor_arguments; /* print, apply, --systemd … */

/* Prints the configuration of supervisord or the units of systemd, or has supervisord take it over.
 * Returns the exit code. */
int supervisor_main(const struct console *console);

#endif
