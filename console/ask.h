/*
 * Runs a program and takes what it prints, without waiting: at most so many bytes, and not beyond a
 * deadline. Whatever happens, the program has ended when ask_free returns.
 */
#ifndef TQ_CONSOLE_ASK_H
#define TQ_CONSOLE_ASK_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ask_state {
        ASK_UNDER_WAY,
        ASK_ANSWERED, /* it ended by itself: the exit code says how */
        ASK_BROKEN,   /* killed by a signal, too late, or it printed too much */
};

struct ask;

/* Starts argv[0] (a path) with nothing on standard input. Descriptors that become readable when
 * something happened are added to `epoll`. 0 or -errno. */
int ask_start(char *const argv[], int epoll, size_t bytes_max, int64_t deadline_boot_ms,
              struct ask **ret);
/* Likewise, with this text on standard input; it is copied. */
int ask_start_fed(char *const argv[], const char *input, size_t input_len, int epoll,
                  size_t bytes_max, int64_t deadline_boot_ms, struct ask **ret);
/* Ends the program at once if it runs. */
void ask_free(struct ask *ask);
DEFINE_CLEANUP(struct ask *, ask_free);

/* Reads what is there; call it when a descriptor is readable, on SIGCHLD, and at the deadline. */
enum ask_state ask_serve(struct ask *ask, int64_t boot_ms);
/* After ASK_ANSWERED; texts are NUL-terminated and valid until ask_free. */
int ask_exit_code(const struct ask *ask);
const char *ask_output(const struct ask *ask, size_t *len);
/* The last lines of standard error, cut at its start when they are many. */
const char *ask_errors(const struct ask *ask);

#endif
