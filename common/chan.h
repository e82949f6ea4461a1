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
struct tap;

enum chan_kind { CHAN_PUSH, CHAN_PULL };
enum { CHAN_E_AGAIN = 1 /* nobody takes it now, or nothing is there */, CHAN_HWM = 16 };

/* How a channel of several hosts is guarded; all of it stays with the caller until the channel is
 * open. */
struct chan_guard {
        const char *secret_key; /* this host's keys (CURVE); NULL: plain text */
        const char *public_key;
        const char *server_key; /* to connect: the public key of the host that binds */
        const char *zap_domain; /* to bind: what the authenticator (common/zap.h) is asked for; it
                                   must be there first: without one libzmq lets in every key */
        const char *events;     /* inproc:// address at which the socket tells what happens to its
                                   connections (common/links_monitor.h); NULL: nobody wants to know */
};

/* Binds (one path has one binder: the caller holds the stage's lock) or connects. `endpoint` is
 * ipc:///path or tcp://…; guard NULL: plain text. 0 or -errno. */
int chan_open(void *zmq_ctx, enum chan_kind kind, bool bind, const char *endpoint,
              struct chan **ret);
int chan_open_guarded(void *zmq_ctx, enum chan_kind kind, bool bind, const char *endpoint,
                      const struct chan_guard *guard, struct chan **ret);
/* Connects anew to the endpoint it was opened with, after libzmq has given up: it does so when the
 * other side speaks another protocol or other security. */
int chan_connect_again(struct chan *chan, const char *endpoint);
/* Copies what comes through from now on to the tap (common/tap.h), which is closed with the
 * channel.
 */
void chan_tap(struct chan *chan, struct tap *tap);
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
