/*
 * `tq-trellix-tie quota show|reset`: what of the daily limits is used, and the counting begun anew.
 */
#ifndef TQ_CONSOLE_QUOTA_H
#define TQ_CONSOLE_QUOTA_H

#include "console/commands.h"

extern const struct command_arguments quota_arguments; /* show, reset */

/* Prints per fabric what is, or what was done; returns the exit code: 1 when a fabric gave no
 * answer. */
int quota_main(const struct console *console);

#endif
