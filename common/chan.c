#include "common/chan.h"

#include "common/lines.h"
#include "common/tap.h"
#include "common/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
        RECONNECT_MS = 10,
        RECONNECT_MAX_MS = 200,
        /* By tcp another host that has vanished is given up after about 5 s. The kernel's means,
         * not ZeroMQ's heartbeats: those wait behind the messages, and would cut off a stage that
         * is only full. */
        TCP_RECONNECT_MS = 100,
        TCP_RECONNECT_MAX_MS = 2000,
        TCP_CONNECT_MS = 2000,
        TCP_HANDSHAKE_MS = 5000,
        TCP_IDLE_S = 2,
        TCP_PROBE_S = 1,
        TCP_PROBES = 3,
        TCP_UNACKNOWLEDGED_MS = 5000,
};

struct chan {
        void *socket; /* NULL: stdio */
        zmq_msg_t msg;
        bool has_msg;
        struct lines *lines; /* stdio PULL */
        struct tap *tap;     /* or NULL */
        msgpack_sbuffer frame;
        struct loop *loop; /* set by chan_watch */
};

/* ZeroMQ's own codes lie above the system's. */
static int zmq_code(void)
{
        int e = zmq_errno();

        if (e == ETERM)
                return -ECANCELED;
        return e < ZMQ_HAUSNUMERO ? -e : -EIO;
}

static int set_int(void *socket, int option, int value)
{
        return zmq_setsockopt(socket, option, &value, sizeof(value)) < 0 ? zmq_code() : 0;
}

struct option {
        int option, value;
};

static int set_all(void *socket, const struct option *options, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                int r = set_int(socket, options[i].option, options[i].value);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int configure(void *socket)
{
        static const struct option options[] = {
            {ZMQ_SNDHWM, CHAN_HWM},
            {ZMQ_RCVHWM, CHAN_HWM},
            {ZMQ_LINGER, 0},
            {ZMQ_RECONNECT_IVL, RECONNECT_MS},
            {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
        };
        int64_t max = WIRE_FRAME_MAX;
        int r = set_all(socket, options, sizeof(options) / sizeof(options[0]));

        if (r < 0)
                return r;
        return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max, sizeof(max)) < 0 ? zmq_code() : 0;
}

static int configure_tcp(void *socket, const char *endpoint)
{
        static const struct option options[] = {
            {ZMQ_RECONNECT_IVL, TCP_RECONNECT_MS},
            {ZMQ_RECONNECT_IVL_MAX, TCP_RECONNECT_MAX_MS},
            {ZMQ_CONNECT_TIMEOUT, TCP_CONNECT_MS},
            {ZMQ_HANDSHAKE_IVL, TCP_HANDSHAKE_MS},
            {ZMQ_TCP_KEEPALIVE, 1},
            {ZMQ_TCP_KEEPALIVE_IDLE, TCP_IDLE_S},
            {ZMQ_TCP_KEEPALIVE_INTVL, TCP_PROBE_S},
            {ZMQ_TCP_KEEPALIVE_CNT, TCP_PROBES},
            {ZMQ_TCP_MAXRT, TCP_UNACKNOWLEDGED_MS},
        };
        int r = set_all(socket, options, sizeof(options) / sizeof(options[0]));

        return r == 0 && strchr(endpoint, '[') ? set_int(socket, ZMQ_IPV6, 1) : r;
}

static int set_text(void *socket, int option, const char *value)
{
        return zmq_setsockopt(socket, option, value, strlen(value)) < 0 ? zmq_code() : 0;
}

static int set_guard(void *socket, bool bind, const struct chan_guard *guard)
{
        int r = 0;

        if (guard->events) {
                const int events =
                    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED |
                    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

                r = zmq_socket_monitor(socket, guard->events, events) < 0 ? zmq_code() : 0;
        }
        if (r < 0 || !guard->secret_key)
                return r;
        r = set_text(socket, ZMQ_CURVE_SECRETKEY, guard->secret_key);
        if (r == 0 && bind)
                r = set_int(socket, ZMQ_CURVE_SERVER, 1);
        else if (r == 0)
                r = set_text(socket, ZMQ_CURVE_PUBLICKEY, guard->public_key);
        if (r == 0 && !bind)
                r = set_text(socket, ZMQ_CURVE_SERVERKEY, guard->server_key);
        return r == 0 && bind ? set_text(socket, ZMQ_ZAP_DOMAIN, guard->zap_domain) : r;
}

int chan_open_guarded(void *zmq_ctx, enum chan_kind kind, bool bind, const char *endpoint,
                      const struct chan_guard *guard, struct chan **ret)
{
        _cleanup_(chan_closep) struct chan *chan = calloc(1, sizeof(*chan));
        int r;

        if (!chan)
                return -ENOMEM;
        chan->socket = zmq_socket(zmq_ctx, kind == CHAN_PUSH ? ZMQ_PUSH : ZMQ_PULL);
        if (!chan->socket)
                return zmq_code();
        r = configure(chan->socket);
        if (r == 0 && strncmp(endpoint, "tcp:", 4) == 0)
                r = configure_tcp(chan->socket, endpoint);
        if (r == 0 && guard)
                r = set_guard(chan->socket, bind, guard);
        if (r < 0)
                return r;
        r = bind ? zmq_bind(chan->socket, endpoint) : zmq_connect(chan->socket, endpoint);
        if (r < 0)
                return zmq_code();
        *ret = chan;
        chan = NULL;
        return 0;
}

int chan_open(void *zmq_ctx, enum chan_kind kind, bool bind, const char *endpoint,
              struct chan **ret)
{
        return chan_open_guarded(zmq_ctx, kind, bind, endpoint, NULL, ret);
}

int chan_connect_again(struct chan *chan, const char *endpoint)
{
        return zmq_connect(chan->socket, endpoint) < 0 ? zmq_code() : 0;
}

void chan_tap(struct chan *chan, struct tap *tap)
{
        chan->tap = tap;
}

int chan_open_stdio(enum chan_kind kind, struct chan **ret)
{
        _cleanup_(chan_closep) struct chan *chan = calloc(1, sizeof(*chan));
        int r;

        if (!chan)
                return -ENOMEM;
        msgpack_sbuffer_init(&chan->frame);
        if (kind == CHAN_PULL) {
                r = lines_open(STDIN_FILENO, &chan->lines);
                if (r < 0)
                        return r;
        }
        *ret = chan;
        chan = NULL;
        return 0;
}

void chan_close(struct chan *chan)
{
        if (!chan)
                return;
        if (chan->has_msg)
                zmq_msg_close(&chan->msg);
        if (chan->socket)
                zmq_close(chan->socket);
        lines_close(chan->lines);
        tap_close(chan->tap);
        msgpack_sbuffer_destroy(&chan->frame);
        free(chan);
}

static int send_line(const void *frame, size_t len)
{
        _cleanup_(freep) char *json = wire_to_json(frame, len);

        return json ? lines_write(STDOUT_FILENO, json) : -EINVAL;
}

/* libzmq looks only now and then whether the reader has made room, so a first EAGAIN may be out of
 * date. Asking for the events makes it look. */
static bool has_room(struct chan *chan)
{
        int events = 0;
        size_t size = sizeof(events);

        return zmq_getsockopt(chan->socket, ZMQ_EVENTS, &events, &size) == 0 &&
               (events & ZMQ_POLLOUT) != 0;
}

int chan_send(struct chan *chan, const void *frame, size_t len)
{
        if (!chan->socket)
                return send_line(frame, len);
        while (zmq_send(chan->socket, frame, len, ZMQ_DONTWAIT) < 0) {
                if (zmq_errno() == EAGAIN && !has_room(chan))
                        return CHAN_E_AGAIN;
                if (zmq_errno() != EAGAIN && zmq_errno() != EINTR)
                        return zmq_code();
        }
        if (chan->tap)
                tap_copy(chan->tap, frame, len);
        return 0;
}

static int recv_line(struct chan *chan, const void **frame, size_t *len)
{
        struct text line;
        int r = lines_next(chan->lines, &line);

        if (r == LINES_E_AGAIN)
                return CHAN_E_AGAIN;
        if (r == -ENODATA && chan->loop)
                chan_enable(chan, chan->loop, false);
        if (r < 0)
                return r;
        msgpack_sbuffer_clear(&chan->frame);
        if (wire_from_json(line.ptr, line.len, &chan->frame) != 0)
                msgpack_sbuffer_clear(&chan->frame);
        *frame = chan->frame.data;
        *len = chan->frame.size;
        return 0;
}

static int recv_message(struct chan *chan, const void **frame, size_t *len)
{
        if (chan->has_msg)
                zmq_msg_close(&chan->msg);
        zmq_msg_init(&chan->msg);
        chan->has_msg = true;
        while (zmq_msg_recv(&chan->msg, chan->socket, ZMQ_DONTWAIT) < 0) {
                if (zmq_errno() == EAGAIN)
                        return CHAN_E_AGAIN;
                if (zmq_errno() != EINTR)
                        return zmq_code();
        }
        *frame = zmq_msg_data(&chan->msg);
        *len = zmq_msg_size(&chan->msg);
        if (chan->tap)
                tap_copy(chan->tap, *frame, *len);
        return 0;
}

int chan_recv(struct chan *chan, const void **frame, size_t *len)
{
        return chan->socket ? recv_message(chan, frame, len) : recv_line(chan, frame, len);
}

int chan_watch(struct chan *chan, struct loop *loop, loop_fn fn, void *userdata)
{
        int r;

        chan->loop = loop;
        if (chan->socket)
                return loop_add_socket(loop, chan->socket, fn, userdata);
        r = loop_add_fd(loop, lines_fd(chan->lines), fn, userdata);
        return r < 0 ? r : loop_add_fd(loop, lines_more_fd(chan->lines), fn, userdata);
}

void chan_enable(struct chan *chan, struct loop *loop, bool on)
{
        if (chan->socket) {
                loop_enable_socket(loop, chan->socket, on);
                return;
        }
        loop_enable_fd(loop, lines_fd(chan->lines), on);
        loop_enable_fd(loop, lines_more_fd(chan->lines), on);
}
