/*
 * A look at a channel from outside, without disturbing it: while somebody taps (`tq-trellix-tie
 * tap`), the stage that binds the channel sends a copy of each frame to him. Nobody taps: nothing
 * is opened, and five times a second at most a lock is looked for. He is slow: copies are dropped
 * and counted; the channel never waits.
 *
 * Who taps holds a lock on <run_dir>/<channel>.tap.lock and binds <run_dir>/<channel>.tap. A copy
 * is the number of copies dropped so far, 8 bytes big-endian, then the frame.
 */
#ifndef TQ_COMMON_TAP_H
#define TQ_COMMON_TAP_H

#include "common/cleanup.h"
#include "common/config.h"

#include <stddef.h>
#include <stdint.h>

struct tap;

enum { TAP_PATH_MAX = CONFIG_ENDPOINT_MAX + 16, TAP_HEAD = 8 };

/* "<run_dir>/pages.tap", "<run_dir>/in-emea.tap". */
void tap_path(const struct config *config, enum config_channel channel, const char *fabric,
              char out[TAP_PATH_MAX]);

/* Of the stage that binds the channel. 0 or -errno. */
int tap_open(void *zmq_ctx, const char *path, struct tap **ret);
void tap_close(struct tap *tap);
DEFINE_CLEANUP(struct tap *, tap_close);
/* Hands a copy on if somebody taps. Never waits and never fails. */
void tap_copy(struct tap *tap, const void *frame, size_t len);

/* Of who taps: takes the lock, so that one at a time does. The descriptor, -EBUSY when another
 * does, or -errno. Close it, and unlink both files, at the end. */
int tap_lock(const char *path);

#endif
