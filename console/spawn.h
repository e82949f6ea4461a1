/*
 * Starts a program as a child that does not outlive us: it gets SIGTERM when the console dies,
 * stands in a process group of its own (so that Ctrl-C reaches the console alone, which then ends
 * its children in order), and has no signal blocked.
 */
#ifndef TQ_CONSOLE_SPAWN_H
#define TQ_CONSOLE_SPAWN_H

#include <sys/types.h>

/* argv[0] is a path. in_fd: its standard input, which stays the caller's; -1: /dev/null. *out_fd,
 * *err_fd: non-blocking ends that read its standard output and error; out_fd NULL: its output goes
 * to our standard error. The caller owns both, and waits for the pid. 0 or -errno; when it cannot
 * be executed it ends with SPAWN_EXIT_NO_EXEC after a line on standard error. */
enum { SPAWN_EXIT_NO_EXEC = 127 };
int spawn(char *const argv[], int in_fd, pid_t *pid, int *out_fd, int *err_fd);

#endif
