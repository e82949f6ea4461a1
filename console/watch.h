/*
 * What a command waits on: one epoll descriptor that others add theirs to, and the signals as
 * events. Watch before any library starts a thread: the signals are blocked here.
 */
#ifndef TQ_CONSOLE_WATCH_H
#define TQ_CONSOLE_WATCH_H

#include "common/cleanup.h"

#include <stdint.h>

struct watch {
        int epoll;
        int signal_fd;
        unsigned interrupts; /* SIGINT, SIGTERM and SIGHUP so far */
        unsigned hangups;    /* SIGHUP of these */
        unsigned resizes;    /* SIGWINCH so far */
};

/* 0 or -errno; watch_done takes what is half open. */
int watch_init(struct watch *watch);
void watch_done(struct watch *watch);
/* Waits until a descriptor is readable, a signal (SIGCHLD too) came, or it is `until` (boot ms). */
int watch_wait(struct watch *watch, int64_t until_boot_ms);

#endif
