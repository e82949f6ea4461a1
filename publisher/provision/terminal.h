/*
 * Questions to the person at the terminal, with or without echo.
 */
#ifndef TQ_PUBLISHER_PROVISION_TERMINAL_H
#define TQ_PUBLISHER_PROVISION_TERMINAL_H

#include "publisher/provision/failure.h"

/* Whether there is somebody to ask: standard input is a terminal. */
bool terminal_there(void);
/* Writes the question to standard error and reads one line, which may not be empty: it is asked
 * again. Echo is off unless `echo`, and on again afterwards, also when a signal ends the question,
 * which then takes its effect. 0, or -errno with *why; the caller wipes and frees. */
int terminal_ask(const char *question, bool echo, char **ret, struct failure *why);
/* Asks twice, without echo, until both answers are the same. */
int terminal_ask_twice(const char *question, const char *again, char **ret, struct failure *why);

#endif
