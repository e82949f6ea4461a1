#include "common/tap.h"

#include "common/chan.h"
#include "common/clock.h"
#include "common/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

enum {
        LOOK_MS = 200,
        LOCK_TRIES = 20, /* a stage that looks holds the lock for a moment */
        LOCK_GAP_MS = 50,
};

struct tap {
        void *zmq;
        char path[TAP_PATH_MAX];
        int64_t look_at;
        struct chan *out; /* NULL: nobody taps */
        uint64_t dropped;
        msgpack_sbuffer copy;
};

void tap_path(const struct config *config, enum config_channel channel, const char *fabric,
              char out[TAP_PATH_MAX])
{
        snprintf(out, TAP_PATH_MAX, "%s/%s%s%s.tap", config->run_dir, config_channel_name(channel),
                 fabric ? "-" : "", fabric ? fabric : "");
}

int tap_open(void *zmq_ctx, const char *path, struct tap **ret)
{
        struct tap *tap = calloc(1, sizeof(*tap));

        if (!tap)
                return -ENOMEM;
        tap->zmq = zmq_ctx;
        snprintf(tap->path, sizeof(tap->path), "%s", path);
        msgpack_sbuffer_init(&tap->copy);
        *ret = tap;
        return 0;
}

/* The buffer goes too: a page is large. */
static void let_go(struct tap *tap)
{
        chan_close(tap->out);
        tap->out = NULL;
        tap->dropped = 0;
        msgpack_sbuffer_destroy(&tap->copy);
        msgpack_sbuffer_init(&tap->copy);
}

void tap_close(struct tap *tap)
{
        if (!tap)
                return;
        let_go(tap);
        msgpack_sbuffer_destroy(&tap->copy);
        free(tap);
}

static int open_lock(const char *path, int flags)
{
        char lock[TAP_PATH_MAX + 8];

        snprintf(lock, sizeof(lock), "%s.lock", path);
        return open(lock, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Whether somebody holds the lock: it goes when he does, however he ends. */
static bool is_tapped(const char *path)
{
        _cleanup_(closep) int fd = open_lock(path, O_RDONLY);

        return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static void look(struct tap *tap)
{
        char endpoint[TAP_PATH_MAX + 8];
        bool tapped = is_tapped(tap->path);

        if (tap->out && !tapped)
                let_go(tap);
        if (tap->out || !tapped)
                return;
        snprintf(endpoint, sizeof(endpoint), "ipc://%s", tap->path);
        if (chan_open(tap->zmq, CHAN_PUSH, false, endpoint, &tap->out) < 0)
                tap->out = NULL;
}

void tap_copy(struct tap *tap, const void *frame, size_t len)
{
        int64_t now = clock_boot_ms();
        uint8_t head[TAP_HEAD];

        if (now >= tap->look_at) {
                tap->look_at = now + LOOK_MS;
                look(tap);
        }
        if (!tap->out)
                return;
        store_put_u64(head, tap->dropped);
        msgpack_sbuffer_clear(&tap->copy);
        if (msgpack_sbuffer_write(&tap->copy, (const char *)head, sizeof(head)) < 0 ||
            msgpack_sbuffer_write(&tap->copy, frame, len) < 0 ||
            chan_send(tap->out, tap->copy.data, tap->copy.size) != 0)
                tap->dropped++;
}

int tap_lock(const char *path)
{
        const struct timespec gap = {.tv_nsec = LOCK_GAP_MS * 1000000L};
        int fd = open_lock(path, O_RDWR | O_CREAT);

        if (fd < 0)
                return -errno;
        for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
                if (errno != EWOULDBLOCK || i == LOCK_TRIES) {
                        int r = errno == EWOULDBLOCK ? -EBUSY : -errno;

                        close(fd);
                        return r;
                }
                nanosleep(&gap, NULL);
        }
        return fd;
}
