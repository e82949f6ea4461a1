/*
 * `tq-trellix-tie keygen`: a pair of keys for a host whose stages speak to those of other hosts.
 */
#ifndef TQ_CONSOLE_KEYGEN_H
#define TQ_CONSOLE_KEYGEN_H

#include "console/commands.h"

extern const struct command_arguments keygen_arguments;
int keygen_main(const struct console *console);

#endif
