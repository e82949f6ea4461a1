/*
 * `tq-trellix-tie failed`: what failed for good, and what is to become of it.
 */
#ifndef TQ_CONSOLE_FAILED_H
#define TQ_CONSOLE_FAILED_H

#include "console/commands.h"

extern const struct command_arguments failed_arguments;

int failed_main(const struct console *console);

#endif
