#include "tests/sim/tie-sim/registry.h"

#include "common/clock.h"
#include "publisher/dxl/tie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

const char registry_topic_prefix[] = "/mcafee/service/dxl/";
const char registry_topic_register[] = "/mcafee/service/dxl/svcregistry/register";

struct registry {
        struct sim *sim;
        struct answers *answers;
        json_t *services; /* guid → what was registered */
};

struct registry *registry_open(struct sim *sim, struct answers *answers)
{
        struct registry *r = calloc(1, sizeof(*r));
        if (!r)
                return NULL;
        r->sim = sim;
        r->answers = answers;
        r->services = json_object();
        return r;
}

void registry_close(struct registry *r)
{
        if (!r)
                return;
        json_decref(r->services);
        free(r);
}

bool registry_serves(const struct registry *r, struct text topic)
{
        const char *guid;
        json_t *service;
        json_object_foreach(r->services, guid, service)
        {
                size_t i;
                const json_t *channel;
                json_array_foreach(json_object_get(service, "requestChannels"), i, channel)
                {
                        if (json_is_string(channel) &&
                            text_eq_str(topic, json_string_value(channel)))
                                return true;
                }
        }
        return false;
}

char *registry_payload(void)
{
        json_t *o = json_pack("{s:s,s:{},s:[s,s],s:i,s:s}", "serviceType", "/mcafee/service/tie",
                              "metaData", "requestChannels", tie_topic_set, tie_topic_get,
                              "ttlMins", 60, "serviceGuid", answers_service_id);
        char *text = json_dumps(o, 0);
        json_decref(o);
        return text;
}

/* JSON answers of a broker end with a newline. Takes o over. */
static void answer_json(struct registry *r, const struct dxl_message *request, json_t *o)
{
        char *text = json_dumps(o, JSON_COMPACT), *line = NULL;
        json_decref(o);
        if (text && asprintf(&line, "%s\n", text) >= 0)
                answers_send(r->answers, SPEAKER_BROKER, request, text_of(line));
        free(text);
        free(line);
}

static void announce(struct registry *r, const char *topic, const json_t *o)
{
        char *text = json_dumps(o, JSON_COMPACT);
        if (text)
                answers_event(r->answers, topic, text_of(text));
        free(text);
}

static void do_register(struct registry *r, const struct dxl_message *request, const json_t *query)
{
        const char *guid = json_string_value(json_object_get(query, "serviceGuid"));
        if (!guid)
                return;
        json_t *service = json_deep_copy(query);
        json_object_set_new(service, "brokerGuid", json_string(answers_broker_id));
        json_object_set_new(service, "registrationTime", json_integer(clock_wall_s()));
        json_object_set_new(service, "certificates", json_array());
        json_object_set_new(service, "unauthorizedChannels", json_array());
        json_object_set_new(service, "local", json_true());
        json_object_set_new(service, "managed", json_false());
        announce(r, "/mcafee/event/dxl/svcregistry/register", service);
        json_object_set_new(r->services, guid, service);
        answers_send(r->answers, SPEAKER_BROKER, request, (struct text){0});
}

static void do_unregister(struct registry *r, const struct dxl_message *request,
                          const json_t *query)
{
        const char *guid = json_string_value(json_object_get(query, "serviceGuid"));
        if (guid && json_object_del(r->services, guid) == 0)
                announce(r, "/mcafee/event/dxl/svcregistry/unregister", query);
        answers_send(r->answers, SPEAKER_BROKER, request, (struct text){0});
}

static bool asked_for(const json_t *service, const json_t *query, const char *key)
{
        const json_t *want = json_object_get(query, key);
        return !want || json_equal(want, json_object_get(service, key));
}

/* An instance that died, and whose registration stayed behind. */
static json_t *stale_service(unsigned number, char guid[64])
{
        snprintf(guid, 64, "{dead0000-0000-4000-8000-%012u}", number);
        return json_pack("{s:s,s:{},s:[s,s],s:i,s:s}", "serviceType", "/mcafee/service/tie",
                         "metaData", "requestChannels", tie_topic_set, tie_topic_get, "ttlMins", 60,
                         "serviceGuid", guid);
}

static void do_query(struct registry *r, const struct dxl_message *request, const json_t *query)
{
        json_t *found = json_object();
        const char *guid;
        json_t *service;
        if (r->sim->faults.service_off == 0)
                json_object_foreach(r->services, guid, service)
                {
                        if (asked_for(service, query, "serviceType") &&
                            asked_for(service, query, "serviceGuid"))
                                json_object_set(found, guid, service);
                }
        for (unsigned i = 0; i < r->sim->faults.stale; i++) {
                char dead[64];
                json_t *stale = stale_service(i, dead);
                if (asked_for(stale, query, "serviceType") &&
                    asked_for(stale, query, "serviceGuid"))
                        json_object_set(found, dead, stale);
                json_decref(stale);
        }
        answer_json(r, request, json_pack("{s:o}", "services", found));
}

static void do_brokers(struct registry *r, const struct dxl_message *request, const json_t *query)
{
        (void)query;
        json_t *broker = json_pack("{s:s,s:s,s:i,s:i,s:[],s:i,s:b,s:s}", "guid", answers_broker_id,
                                   "hostname", "localhost", "port", 8883, "webSocketPort", 443,
                                   "bridges", "ttlMins", 60, "policyHub", 0, "version", "6.0.1");
        answer_json(r, request, json_pack("{s:{s:o}}", "brokers", answers_broker_id, broker));
}

static void do_topics(struct registry *r, const struct dxl_message *request, const json_t *query)
{
        bool all = true;
        size_t i;
        const json_t *topic;
        json_array_foreach(json_object_get(query, "topics"), i, topic)
        {
                all = all && json_is_string(topic) &&
                      registry_serves(r, text_of(json_string_value(topic)));
        }
        answer_json(r, request,
                    json_pack("{s:I,s:b}", "count", 2 * (json_int_t)json_object_size(r->services),
                              "exists", all));
}

static void do_health(struct registry *r, const struct dxl_message *request, const json_t *query)
{
        (void)query;
        answer_json(r, request,
                    json_pack("{s:i,s:i,s:i,s:I,s:i}", "connectedClients", 2, "incomingMessages", 0,
                              "outgoingMessages", 0, "localServiceCounter",
                              (json_int_t)json_object_size(r->services), "startTime", 0));
}

void registry_request(struct registry *r, struct text topic, const struct dxl_message *request)
{
        static const struct {
                const char *topic;
                void (*answer)(struct registry *r, const struct dxl_message *request,
                               const json_t *query);
        } topics[] = {
            {"/mcafee/service/dxl/svcregistry/register", do_register},
            {"/mcafee/service/dxl/svcregistry/unregister", do_unregister},
            {"/mcafee/service/dxl/svcregistry/query", do_query},
            {"/mcafee/service/dxl/brokerregistry/query", do_brokers},
            {"/mcafee/service/dxl/brokerregistry/topicquery", do_topics},
            {"/mcafee/service/dxl/broker/health", do_health},
        };
        for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++) {
                if (!text_eq_str(topic, topics[i].topic))
                        continue;
                json_t *query = json_loadb(request->payload.ptr, request->payload.len, 0, NULL);
                if (json_is_object(query)) /* bad JSON gets no answer at all */
                        topics[i].answer(r, request, query);
                json_decref(query);
                return;
        }
        answers_no_service(r->answers, request);
}
