#include "tests/sim/tie-sim/answers.h"

#include "common/clock.h"
#include "publisher/dxl/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char answers_broker_id[] = "0c2d2b7e-2222-4c22-8c22-000000018884";
const char answers_service_id[] = "{8668f4e0-eb2e-4a97-a0c3-ee8cc55f6c50}";

/* A broker names clients by the SHA-1 of their certificate; what mosquitto cannot tell is made up.
 */
static const char tie_thumbprint[] = "77fe825d18740bf89a85de95f2704cb40c5112d7";
static const char ca_thumbprint[] = "fa265c5895c485a3483f47d1a6c0f3fc5114e533";
static const char client_thumbprint[] = "f707373f253dbf40cb221d548f3c48726a45fff9";

static const char garbage[] = "\xc1 this is no DXL message \xff\xfe";

/* An answer that a fault holds back. */
struct late {
        struct late *next;
        int64_t due_ms;
        char *topic;
        size_t len;
        char bytes[];
};

struct answers {
        struct sim *sim;
        struct dxl_mqtt *mqtt;
        struct late *first, **last;
        uint64_t number; /* of the answer, in its message id */
        char id[DXL_UUID_LEN + 1];
        uint64_t sent; /* for "every Nth" */
        msgpack_sbuffer out;
        msgpack_sbuffer brokers, clients, others; /* lists of the message being built */
};

struct answers *answers_open(struct sim *sim)
{
        struct answers *a = calloc(1, sizeof(*a));
        if (!a)
                return NULL;
        a->sim = sim;
        a->last = &a->first;
        dxl_uuid_new(a->id);
        msgpack_sbuffer_init(&a->out);
        msgpack_sbuffer_init(&a->brokers);
        msgpack_sbuffer_init(&a->clients);
        msgpack_sbuffer_init(&a->others);
        char certs[96];
        snprintf(certs, sizeof(certs), "%s;%s", ca_thumbprint, tie_thumbprint);
        dxl_message_pack_text(&a->others, text_of("dxl.certs"));
        dxl_message_pack_text(&a->others, text_of(certs));
        dxl_message_pack_text(&a->brokers, text_of(answers_broker_id));
        dxl_message_pack_text(&a->clients, text_of(client_thumbprint));
        return a;
}

void answers_close(struct answers *a)
{
        if (!a)
                return;
        answers_use(a, NULL);
        msgpack_sbuffer_destroy(&a->out);
        msgpack_sbuffer_destroy(&a->brokers);
        msgpack_sbuffer_destroy(&a->clients);
        msgpack_sbuffer_destroy(&a->others);
        free(a);
}

static void drop_first(struct answers *a)
{
        struct late *late = a->first;
        a->first = late->next;
        if (!a->first)
                a->last = &a->first;
        free(late->topic);
        free(late);
}

void answers_use(struct answers *a, struct dxl_mqtt *mqtt)
{
        a->mqtt = mqtt;
        while (!mqtt && a->first)
                drop_first(a);
}

static void hold_back(struct answers *a, const char *topic, const void *bytes, size_t len)
{
        struct late *late = malloc(sizeof(*late) + len);
        char *copy = strdup(topic);
        if (!late || !copy)
                abort();
        *late = (struct late){NULL, clock_boot_ms() + a->sim->faults.delay_ms, copy, len};
        memcpy(late->bytes, bytes, len);
        *a->last = late;
        a->last = &late->next;
}

/* A loss shows at the next receive, where it is dealt with. */
static void put(struct answers *a, const char *topic, const void *bytes, size_t len)
{
        a->sim->stats.answers++;
        if (a->sim->faults.delay_ms > 0)
                hold_back(a, topic, bytes, len);
        else if (a->mqtt)
                dxl_mqtt_publish(a->mqtt, topic, bytes, len);
}

static void put_answer(struct answers *a, const char *topic)
{
        const struct faults *f = &a->sim->faults;
        if (sim_every(a->sent, f->garbage))
                put(a, topic, garbage, sizeof(garbage) - 1);
        else
                put(a, topic, a->out.data, a->out.size);
        if (sim_every(a->sent, f->duplicate))
                put(a, topic, a->out.data, a->out.size);
}

static struct text next_id(struct answers *a)
{
        char tail[14];
        snprintf(tail, sizeof(tail), "%012llx}",
                 (unsigned long long)(a->number++ & 0xffffffffffff));
        memcpy(a->id + DXL_UUID_LEN - 13, tail, 13);
        return (struct text){a->id, DXL_UUID_LEN};
}

/* What a broker fills in, for an answer to request or, when that is NULL, for an event. */
static void pack(struct answers *a, enum speaker speaker, const struct dxl_message *request,
                 struct dxl_message *m)
{
        struct text broker = text_of(answers_broker_id);
        struct text source = speaker == SPEAKER_TIE ? text_of(tie_thumbprint) : broker;
        m->version = 3;
        m->message_id = next_id(a);
        m->source_client_id = source;
        m->source_broker_id = broker;
        m->source_instance_id = source;
        if (request) {
                m->broker_ids = dxl_message_list_of(&a->brokers, 1);
                m->client_ids = dxl_message_list_of(&a->clients, 1);
                m->request_message_id = request->message_id;
                m->service_id =
                    speaker == SPEAKER_TIE ? text_of(answers_service_id) : request->service_id;
        }
        if (speaker == SPEAKER_TIE)
                m->other_fields = dxl_message_list_of(&a->others, 2);
        msgpack_sbuffer_clear(&a->out);
        dxl_message_pack(&a->out, m);
}

/* Packs m anew as what no real service sends. */
static void distort(struct answers *a, struct dxl_message *m)
{
        static const char padding[DXL_MESSAGE_MAX + 1] = {0};
        static const char *const more[] = {"a field", "of later days"};
        const struct faults *f = &a->sim->faults;
        bool future = sim_every(a->sent, f->future);
        if (sim_every(a->sent, f->bad_id))
                m->request_message_id = text_of("{zzzzzzzz-\xff\x01zz-ZZZZ-zzzz-zzzzzzzzzzzz}");
        else if (sim_every(a->sent, f->foreign_id))
                m->request_message_id = text_of("{0f1e2d3c-4b5a-4697-8887-a6b5c4d3e2f1}");
        else if (sim_every(a->sent, f->oversize))
                m->payload = (struct text){padding, sizeof(padding)};
        else if (!future)
                return;
        if (future)
                m->version = 9;
        msgpack_sbuffer_clear(&a->out);
        dxl_message_pack(&a->out, m);
        for (size_t i = 0; future && i < sizeof(more) / sizeof(*more); i++)
                dxl_message_pack_text(&a->out, text_of(more[i]));
}

static void pack_and_put(struct answers *a, enum speaker speaker, const struct dxl_message *request,
                         struct dxl_message *m)
{
        char topic[512];
        pack(a, speaker, request, m);
        a->sent++;
        if (speaker == SPEAKER_TIE)
                distort(a, m);
        if (request->reply_to.len > 0 && text_copy(request->reply_to, topic, sizeof(topic)))
                put_answer(a, topic);
}

void answers_send(struct answers *a, enum speaker speaker, const struct dxl_message *request,
                  struct text payload)
{
        struct dxl_message m = {.type = DXL_MESSAGE_RESPONSE, .payload = payload};
        pack_and_put(a, speaker, request, &m);
}

void answers_error(struct answers *a, enum speaker speaker, const struct dxl_message *request,
                   uint32_t code, const char *text)
{
        /* A broker packs codes as int32. */
        struct dxl_message m = {
            .type = DXL_MESSAGE_ERROR, .error_code = (int32_t)code, .error_text = text_of(text)};
        a->sim->stats.errors++;
        pack_and_put(a, speaker, request, &m);
}

void answers_no_service(struct answers *a, const struct dxl_message *request)
{
        answers_error(a, SPEAKER_BROKER, request, 0x80000001U,
                      "unable to locate service for request");
}

void answers_event(struct answers *a, const char *topic, struct text payload)
{
        struct dxl_message m = {.type = DXL_MESSAGE_EVENT, .payload = payload};
        pack(a, SPEAKER_BROKER, NULL, &m);
        if (a->mqtt)
                dxl_mqtt_publish(a->mqtt, topic, a->out.data, a->out.size);
}

int answers_due(struct answers *a, int max)
{
        if (!a->first)
                return max;
        int64_t now = clock_boot_ms();
        while (a->first && a->first->due_ms <= now) {
                dxl_mqtt_publish(a->mqtt, a->first->topic, a->first->bytes, a->first->len);
                drop_first(a);
        }
        int64_t left = a->first ? a->first->due_ms - now : max;
        return left < max ? (int)left : max;
}
