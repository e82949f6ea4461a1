#include "publisher/provision/epo_answer.h"

#include "common/log.h"
#include "publisher/provision/pem.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

static bool is_page(struct text body)
{
        struct text t = text_trim(body);

        return t.len > 0 && t.ptr[0] == '<';
}

/* "Error 3 :" and a message. */
static int refused(struct text status, struct text message, struct failure *why)
{
        return failure_set(why, -EREMOTEIO,
                           "ePO refused the request: %s, %s: see that the account may run remote "
                           "commands and sign certificates, and that ePO's DXL extensions are "
                           "installed",
                           LOG_Q(text_trim(status)), LOG_Q(text_trim(message)));
}

int epo_answer_result(struct text body, char **ret, struct failure *why)
{
        const char *colon = body.len > 0 ? memchr(body.ptr, ':', body.len) : NULL;
        struct text status, value;
        json_error_t error;
        json_t *json;

        if (is_page(body))
                return failure_set(why, -EINVAL,
                                   "the answer is a web page and not that of a remote command: "
                                   "see that address and port are those of ePO itself (%s)",
                                   LOG_Q(text_trim(body)));
        if (!colon)
                return failure_set(why, -EINVAL,
                                   "the answer has no status with a colon at its start: see that "
                                   "address and port are ePO's (%s)",
                                   LOG_Q(text_trim(body)));
        status = (struct text){body.ptr, (size_t)(colon - body.ptr)};
        value = text_trim((struct text){colon + 1, body.len - status.len - 1});
        if (!text_eq_str(status, "OK"))
                return refused(status, value, why);
        json = json_loadb(value.len > 0 ? value.ptr : "", value.len, JSON_DECODE_ANY, &error);
        if (!json_is_string(json)) {
                json_decref(json);
                return failure_set(why, -EINVAL,
                                   "ePO said OK, but what follows is no string of JSON: %s",
                                   LOG_Q(value));
        }
        *ret = strdup(json_string_value(json));
        json_decref(json);
        return *ret ? 0 : failure_memory(why);
}

/* The part before the next comma, a copy; *rest is NULL after the last. */
static char *next_part(const char **rest)
{
        const char *from = *rest ? *rest : "";
        size_t len = strcspn(from, ",");
        char *part = strndup(from, len);

        *rest = from[len] == ',' ? from + len + 1 : NULL;
        return part;
}

static int keep_lines(const char **rest, struct brokerlines *ret, struct failure *why)
{
        _cleanup_(freep) char *part = next_part(rest);

        return part ? brokerlines_parse(text_of(part), ret, why) : failure_memory(why);
}

static int some_broker(const struct epo_package *package, struct failure *why)
{
        if (package->brokers.count + package->websockets.count > 0)
                return 0;
        return failure_set(why, -EINVAL,
                           "ePO names no broker: see in ePO that the fabric has one "
                           "(Server Settings, DXL Topology)");
}

int epo_answer_package(const char *result, struct epo_package *ret, struct failure *why)
{
        const char *rest = result;
        unsigned parts = 1;
        int r;

        *ret = (struct epo_package){0};
        for (const char *c = result; *c; c++)
                parts += *c == ',';
        if (parts < 3)
                return failure_set(why, -EINVAL,
                                   "ePO's answer is short: it has %u part%s of the at least 3 (CA "
                                   "certificates, client certificate, brokers)",
                                   parts, parts == 1 ? "" : "s");
        ret->bundle = next_part(&rest);
        ret->cert = next_part(&rest);
        if (!ret->bundle || !ret->cert)
                return failure_memory(why);
        r = keep_lines(&rest, &ret->brokers, why);
        if (r == 0 && rest) {
                ret->websockets_given = true;
                r = keep_lines(&rest, &ret->websockets, why);
        }
        if (r == 0)
                r = pem_check(ret->bundle, "the CA certificates", why);
        if (r == 0)
                r = pem_check(ret->cert, "the client certificate", why);
        return r == 0 ? some_broker(ret, why) : r;
}

int epo_answer_bundle(const char *result, struct epo_package *ret, struct failure *why)
{
        *ret = (struct epo_package){.bundle = strdup(result)};
        return ret->bundle ? pem_check(result, "the CA certificates", why) : failure_memory(why);
}

static int keep_list(const json_t *list, struct brokerlines *ret, struct failure *why)
{
        if (!json_is_array(list))
                return failure_set(why, -EINVAL, "ePO's list of brokers is not in the form of one");
        return brokerlines_of_json(list, ret, why);
}

int epo_answer_brokers(const char *result, struct epo_package *ret, struct failure *why)
{
        json_error_t error;
        json_t *json = json_loads(result, JSON_REJECT_DUPLICATES, &error);
        const json_t *sockets = json_object_get(json, "webSocketBrokers");
        int r;

        *ret = (struct epo_package){0};
        r = keep_list(json_object_get(json, "brokers"), &ret->brokers, why);
        if (r == 0 && sockets && !json_is_null(sockets)) {
                ret->websockets_given = true;
                r = keep_list(sockets, &ret->websockets, why);
        }
        json_decref(json);
        return r == 0 ? some_broker(ret, why) : r;
}

void epo_package_done(struct epo_package *package)
{
        free(package->bundle);
        free(package->cert);
        brokerlines_done(&package->brokers);
        brokerlines_done(&package->websockets);
        *package = (struct epo_package){0};
}
