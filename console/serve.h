/*
 * `tq-trellix-tie serve`: the pipeline as a web page for people and as metrics for Prometheus. It
 * only looks: the stages do not need it, and it keeps nothing.
 */
#ifndef TQ_CONSOLE_SERVE_H
#define TQ_CONSOLE_SERVE_H

#include "console/commands.h"

extern const struct command_arguments serve_arguments;

/* Serves until SIGTERM or Ctrl-C; returns the exit code. */
int serve_main(const struct console *console);

#endif
