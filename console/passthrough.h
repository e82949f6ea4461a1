/*
 * Runs a program to its end and hands on what it prints as it comes, for output that is too much to
 * be held. Its standard error is ours.
 */
#ifndef TQ_CONSOLE_PASSTHROUGH_H
#define TQ_CONSOLE_PASSTHROUGH_H

#include <stddef.h>

/* argv[0] is a path; the program writes to our standard output: flush it before. Its exit code, 1
 * when it was killed, or -errno when it did not start. */
int passthrough(char *const argv[]);
/* The same, with each line that it prints given to fn, without its newline. */
int passthrough_lines(char *const argv[], void (*fn)(const char *line, size_t len, void *userdata),
                      void *userdata);

#endif
