/*
 * `tq-trellix-tie tap CHANNEL`: what flows on a channel, as JSON Lines.
 */
#ifndef TQ_CONSOLE_TAP_H
#define TQ_CONSOLE_TAP_H

#include "console/commands.h"

extern const struct command_arguments tap_arguments;

int tap_main(const struct console *console);

#endif
