/*
 * `tq-trellix-tie explain`: prints the story of one indicator.
 */
#ifndef TQ_CONSOLE_EXPLAIN_COMMAND_H
#define TQ_CONSOLE_EXPLAIN_COMMAND_H

#include "console/commands.h"

extern const struct command_arguments explain_arguments;

/* Tells the story of `about`, a text that question_parse takes. Returns the exit code. */
int explain_tell(const struct console *console, const char *about);
int explain_main(const struct console *console);

#endif
