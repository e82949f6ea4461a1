/*
 * `tq-trellix-tie status`: what the stages' stores say, whether the stages run or not.
 */
#ifndef TQ_CONSOLE_STATUS_H
#define TQ_CONSOLE_STATUS_H

#include "console/run.h"

/* Prints on standard output; returns the exit code: 1 when a stage gave no report. */
int status_main(const struct console *console);

#endif
