#include "publisher/provision/brokerlines.h"

#include "common/cleanup.h"
#include "common/log.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

enum { BROKERS_MAX = 1024, GUID_MAX = 128, HOST_MAX = 253 };

/* A broker before it is kept; ip may be empty. */
struct broker {
        struct text guid, port, host, ip;
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* What is written into an INI file must not look like another line of it. */
static bool only(struct text t, const char *others, size_t max)
{
        for (size_t i = 0; i < t.len; i++) {
                if (t.ptr[i] == '\0' || (!strchr(letters, t.ptr[i]) && !strchr(others, t.ptr[i])))
                        return false;
        }
        return t.len > 0 && t.len <= max;
}

static bool is_port(struct text t)
{
        uint16_t port;

        return text_port(t, &port);
}

/* The text before the next mark; takes it and the mark off *rest. */
static struct text next(struct text *rest, char mark)
{
        const char *end = rest->len > 0 ? memchr(rest->ptr, mark, rest->len) : NULL;
        struct text t = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
        size_t skip = end ? t.len + 1 : t.len;

        *rest = rest->len > 0 ? (struct text){rest->ptr + skip, rest->len - skip} : *rest;
        return t;
}

static struct brokerline *slot_of(struct brokerlines *lines, struct text guid)
{
        struct brokerline *all;

        for (size_t i = 0; i < lines->count; i++) {
                if (text_eq_str(guid, lines->all[i].guid)) {
                        free(lines->all[i].guid);
                        free(lines->all[i].value);
                        return &lines->all[i];
                }
        }
        all = reallocarray(lines->all, lines->count + 1, sizeof(*all));
        if (!all)
                return NULL;
        lines->all = all;
        return &all[lines->count++];
}

static int keep(struct brokerlines *lines, const struct broker *b, struct failure *why)
{
        struct brokerline *slot;

        if (lines->count == BROKERS_MAX)
                return failure_set(why, -EINVAL, "ePO names more than %d brokers", BROKERS_MAX);
        slot = slot_of(lines, b->guid);
        if (!slot)
                return failure_memory(why);
        *slot = (struct brokerline){0};
        slot->guid = text_dup(b->guid);
        if (asprintf(&slot->value, "%.*s;%.*s;%.*s%s%.*s", (int)b->guid.len, b->guid.ptr,
                     (int)b->port.len, b->port.ptr, (int)b->host.len, b->host.ptr,
                     b->ip.len > 0 ? ";" : "", (int)b->ip.len, b->ip.len > 0 ? b->ip.ptr : "") < 0)
                slot->value = NULL;
        return slot->guid && slot->value ? 0 : failure_memory(why);
}

/* NULL when all is well. */
static const char *fault_of(const struct broker *b)
{
        if (!only(b->guid, "{}-_.", GUID_MAX))
                return "its guid is missing or holds characters that no guid has";
        if (!is_port(b->port))
                return "its port is none of 1 to 65535";
        if (!only(b->host, "-_.:[]%", HOST_MAX))
                return "its host name is missing or holds characters that no host name has";
        if (b->ip.len > 0 && !only(b->ip, "-_.:[]%", HOST_MAX))
                return "its IP address holds characters that no address has";
        return NULL;
}

static int parse_line(struct text line, struct brokerlines *ret, struct failure *why)
{
        struct text rest = line, key = next(&rest, '='), value = rest;
        struct broker b = {0};
        const char *fault;

        if (line.len == 0)
                return failure_set(why, -EINVAL, "ePO's list of brokers has an empty line");
        if (key.len == line.len || memchr(rest.ptr, '=', rest.len))
                return failure_set(why, -EINVAL,
                                   "ePO's list of brokers has a line that is not one \"guid=value\""
                                   ": %s",
                                   LOG_Q(line));
        b.guid = text_trim(next(&rest, ';'));
        if (is_port(b.guid) || b.guid.len == 0)
                return failure_set(why, -EINVAL, "ePO names a broker without a guid: %s",
                                   LOG_Q(value));
        if (!text_eq(b.guid, text_trim(key)))
                return failure_set(why, -EINVAL,
                                   "ePO names a broker by two guids, %s and %s, so that the list "
                                   "cannot be trusted",
                                   LOG_Q(key), LOG_Q(b.guid));
        b.port = text_trim(next(&rest, ';'));
        b.host = text_trim(next(&rest, ';'));
        b.ip = text_trim(next(&rest, ';'));
        fault = fault_of(&b);
        if (fault)
                return failure_set(why, -EINVAL, "ePO names a broker that cannot be used: %s: %s",
                                   fault, LOG_Q(line));
        return keep(ret, &b, why);
}

int brokerlines_parse(struct text lines, struct brokerlines *ret, struct failure *why)
{
        int r = 0;

        *ret = (struct brokerlines){0};
        while (r == 0 && lines.len > 0) {
                struct text line = next(&lines, '\n');

                if (line.len > 0 && line.ptr[line.len - 1] == '\r')
                        line.len--;
                r = parse_line(line, ret, why);
        }
        return r;
}

static struct text string_of(const json_t *object, const char *key)
{
        const json_t *value = json_object_get(object, key);

        return json_is_string(value)
                   ? text_trim((struct text){json_string_value(value), json_string_length(value)})
                   : (struct text){0};
}

static int parse_object(const json_t *object, struct brokerlines *ret, struct failure *why)
{
        struct broker b = {.guid = string_of(object, "guid"),
                           .host = string_of(object, "hostName"),
                           .ip = string_of(object, "ipAddress"),
                           .port = string_of(object, "port")};
        const json_t *port = json_object_get(object, "port");
        char number[32];
        const char *fault;

        if (json_is_integer(port)) {
                snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(port));
                b.port = text_of(number);
        }
        fault = fault_of(&b);
        if (fault)
                return failure_set(why, -EINVAL, "ePO names a broker that cannot be used: %s: %s",
                                   fault, LOG_Q(b.guid.len > 0 ? b.guid : b.host));
        return keep(ret, &b, why);
}

int brokerlines_of_json(const struct json_t *array, struct brokerlines *ret, struct failure *why)
{
        int r = 0;

        *ret = (struct brokerlines){0};
        for (size_t i = 0; r == 0 && i < json_array_size(array); i++)
                r = parse_object(json_array_get(array, i), ret, why);
        return r;
}

void brokerlines_done(struct brokerlines *lines)
{
        for (size_t i = 0; i < lines->count; i++) {
                free(lines->all[i].guid);
                free(lines->all[i].value);
        }
        free(lines->all);
        *lines = (struct brokerlines){0};
}

const struct brokerline *brokerlines_find(const struct brokerlines *lines, struct text guid)
{
        for (size_t i = 0; i < lines->count; i++) {
                if (text_eq_str(guid, lines->all[i].guid))
                        return &lines->all[i];
        }
        return NULL;
}
