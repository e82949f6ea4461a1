/*
 * The event loop of a stage: ZeroMQ sockets, file descriptors and timers in one poll, one thread.
 * Callbacks return 0, or a negative errno that ends the loop with it.
 */
#ifndef TQ_COMMON_LOOP_H
#define TQ_COMMON_LOOP_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
typedef int (*loop_fn)(void *userdata);

/* An enricher of 64 fabrics on other hosts watches 64 channels and 128 monitors. */
enum { LOOP_MAX_SOURCES = 256, LOOP_MAX_TIMERS = 32 };

int loop_open(struct loop **ret);
void loop_close(struct loop *loop);
DEFINE_CLEANUP(struct loop *, loop_close);

/* Calls fn when the ZeroMQ socket can be read. */
int loop_add_socket(struct loop *loop, void *zmq_socket, loop_fn fn, void *userdata);
/* Calls fn when fd can be read. */
int loop_add_fd(struct loop *loop, int fd, loop_fn fn, void *userdata);
/* Pauses or resumes a source added before, found by its socket or fd. */
void loop_enable_socket(struct loop *loop, void *zmq_socket, bool on);
void loop_enable_fd(struct loop *loop, int fd, bool on);
/* A timer, not armed. Returns its number (>= 0) or -errno. */
int loop_add_timer(struct loop *loop, loop_fn fn, void *userdata);
/* Arms the timer to fire once in `ms` from now; a negative ms disarms it. */
void loop_arm(struct loop *loop, int timer, int64_t ms);
/* Whether the timer is armed. */
bool loop_armed(const struct loop *loop, int timer);
/* Runs until loop_stop or a callback fails: 0 or its -errno. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
