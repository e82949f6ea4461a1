/*
 * `tq-trellix-tie explain`: prints the story of one indicator.
 */
#ifndef TQ_CONSOLE_EXPLAIN_COMMAND_H
#define TQ_CONSOLE_EXPLAIN_COMMAND_H

#include "console/commands.h"

extern const struct command_arguments explain_arguments;

int explain_main(const struct console *console);

#endif
