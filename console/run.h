/*
 * `tq-trellix-tie run`: one sweep, from ThreatQ to TIE and back, to its end.
 */
#ifndef TQ_CONSOLE_RUN_H
#define TQ_CONSOLE_RUN_H

#include "console/console.h"

/* Prints the summary on standard output; returns the exit code. */
int run_main(const struct console *console);

#endif
