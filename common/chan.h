/*
 * A channel between two stages: one ZeroMQ PUSH or PULL socket with our settings (high-water mark
 * of the window, RECONNECT_IVL 10 ms, LINGER 0, MAXMSGSIZE of the wire), or standard input/output
 * with JSON Lines for --stdio. What was sent is not delivered: only the answer of the other side
 * counts.
 */
#ifndef TQ_COMMON_CHAN_H
#define TQ_COMMON_CHAN_H

#include "common/cleanup.h"
#include "common/loop.h"

#include <stdbool.h>
#include <stddef.h>

#include <msgpack/sbuffer.h>

struct chan;

enum chan_kind { CHAN_PUSH, CHAN_PULL };
enum { CHAN_E_AGAIN = 1 /* nobody takes it now, or nothing is there */, CHAN_HWM = 16 };

/* Binds (one path has one binder: the caller holds the stage's lock) or connects. `endpoint` is
 * ipc:///path or tcp://…. A PULL may be connected to further endpoints by chan_connect. 0 or
 * -errno. */
int chan_open(void *zmq_ctx, enum chan_kind kind, bool bind, const char *endpoint,
              struct chan **ret);
int chan_connect(struct chan *chan, const char *endpoint);
/* A channel on stdin (PULL) or stdout (PUSH): one JSON object a line. Reading a line that is no
 * message is reported by chan_recv as a frame of length 0. */
int chan_open_stdio(enum chan_kind kind, struct chan **ret);
void chan_close(struct chan *chan);
DEFINE_CLEANUP(struct chan *, chan_close);

/* Sends one frame without waiting: 0, CHAN_E_AGAIN, -errno. Stdio waits for the reader instead:
 * there a line that is not written is lost. */
int chan_send(struct chan *chan, const void *frame, size_t len);
/* The next frame without waiting: 0, CHAN_E_AGAIN, -errno (stdio: -ENODATA at the end of input).
 * *frame is valid until the next chan_recv. */
int chan_recv(struct chan *chan, const void **frame, size_t *len);
/* Calls fn from the loop when frames may be there; fn reads until CHAN_E_AGAIN or a bounded number
 * of frames (the loop calls again). After the end of stdio's input it is not called any more. */
int chan_watch(struct chan *chan, struct loop *loop, loop_fn fn, void *userdata);
/* Pauses or resumes a watched channel: a stage that is full stops reading, so that the other side
 * meets the high-water mark. */
void chan_enable(struct chan *chan, struct loop *loop, bool on);

#endif
