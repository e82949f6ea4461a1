#include "common/zap.h"

#include "common/burst.h"
#include "common/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
        REQUESTS_AT_ONCE = 16,
        FRAME_MAX = 256, /* a longer frame is cut: then it is malformed */
        ANSWER_FRAMES = 6,
};

struct zap {
        void *socket;
        const char *const *allowed;
        struct log *log;
        struct burst burst;
};

enum zap_verdict zap_judge(const struct text *frames, size_t count, const char *const *allowed,
                           char key[CURVE_KEY_SIZE])
{
        if (count != ZAP_FRAMES || !text_eq_str(frames[ZAP_VERSION], "1.0") ||
            !text_eq_str(frames[ZAP_ASKED_DOMAIN], ZAP_DOMAIN) ||
            !text_eq_str(frames[ZAP_MECHANISM], "CURVE") || frames[ZAP_KEY].len != CURVE_KEY_BYTES)
                return ZAP_MALFORMED;
        zmq_z85_encode(key, (const uint8_t *)frames[ZAP_KEY].ptr, CURVE_KEY_BYTES);
        for (; *allowed; allowed++) {
                if (strcmp(*allowed, key) == 0)
                        return ZAP_LET_IN;
        }
        return ZAP_STRANGER;
}

static void say_refusal(struct zap *zap, enum zap_verdict verdict, const struct text *frames,
                        const char *key)
{
        uint64_t more;

        if (!burst_say(&zap->burst, clock_boot_ms(), &more))
                return;
        if (verdict == ZAP_MALFORMED)
                log_warn(zap->log,
                         "refused a connection: libzmq asks for it in no way that is known "
                         "more=%" PRIu64,
                         more);
        else
                log_warn(zap->log,
                         "refused a connection of a stranger address=%s public_key=%s more=%" PRIu64
                         "; nothing is disturbed; if it is a host of ours, add this key to "
                         "links.allow",
                         LOG_Q(frames[ZAP_ADDRESS]), LOG_Q(text_of(key)), more);
}

static int answer(struct zap *zap, struct text id, bool let_in)
{
        const struct text frames[ANSWER_FRAMES] = {text_of("1.0"),
                                                   id,
                                                   text_of(let_in ? "200" : "300"),
                                                   text_of(let_in ? "" : "not in links.allow"),
                                                   text_of(""),
                                                   text_of("")};

        for (int i = 0; i < ANSWER_FRAMES; i++) {
                int flags = i + 1 < ANSWER_FRAMES ? ZMQ_SNDMORE : 0;

                if (zmq_send(zap->socket, frames[i].ptr, frames[i].len, flags) < 0)
                        return -EIO;
        }
        return 0;
}

/* All frames of the request that waits: their number, more than ZAP_FRAMES are counted only; 0:
 * none waits. */
static size_t receive(struct zap *zap, char data[ZAP_FRAMES][FRAME_MAX],
                      struct text frames[ZAP_FRAMES])
{
        char spare[FRAME_MAX];
        size_t count = 0;
        int more = 1;

        while (more) {
                char *frame = count < ZAP_FRAMES ? data[count] : spare;
                int n = zmq_recv(zap->socket, frame, FRAME_MAX, count == 0 ? ZMQ_DONTWAIT : 0);
                size_t size = sizeof(more);

                if (n < 0 && zmq_errno() == EINTR)
                        continue;
                if (n < 0)
                        return 0;
                if (count < ZAP_FRAMES)
                        frames[count] = (struct text){frame, n < FRAME_MAX ? (size_t)n : FRAME_MAX};
                count++;
                if (zmq_getsockopt(zap->socket, ZMQ_RCVMORE, &more, &size) < 0)
                        return 0;
        }
        return count;
}

static int on_request(void *userdata)
{
        char data[ZAP_FRAMES][FRAME_MAX], key[CURVE_KEY_SIZE];
        struct zap *zap = userdata;

        for (int i = 0; i < REQUESTS_AT_ONCE; i++) {
                struct text frames[ZAP_FRAMES] = {0};
                size_t count = receive(zap, data, frames);
                enum zap_verdict verdict;
                int r;

                if (count == 0)
                        return 0;
                verdict = zap_judge(frames, count, zap->allowed, key);
                if (verdict != ZAP_LET_IN)
                        say_refusal(zap, verdict, frames, key);
                r = answer(zap, frames[ZAP_ID], verdict == ZAP_LET_IN);
                if (r < 0)
                        return r;
        }
        return 0;
}

int zap_open(void *zmq_ctx, struct loop *loop, const char *const *allowed, struct log *log,
             struct zap **ret)
{
        _cleanup_(zap_closep) struct zap *zap = calloc(1, sizeof(*zap));
        int r;

        if (!zap)
                return -ENOMEM;
        zap->allowed = allowed;
        zap->log = log;
        zap->socket = zmq_socket(zmq_ctx, ZMQ_REP);
        if (!zap->socket || zmq_bind(zap->socket, "inproc://zeromq.zap.01") < 0)
                return -EIO;
        r = loop_add_socket(loop, zap->socket, on_request, zap);
        if (r < 0)
                return r;
        *ret = zap;
        zap = NULL;
        return 0;
}

void zap_close(struct zap *zap)
{
        if (!zap)
                return;
        if (zap->socket)
                zmq_close(zap->socket);
        free(zap);
}
