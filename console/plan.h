/*
 * `tq-trellix-tie plan`: what the queues hold, in the order in which it leaves.
 */
#ifndef TQ_CONSOLE_PLAN_H
#define TQ_CONSOLE_PLAN_H

#include "console/commands.h"

extern const struct command_arguments plan_arguments;

/* Prints the plan of each fabric on standard output; format: "table", "csv" or "jsonl". Returns the
 * exit code. */
int plan_tell(const struct console *console, const char *format);
int plan_main(const struct console *console);

#endif
