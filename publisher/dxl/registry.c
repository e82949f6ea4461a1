#include "publisher/dxl/registry.h"

#include "common/text.h"
#include "publisher/dxl/tie.h"

#include <string.h>

#include <jansson.h>

const char dxl_registry_topic[] = "/mcafee/service/dxl/svcregistry/query";
const char dxl_registry_query[] = "{\"serviceType\": \"/mcafee/service/tie\"}";

/* Whether a channel is the topic or a wildcard above it: "#" at the end stands for any rest. */
static bool covers(const char *channel, const char *topic)
{
        size_t len = strlen(channel);

        if (len > 0 && channel[len - 1] == '#')
                return strncmp(channel, topic, len - 1) == 0;
        return strcmp(channel, topic) == 0;
}

static bool has(const json_t *channels, const char *topic)
{
        size_t i;
        const json_t *channel;

        json_array_foreach(channels, i, channel)
        {
                const char *name = json_string_value(channel);

                if (name && covers(name, topic))
                        return true;
        }
        return false;
}

static void take(struct dxl_registry *r, const char *guid, const json_t *service)
{
        const json_t *channels = json_object_get(service, "requestChannels");
        bool set = has(channels, tie_topic_set);

        if (r->instances < DXL_REGISTRY_LISTED_MAX)
                text_copy(text_of(guid), r->guid[r->instances], DXL_REGISTRY_GUID_MAX);
        r->instances++;
        r->set += set;
        r->get += has(channels, tie_topic_get);
        r->set_deaf += set && has(json_object_get(service, "unauthorizedChannels"), tie_topic_set);
}

int dxl_registry_parse(const void *payload, size_t len, struct dxl_registry *ret)
{
        const char *json = payload;
        struct dxl_registry r = {0};
        json_t *root, *services, *service;
        const char *guid;

        while (len > 0 && json[len - 1] == '\0')
                len--;
        root = len > 0 && len <= DXL_REGISTRY_ANSWER_MAX ? json_loadb(json, len, 0, NULL) : NULL;
        services = json_object_get(root, "services");
        if (!json_is_object(services)) {
                json_decref(root);
                return DXL_REGISTRY_E_BAD;
        }
        json_object_foreach(services, guid, service)
        {
                if (json_is_object(service))
                        take(&r, guid, service);
        }
        json_decref(root);
        *ret = r;
        return 0;
}
