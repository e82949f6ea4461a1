/*
 * Runs a program to its end with our own standard output and error: for output that is too much to
 * be held.
 */
#ifndef TQ_CONSOLE_PASSTHROUGH_H
#define TQ_CONSOLE_PASSTHROUGH_H

/* argv[0] is a path. Flush stdout before. Its exit code, 1 when it was killed, or -errno when it
 * did not start. */
int passthrough(char *const argv[]);

#endif
