#include "tests/sim/tie-sim/server.h"

#include "common/clock.h"
#include "publisher/dxl/uuid.h"
#include "tests/sim/tie-sim/registry.h"
#include "tests/sim/tie-sim/service.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECONNECT_MS = 200, FLUSH_MS = 20, REGISTER_MS = 2000 };

struct server {
        struct sim *sim;
        const struct dxl_config *config;
        struct answers *answers;
        struct registry *registry;
        struct service *service;
        struct dxl_mqtt *mqtt;
        char reply_topic[64];
        char register_id[DXL_UUID_LEN + 1]; /* of the register request under way */
        int64_t register_at_ms;             /* when to ask (again) to be registered */
        int64_t flushed_ms;
        char error[DXL_MQTT_ERROR_MAX]; /* said last, so that it is said once */
};

struct server *server_open(struct sim *sim, const struct dxl_config *config, FILE *log)
{
        struct server *s = calloc(1, sizeof(*s));
        if (!s)
                return NULL;
        s->sim = sim;
        s->config = config;
        s->answers = answers_open(sim);
        s->registry = s->answers ? registry_open(sim, s->answers) : NULL;
        s->service = s->answers ? service_open(sim, s->answers, log) : NULL;
        if (!s->registry || !s->service) {
                server_close(s);
                return NULL;
        }
        return s;
}

void server_close(struct server *s)
{
        if (!s)
                return;
        if (s->service)
                service_flush(s->service);
        service_close(s->service);
        registry_close(s->registry);
        answers_close(s->answers);
        dxl_mqtt_close(s->mqtt);
        free(s);
}

static void set_connected(struct server *s, bool connected)
{
        pthread_mutex_lock(&s->sim->lock);
        s->sim->stats.connected = connected;
        s->sim->stats.registered = false;
        s->sim->stats.connections += connected;
        pthread_mutex_unlock(&s->sim->lock);
        answers_use(s->answers, connected ? s->mqtt : NULL);
        s->register_at_ms = 0;
}

static void disconnect(struct server *s)
{
        set_connected(s, false);
        dxl_mqtt_close(s->mqtt);
        s->mqtt = NULL;
}

/* All topics of services in one subscription, so that none of their requests comes twice. */
static bool connect_broker(struct server *s)
{
        const struct dxl_broker *b = &s->config->brokers[0];
        char id[DXL_UUID_LEN + 1], error[DXL_MQTT_ERROR_MAX] = "subscription failed";
        dxl_uuid_new(id);
        snprintf(s->reply_topic, sizeof(s->reply_topic), "/mcafee/client/%s", id);
        if (dxl_mqtt_open(s->config, b->host, b->port, id, &s->mqtt, error) == 0 &&
            dxl_mqtt_subscribe(s->mqtt, s->reply_topic) == 0 &&
            dxl_mqtt_subscribe(s->mqtt, "/mcafee/service/#") == 0) {
                set_connected(s, true);
                s->error[0] = '\0';
                return true;
        }
        if (strcmp(s->error, error) != 0)
                fprintf(stderr, "tie-sim: %s:%u: %s, trying on\n", b->host, b->port, error);
        memcpy(s->error, error, sizeof(s->error));
        dxl_mqtt_close(s->mqtt);
        s->mqtt = NULL;
        return false;
}

/* A real request to the broker's registry, as any DXL service sends it. */
static void register_service(struct server *s)
{
        char *payload = registry_payload();
        if (!payload)
                abort();
        dxl_uuid_new(s->register_id);
        struct dxl_message m = {.version = DXL_MESSAGE_VERSION,
                                .type = DXL_MESSAGE_REQUEST,
                                .message_id = text_of(s->register_id),
                                .payload = text_of(payload),
                                .reply_to = text_of(s->reply_topic)};
        msgpack_sbuffer out;
        msgpack_sbuffer_init(&out);
        dxl_message_pack(&out, &m);
        dxl_mqtt_publish(s->mqtt, registry_topic_register, out.data, out.size);
        msgpack_sbuffer_destroy(&out);
        free(payload);
        s->register_at_ms = clock_boot_ms() + REGISTER_MS;
}

static void on_service_request(struct server *s, struct text topic, const struct dxl_message *m)
{
        size_t prefix = strlen(registry_topic_prefix);
        bool off = s->sim->faults.service_off != 0;
        if (topic.len > prefix && memcmp(topic.ptr, registry_topic_prefix, prefix) == 0) {
                /* its own registration is the simulator's affair */
                if (!s->sim->faults.no_registry || text_eq_str(topic, registry_topic_register))
                        registry_request(s->registry, topic, m);
        } else if (s->sim->faults.stale > 0 && registry_serves(s->registry, topic)) {
                s->sim->faults.stale--; /* the broker forgets an instance that it did not reach */
                answers_no_service(s->answers, m);
        } else if (off || !registry_serves(s->registry, topic))
                answers_no_service(s->answers, m);
        else /* a topic that another client serves is none of ours */
                service_request(s->service, topic, m);
}

static void on_packet(struct server *s, const struct dxl_mqtt_packet *packet)
{
        struct dxl_message m;
        bool good = dxl_message_decode(packet->payload.ptr, packet->payload.len, &m) == 0;
        pthread_mutex_lock(&s->sim->lock);
        if (!good)
                s->sim->stats.bad++;
        else if (m.type == DXL_MESSAGE_REQUEST)
                on_service_request(s, packet->topic, &m);
        else if (m.type == DXL_MESSAGE_RESPONSE &&
                 text_eq_str(m.request_message_id, s->register_id))
                s->sim->stats.registered = true;
        pthread_mutex_unlock(&s->sim->lock);
}

static void flush_log(struct server *s, bool quiet)
{
        if (!service_dirty(s->service))
                return;
        int64_t now = clock_boot_ms();
        if (!quiet && now - s->flushed_ms < FLUSH_MS)
                return;
        service_flush(s->service);
        s->flushed_ms = now;
}

/* One look for a message. False when the connection is lost. */
static bool serve(struct server *s)
{
        pthread_mutex_lock(&s->sim->lock);
        int wait = answers_due(s->answers, DXL_MQTT_WAIT_MAX_MS);
        pthread_mutex_unlock(&s->sim->lock);
        if (service_dirty(s->service) && wait > 1)
                wait = 1;
        struct dxl_mqtt_packet packet;
        int rc = dxl_mqtt_receive(s->mqtt, wait, &packet);
        if (rc == 0)
                on_packet(s, &packet);
        flush_log(s, rc != 0);
        return rc >= 0;
}

static bool is_registered(struct server *s)
{
        pthread_mutex_lock(&s->sim->lock);
        bool registered = s->sim->stats.registered;
        pthread_mutex_unlock(&s->sim->lock);
        return registered;
}

void server_run(struct server *s, const volatile sig_atomic_t *stop,
                void (*on_ready)(void *userdata), void *userdata)
{
        bool ready = false, registered = false;
        while (!*stop) {
                if (!s->mqtt && !connect_broker(s)) {
                        nanosleep(&(struct timespec){.tv_nsec = RECONNECT_MS * 1000000L}, NULL);
                        continue;
                }
                if (!registered && clock_boot_ms() >= s->register_at_ms)
                        register_service(s);
                if (!serve(s)) {
                        disconnect(s);
                        registered = false;
                        continue;
                }
                registered = registered || is_registered(s);
                if (registered && !ready) {
                        ready = true;
                        on_ready(userdata);
                }
        }
}
