/*
 * The guide's initial run: with no configuration it asks at the terminal for ThreatQ Host, Client
 * ID, Username, Password and Status, logs in with them, and writes the configuration and, in a file
 * of its own, the password. Writes nothing before all is answered, and never over a file.
 */
#ifndef TQ_CONSOLE_FIRST_RUN_H
#define TQ_CONSOLE_FIRST_RUN_H

#include "console/arguments.h"
#include "console/tools.h"

/* 0 when it wrote them, after it said what to do next; else the exit code, after it said why. */
int first_run(const struct console_options *options, const struct tools *tools);

#endif
