#include "publisher/dxl/session.h"

#include "common/backoff.h"
#include "common/clock.h"
#include "publisher/dxl/dial.h"
#include "publisher/dxl/message.h"
#include "publisher/dxl/notice.h"
#include "publisher/dxl/sockets.h"
#include "publisher/dxl/window.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
        RECONNECT_FIRST_MS = 1000,
        RECONNECT_MAX_MS = 60000,

        /* How long one look for messages waits. */
        WAIT_BUSY_MS = 1,   /* answers are coming and requests may: look at both often */
        WAIT_QUIET_MS = 10, /* nothing has come for QUIET_AFTER_MS */
        QUIET_AFTER_MS = 100,
        WAIT_FULL_MS = 50, /* the window is full: nothing can be sent before an answer */
        WAIT_IDLE_MS = DXL_MQTT_WAIT_MAX_MS,

        /* While answers keep coming, the caller is woken for a quarter of a window of them or after
         * this: a wake-up costs more than an answer, and the caller commits what it gets together.
         */
        HOLD_MS = 3,
};

struct dxl_session {
        const struct dxl_config *config;
        struct dxl_handover *handover;
        struct log *log;
        int64_t request_timeout_ms;
        char *client_id;
        char *reply_topic;
        struct dxl_dial dial;

        atomic_bool stop;
        pthread_mutex_t lock; /* of state */
        struct dxl_state state;

        /* Only touched by dxl_session_run. */
        struct dxl_mqtt *mqtt; /* NULL: not connected */
        struct dxl_window *window;
        struct backoff backoff;
        int64_t warn_ms; /* when certificates that end soon are spoken of again */
        msgpack_sbuffer out;
        int64_t heard_ms; /* when the broker was last heard */
        unsigned batch;   /* completions that are worth waking the caller for */
        unsigned held;    /* completions that it was not woken for yet */
        int64_t held_since_ms;
};

static void count(struct dxl_session *s, uint64_t *counter)
{
        pthread_mutex_lock(&s->lock);
        ++*counter;
        pthread_mutex_unlock(&s->lock);
}

static void complete(struct dxl_session *s, unsigned number, enum dxl_result result)
{
        dxl_handover_request(s->handover, number)->completion.result = result;
        dxl_handover_complete(s->handover, number);
        if (s->held++ == 0)
                s->held_since_ms = clock_boot_ms();
}

static void tell(struct dxl_session *s)
{
        if (s->held > 0)
                dxl_handover_ring(s->handover);
        s->held = 0;
}

/* What is queued while there is no connection is told so at once. */
static void refuse_queued(struct dxl_session *s)
{
        int number;
        while ((number = dxl_handover_take(s->handover)) >= 0)
                complete(s, (unsigned)number, DXL_NOT_SENT);
        tell(s);
}

static void set_error(struct dxl_session *s, bool connected, const char *error)
{
        pthread_mutex_lock(&s->lock);
        s->state.connected = connected;
        snprintf(s->state.last_error, sizeof(s->state.last_error), "%s", error);
        pthread_mutex_unlock(&s->lock);
}

static void found(struct dxl_session *s, const struct dxl_line *line)
{
        const struct dxl_broker *broker = line->broker;
        char id[DXL_UUID_LEN + 1];
        dxl_uuid_new(id);
        dxl_window_renew(s->window, id);
        backoff_reset(&s->backoff);
        s->mqtt = line->mqtt;
        s->heard_ms = clock_boot_ms();
        pthread_mutex_lock(&s->lock);
        s->state.connected = true;
        s->state.connections++;
        s->state.expiries = line->expiries;
        s->state.last_error[0] = '\0';
        snprintf(s->state.broker, sizeof(s->state.broker), "%s%s%s:%u", broker->id,
                 broker->id[0] ? " " : "", broker->host, broker->port);
        pthread_mutex_unlock(&s->lock);
        log_info(s->log, "connected to the fabric broker=%s", LOG_Q(text_of(s->state.broker)));
        s->warn_ms = s->heard_ms;
        dxl_handover_ring(s->handover);
}

/* While no connection is there: whether to go on with making one. */
static bool go_on(void *userdata)
{
        struct dxl_session *s = userdata;

        refuse_queued(s);
        return !atomic_load(&s->stop);
}

/* One round over all brokers. */
static bool try_brokers(struct dxl_session *s)
{
        struct dxl_line line;
        char error[DXL_DIAL_ERROR_MAX];

        if (dxl_dial_round(&s->dial, &line, error) == 0) {
                found(s, &line);
                return true;
        }
        set_error(s, false, error);
        pthread_mutex_lock(&s->lock);
        s->state.expiries.client_s = line.expiries.client_s;
        if (s->state.connections == 0)
                s->state.expiries.ca_s = line.expiries.ca_s;
        pthread_mutex_unlock(&s->lock);
        return false;
}

/* Until the next try to connect. */
static void pause_before_try(struct dxl_session *s, const char *what)
{
        int64_t gap = backoff_next(&s->backoff, backoff_random());
        log_warn(s->log, "%s error=%s, next try in %.1f s", what,
                 LOG_Q(text_of(s->state.last_error)), (double)gap / 1000);
        dxl_handover_ring(s->handover);
        int64_t until = clock_boot_ms() + gap, left;
        while (!atomic_load(&s->stop) && (left = until - clock_boot_ms()) > 0) {
                dxl_handover_wait(s->handover, (int)left);
                refuse_queued(s);
        }
}

/* The connection is gone: nobody will answer what was sent on it. */
static void lose(struct dxl_session *s)
{
        set_error(s, false, dxl_mqtt_error(s->mqtt));
        dxl_mqtt_close(s->mqtt);
        s->mqtt = NULL;
        unsigned number;
        while (dxl_window_drain(s->window, &number))
                complete(s, number, DXL_DISCONNECTED);
        pause_before_try(s, "connection to the fabric lost");
}

/* -EPIPE: the connection is lost, and with it this and all other requests in flight. */
static int send_request(struct dxl_session *s, unsigned number, int64_t now)
{
        const struct dxl_request *r = dxl_handover_request(s->handover, number);
        char id[DXL_UUID_LEN + 1];
        dxl_window_add(s->window, number, now + s->request_timeout_ms, id);
        struct dxl_message message = {
            .version = DXL_MESSAGE_VERSION,
            .type = DXL_MESSAGE_REQUEST,
            .message_id = {id, DXL_UUID_LEN},
            .payload = {r->payload, r->payload_len},
            .reply_to = text_of(s->reply_topic),
        };
        msgpack_sbuffer_clear(&s->out);
        dxl_message_pack(&s->out, &message);
        count(s, &s->state.sent);
        return dxl_mqtt_publish(s->mqtt, r->topic, s->out.data, s->out.size);
}

static int send_queued(struct dxl_session *s, int64_t now)
{
        int number, rc = 0;
        while ((number = dxl_handover_take_late(s->handover, now)) >= 0)
                complete(s, (unsigned)number, DXL_NOT_SENT);
        while (rc == 0 && !dxl_window_full(s->window) &&
               (number = dxl_handover_take(s->handover)) >= 0)
                rc = send_request(s, (unsigned)number, now);
        return rc;
}

static void take_answer(struct dxl_session *s, const struct dxl_message *m, unsigned number)
{
        struct dxl_completion *c = &dxl_handover_request(s->handover, number)->completion;
        if (m->type == DXL_MESSAGE_ERROR) {
                c->error_code = (uint32_t)(m->error_code & 0xffffffff);
                text_copy(m->error_text, c->error_text, sizeof(c->error_text));
        } else if (m->payload.len > 0) {
                c->payload = malloc(m->payload.len);
                if (!c->payload)
                        abort();
                memcpy(c->payload, m->payload.ptr, m->payload.len);
                c->payload_len = m->payload.len;
        }
        pthread_mutex_lock(&s->lock);
        s->state.answered++;
        s->state.last_answer_s = clock_wall_s();
        pthread_mutex_unlock(&s->lock);
        complete(s, number, m->type == DXL_MESSAGE_ERROR ? DXL_ERROR : DXL_ANSWERED);
}

static void take_packet(struct dxl_session *s, const struct dxl_mqtt_packet *packet)
{
        struct dxl_message m;
        unsigned number;
        if (dxl_message_decode(packet->payload.ptr, packet->payload.len, &m) != 0)
                count(s, &s->state.garbage);
        else if ((m.type != DXL_MESSAGE_RESPONSE && m.type != DXL_MESSAGE_ERROR) ||
                 !dxl_window_take(s->window, m.request_message_id, &number))
                count(s, &s->state.stray);
        else
                take_answer(s, &m, number);
}

static int receive_wait(const struct dxl_session *s, int64_t now)
{
        if (dxl_window_count(s->window) == 0)
                return 0;
        if (dxl_window_full(s->window))
                return WAIT_FULL_MS;
        return now - s->heard_ms < QUIET_AFTER_MS ? WAIT_BUSY_MS : WAIT_QUIET_MS;
}

/* Takes what is there, or waits for it; 1 when something came, 0 when nothing did. */
static int receive(struct dxl_session *s, int64_t now)
{
        /* Without a request on the wire no answer is due, so sleep where a request wakes us. */
        if (dxl_window_count(s->window) == 0)
                dxl_handover_wait(s->handover, WAIT_IDLE_MS);
        struct dxl_mqtt_packet packet;
        int rc = dxl_mqtt_receive(s->mqtt, receive_wait(s, now), &packet);
        if (rc != 0)
                return rc < 0 ? rc : 0;
        s->heard_ms = now;
        take_packet(s, &packet);
        return 1;
}

/* Requests without an answer in time. When nothing at all has been heard since the oldest of them
 * left, the broker itself is asked, for the keep-alive would notice a dead one only after an hour.
 */
static int expire(struct dxl_session *s, int64_t now)
{
        unsigned number;
        bool any = false;
        while (dxl_window_expire(s->window, now, &number)) {
                complete(s, number, DXL_TIMEOUT);
                any = true;
        }
        if (!any || s->heard_ms >= now - s->request_timeout_ms)
                return 0;
        int rc = dxl_mqtt_subscribe(s->mqtt, s->reply_topic);
        if (rc == 0)
                s->heard_ms = clock_boot_ms();
        return rc;
}

static int turn(struct dxl_session *s, int64_t now)
{
        int rc = send_queued(s, now);
        int came = rc < 0 ? rc : receive(s, now);
        rc = came < 0 ? came : expire(s, now);
        if (came == 0 || rc < 0 || dxl_window_count(s->window) == 0 || s->held >= s->batch ||
            now - s->held_since_ms >= HOLD_MS)
                tell(s);
        return rc;
}

void dxl_session_run(struct dxl_session *session)
{
        struct dxl_session *s = session;
        while (!atomic_load(&s->stop)) {
                if (!s->mqtt && !try_brokers(s)) {
                        if (!atomic_load(&s->stop))
                                pause_before_try(s, "no broker took the connection");
                        continue;
                }
                int64_t now = clock_boot_ms();
                if (now >= s->warn_ms) {
                        s->warn_ms = now + DXL_NOTICE_AGAIN_MS;
                        dxl_notice(s->log, s->config, s->state.broker, &s->state.expiries);
                }
                if (turn(s, now) < 0)
                        lose(s);
        }
        dxl_mqtt_close(s->mqtt);
        s->mqtt = NULL;
}

void dxl_session_stop(struct dxl_session *session)
{
        atomic_store(&session->stop, true);
        dxl_handover_wake(session->handover);
}

void dxl_session_hurry(struct dxl_session *session)
{
        unsigned port = atomic_load(&session->dial.port);
        if (port != 0)
                dxl_sockets_cut((uint16_t)port);
}

void dxl_session_state(struct dxl_session *session, struct dxl_state *ret)
{
        pthread_mutex_lock(&session->lock);
        *ret = session->state;
        pthread_mutex_unlock(&session->lock);
}

static int set_up(struct dxl_session *s, const struct dxl_session_options *options)
{
        s->client_id = strdup(options->client_id);
        if (!s->client_id || asprintf(&s->reply_topic, "/mcafee/client/%s", s->client_id) < 0)
                return -ENOMEM;
        s->dial = (struct dxl_dial){.config = options->config,
                                    .client_id = s->client_id,
                                    .reply_topic = s->reply_topic,
                                    .log = options->log,
                                    .go_on = go_on,
                                    .userdata = s};
        return dxl_window_open(options->window, &s->window);
}

int dxl_session_open(const struct dxl_session_options *options, struct dxl_session **ret)
{
        struct dxl_session *s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->config = options->config;
        s->handover = options->handover;
        s->log = options->log;
        s->request_timeout_ms = options->request_timeout_ms;
        s->batch = options->window / 4;
        s->backoff = (struct backoff){RECONNECT_FIRST_MS, RECONNECT_MAX_MS, 0};
        pthread_mutex_init(&s->lock, NULL);
        msgpack_sbuffer_init(&s->out);
        int rc = set_up(s, options);
        if (rc < 0) {
                dxl_session_close(s);
                return rc;
        }
        *ret = s;
        return 0;
}

void dxl_session_close(struct dxl_session *session)
{
        if (!session)
                return;
        dxl_window_close(session->window);
        msgpack_sbuffer_destroy(&session->out);
        pthread_mutex_destroy(&session->lock);
        free(session->client_id);
        free(session->reply_topic);
        free(session);
}
