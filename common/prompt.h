/*
 * Questions to the person at the terminal, with or without echo.
 */
#ifndef TQ_COMMON_PROMPT_H
#define TQ_COMMON_PROMPT_H

#include <stdbool.h>

/* Whether there is somebody to ask: standard input is a terminal. */
bool prompt_there(void);
/* Writes "question: " to standard error and reads one line, which may be empty and is free of NULs.
 * Echo is off unless `echo`, and on again afterwards, also when a signal ends the question, which
 * then takes its effect; after Ctrl-Z the question comes again. 0 with *ret, which the caller wipes
 * and frees; -ENODATA at the end of the input (Ctrl-D), or -errno. */
int prompt_ask(const char *question, bool echo, char **ret);

#endif
