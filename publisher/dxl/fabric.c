#include "publisher/dxl/fabric.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "publisher/dxl/dxlconfig.h"
#include "publisher/dxl/handover.h"
#include "publisher/dxl/message.h"
#include "publisher/dxl/mqtt.h"
#include "publisher/dxl/uuid.h"
#include "publisher/dxl/window.h"

enum {
        REQUEST_TIMEOUT_MS = 30000,
        WINDOW = 64,
        RECONNECT_FIRST_MS = 1000,
        RECONNECT_MAX_MS = 60000,

        /* How long one look for messages waits. */
        WAIT_BUSY_MS = 1,   /* answers are coming and requests may: look at both often */
        WAIT_QUIET_MS = 10, /* nothing has come for QUIET_AFTER_MS */
        QUIET_AFTER_MS = 100,
        WAIT_FULL_MS = 50, /* the window is full: nothing can be sent before an answer */
        WAIT_IDLE_MS = DXL_MQTT_WAIT_MAX_MS,
};

struct dxl_fabric {
        /* Set before the thread starts. */
        struct dxl_config *config;
        struct log *log;
        struct dxl_handover *handover;
        int64_t request_timeout_ms;
        char *client_id;
        char *reply_topic;
        pthread_t thread;
        bool started;

        atomic_bool stop;
        pthread_mutex_t lock; /* of state */
        struct dxl_state state;

        /* The thread's own. */
        struct dxl_mqtt *mqtt; /* NULL: not connected */
        struct dxl_window *window;
        struct backoff backoff;
        msgpack_sbuffer out;
        int64_t heard_ms; /* when the broker was last heard */
};

const char *dxl_result_name(enum dxl_result result)
{
        static const char *const names[] = {
            [DXL_ANSWERED] = "answered", [DXL_ERROR] = "error",
            [DXL_TIMEOUT] = "timeout",   [DXL_DISCONNECTED] = "disconnected",
            [DXL_NOT_SENT] = "not sent",
        };
        return (unsigned)result < sizeof(names) / sizeof(*names) ? names[result] : "?";
}

static void count(struct dxl_fabric *f, uint64_t *counter)
{
        pthread_mutex_lock(&f->lock);
        ++*counter;
        pthread_mutex_unlock(&f->lock);
}

static void complete(struct dxl_fabric *f, unsigned number, enum dxl_result result)
{
        dxl_handover_request(f->handover, number)->completion.result = result;
        dxl_handover_complete(f->handover, number);
}

/* What is queued while there is no connection is told so at once. */
static void refuse_queued(struct dxl_fabric *f)
{
        int number;
        while ((number = dxl_handover_take(f->handover)) >= 0)
                complete(f, (unsigned)number, DXL_NOT_SENT);
}

static void set_error(struct dxl_fabric *f, bool connected, const char *error)
{
        pthread_mutex_lock(&f->lock);
        f->state.connected = connected;
        snprintf(f->state.last_error, sizeof(f->state.last_error), "%s", error);
        pthread_mutex_unlock(&f->lock);
}

static void found(struct dxl_fabric *f, const struct dxl_broker *broker)
{
        char id[DXL_UUID_LEN + 1];
        dxl_uuid_new(id);
        dxl_window_renew(f->window, id);
        backoff_reset(&f->backoff);
        f->heard_ms = clock_boot_ms();
        pthread_mutex_lock(&f->lock);
        f->state.connected = true;
        f->state.connections++;
        f->state.last_error[0] = '\0';
        snprintf(f->state.broker, sizeof(f->state.broker), "%s%s%s:%u", broker->id,
                 broker->id[0] ? " " : "", broker->host, broker->port);
        pthread_mutex_unlock(&f->lock);
        log_info(f->log, "connected to the fabric broker=%s", LOG_Q(text_of(f->state.broker)));
        dxl_handover_ring(f->handover);
}

/* Connects to one address of a broker and subscribes to the answers. */
static bool try_address(struct dxl_fabric *f, const struct dxl_broker *broker, const char *host)
{
        char error[DXL_MQTT_ERROR_MAX];
        int rc = dxl_mqtt_open(f->config, host, broker->port, f->client_id, &f->mqtt, error);
        if (rc == 0) {
                rc = dxl_mqtt_subscribe(f->mqtt, f->reply_topic);
                if (rc == 0)
                        return true;
                snprintf(error, sizeof(error), "%s", dxl_mqtt_error(f->mqtt));
                dxl_mqtt_close(f->mqtt);
                f->mqtt = NULL;
        }
        char text[256];
        snprintf(text, sizeof(text), "%.60s:%u: %.180s", host, broker->port, error);
        set_error(f, false, text);
        log_debug(f->log, "broker did not take the connection host=%s error=%s",
                  LOG_Q(text_of(host)), LOG_Q(text_of(error)));
        refuse_queued(f);
        return false;
}

/* Tries every broker by name, then by address. */
static bool try_brokers(struct dxl_fabric *f)
{
        for (size_t i = 0; i < f->config->broker_count && !atomic_load(&f->stop); i++) {
                const struct dxl_broker *b = &f->config->brokers[i];
                bool other = b->ip && strcmp(b->ip, b->host) != 0;
                if (try_address(f, b, b->host) ||
                    (other && !atomic_load(&f->stop) && try_address(f, b, b->ip))) {
                        found(f, b);
                        return true;
                }
        }
        return false;
}

/* Until the next try to connect. */
static void pause_before_try(struct dxl_fabric *f, const char *what)
{
        int64_t gap = backoff_next(&f->backoff, backoff_random());
        log_warn(f->log, "%s error=%s, next try in %.1f s", what,
                 LOG_Q(text_of(f->state.last_error)), (double)gap / 1000);
        dxl_handover_ring(f->handover);
        int64_t until = clock_boot_ms() + gap, left;
        while (!atomic_load(&f->stop) && (left = until - clock_boot_ms()) > 0) {
                dxl_handover_wait(f->handover, (int)left);
                refuse_queued(f);
        }
}

/* The connection is gone: nobody will answer what was sent on it. */
static void lose(struct dxl_fabric *f)
{
        set_error(f, false, dxl_mqtt_error(f->mqtt));
        dxl_mqtt_close(f->mqtt);
        f->mqtt = NULL;
        unsigned number;
        while (dxl_window_drain(f->window, &number))
                complete(f, number, DXL_DISCONNECTED);
        pause_before_try(f, "connection to the fabric lost");
}

/* -EPIPE: the connection is lost, and with it this and all other requests in flight. */
static int send_request(struct dxl_fabric *f, unsigned number, int64_t now)
{
        const struct dxl_request *r = dxl_handover_request(f->handover, number);
        char id[DXL_UUID_LEN + 1];
        dxl_window_add(f->window, number, now + f->request_timeout_ms, id);
        struct dxl_message message = {
            .version = DXL_MESSAGE_VERSION,
            .type = DXL_MESSAGE_REQUEST,
            .message_id = {id, DXL_UUID_LEN},
            .payload = {r->payload, r->payload_len},
            .reply_to = text_of(f->reply_topic),
        };
        msgpack_sbuffer_clear(&f->out);
        dxl_message_pack(&f->out, &message);
        count(f, &f->state.sent);
        return dxl_mqtt_publish(f->mqtt, r->topic, f->out.data, f->out.size);
}

static int send_queued(struct dxl_fabric *f, int64_t now)
{
        int number, rc = 0;
        while ((number = dxl_handover_take_late(f->handover, now)) >= 0)
                complete(f, (unsigned)number, DXL_NOT_SENT);
        while (rc == 0 && !dxl_window_full(f->window) &&
               (number = dxl_handover_take(f->handover)) >= 0)
                rc = send_request(f, (unsigned)number, now);
        return rc;
}

static void take_answer(struct dxl_fabric *f, const struct dxl_message *m, unsigned number)
{
        struct dxl_completion *c = &dxl_handover_request(f->handover, number)->completion;
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
        pthread_mutex_lock(&f->lock);
        f->state.answered++;
        f->state.last_answer_s = clock_wall_s();
        pthread_mutex_unlock(&f->lock);
        complete(f, number, m->type == DXL_MESSAGE_ERROR ? DXL_ERROR : DXL_ANSWERED);
}

static void take_packet(struct dxl_fabric *f, const struct dxl_mqtt_packet *packet)
{
        struct dxl_message m;
        unsigned number;
        if (dxl_message_decode(packet->payload.ptr, packet->payload.len, &m) != 0)
                count(f, &f->state.garbage);
        else if ((m.type != DXL_MESSAGE_RESPONSE && m.type != DXL_MESSAGE_ERROR) ||
                 !dxl_window_take(f->window, m.request_message_id, &number))
                count(f, &f->state.stray);
        else
                take_answer(f, &m, number);
}

static int receive_wait(const struct dxl_fabric *f, int64_t now)
{
        if (dxl_window_count(f->window) == 0)
                return 0;
        if (dxl_window_full(f->window))
                return WAIT_FULL_MS;
        return now - f->heard_ms < QUIET_AFTER_MS ? WAIT_BUSY_MS : WAIT_QUIET_MS;
}

static int receive(struct dxl_fabric *f, int64_t now)
{
        /* Without a request on the wire no answer is due, so sleep where a request wakes us. */
        if (dxl_window_count(f->window) == 0)
                dxl_handover_wait(f->handover, WAIT_IDLE_MS);
        struct dxl_mqtt_packet packet;
        int rc = dxl_mqtt_receive(f->mqtt, receive_wait(f, now), &packet);
        if (rc != 0)
                return rc < 0 ? rc : 0;
        f->heard_ms = now;
        take_packet(f, &packet);
        return 0;
}

/* Requests without an answer in time. When nothing at all has been heard since the oldest of them
 * left, the broker itself is asked, for the keep-alive would notice a dead one only after an hour.
 */
static int expire(struct dxl_fabric *f, int64_t now)
{
        unsigned number;
        bool any = false;
        while (dxl_window_expire(f->window, now, &number)) {
                complete(f, number, DXL_TIMEOUT);
                any = true;
        }
        if (!any || f->heard_ms >= now - f->request_timeout_ms)
                return 0;
        int rc = dxl_mqtt_subscribe(f->mqtt, f->reply_topic);
        if (rc == 0)
                f->heard_ms = clock_boot_ms();
        return rc;
}

static void *run(void *userdata)
{
        struct dxl_fabric *f = userdata;
        while (!atomic_load(&f->stop)) {
                if (!f->mqtt && !try_brokers(f)) {
                        pause_before_try(f, "no broker took the connection");
                        continue;
                }
                int64_t now = clock_boot_ms();
                if (send_queued(f, now) < 0 || receive(f, now) < 0 || expire(f, now) < 0)
                        lose(f);
        }
        dxl_mqtt_close(f->mqtt);
        return NULL;
}

static int start(struct dxl_fabric *f)
{
        /* Signals belong to the caller's thread. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int rc = -pthread_create(&f->thread, NULL, run, f);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (rc == 0) {
                f->started = true;
                pthread_setname_np(f->thread, "dxl");
        }
        return rc;
}

static int name_client(struct dxl_fabric *f, const char *client_id)
{
        char id[DXL_UUID_LEN + 1];
        dxl_uuid_new(id);
        if (!client_id)
                client_id = f->config->client_id ? f->config->client_id : id;
        f->client_id = strdup(client_id);
        if (!f->client_id || asprintf(&f->reply_topic, "/mcafee/client/%s", client_id) < 0)
                return -ENOMEM;
        return 0;
}

static int set_up(struct dxl_fabric *f, const struct dxl_options *options)
{
        unsigned window = options->window ? options->window : WINDOW;
        if (window > DXL_WINDOW_MAX)
                return -EINVAL;
        f->request_timeout_ms =
            options->request_timeout_ms ? options->request_timeout_ms : REQUEST_TIMEOUT_MS;
        int rc = name_client(f, options->client_id);
        if (rc == 0)
                rc = dxl_window_open(window, &f->window);
        if (rc == 0)
                rc = dxl_handover_open(2 * window, &f->handover);
        return rc == 0 ? start(f) : rc;
}

int dxl_fabric_open(const struct dxl_options *options, struct log *log, struct dxl_fabric **ret,
                    char **error)
{
        struct dxl_config *config;
        int rc = dxl_config_load(options->config_path, &config, error);
        if (rc < 0)
                return rc;
        struct dxl_fabric *f = calloc(1, sizeof(*f));
        if (!f) {
                dxl_config_free(config);
                *error = NULL;
                return -ENOMEM;
        }
        f->config = config;
        f->log = log;
        f->backoff = (struct backoff){RECONNECT_FIRST_MS, RECONNECT_MAX_MS, 0};
        pthread_mutex_init(&f->lock, NULL);
        msgpack_sbuffer_init(&f->out);
        rc = set_up(f, options);
        if (rc < 0) {
                *error = strdup(strerror(-rc));
                dxl_fabric_close(f);
                return rc;
        }
        *ret = f;
        return 0;
}

void dxl_fabric_close(struct dxl_fabric *fabric)
{
        if (!fabric)
                return;
        if (fabric->started) {
                atomic_store(&fabric->stop, true);
                dxl_handover_wake(fabric->handover);
                pthread_join(fabric->thread, NULL);
        }
        dxl_handover_close(fabric->handover);
        dxl_window_close(fabric->window);
        msgpack_sbuffer_destroy(&fabric->out);
        pthread_mutex_destroy(&fabric->lock);
        dxl_config_free(fabric->config);
        free(fabric->client_id);
        free(fabric->reply_topic);
        free(fabric);
}

int dxl_fabric_fd(const struct dxl_fabric *fabric)
{
        return dxl_handover_fd(fabric->handover);
}

int dxl_fabric_request(struct dxl_fabric *fabric, uint64_t tag, const char *topic,
                       const void *payload, size_t len)
{
        return dxl_handover_put(fabric->handover, tag, topic, payload, len,
                                clock_boot_ms() + DXL_SEND_MS);
}

bool dxl_fabric_next(struct dxl_fabric *fabric, struct dxl_completion *ret)
{
        return dxl_handover_next(fabric->handover, ret);
}

void dxl_fabric_state(struct dxl_fabric *fabric, struct dxl_state *ret)
{
        pthread_mutex_lock(&fabric->lock);
        *ret = fabric->state;
        pthread_mutex_unlock(&fabric->lock);
}
