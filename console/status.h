/*
 * `tq-trellix-tie status`: what the stages' stores say, whether the stages run or not.
 */
#ifndef TQ_CONSOLE_STATUS_H
#define TQ_CONSOLE_STATUS_H

#include "console/commands.h"

extern const struct command_arguments status_arguments;

/* Prints on standard output; returns the exit code: the health_level, 2 also when there is no
 * status at all. With --watch 0. */
int status_main(const struct console *console);

#endif
