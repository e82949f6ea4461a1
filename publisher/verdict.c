#include "publisher/verdict.h"

#include "publisher/diagnosis.h"
#include "publisher/dxl/fault.h"
#include "publisher/dxl/tie.h"

#include <string.h>

#include <jansson.h>

void verdict_connection(struct finding *ret, const char *fabric, const struct dxl_state *state,
                        int64_t waited_ms)
{
        if (state->connected)
                finding_set(ret, "dxl-connection", fabric, FINDING_OK, NULL, "connected to %s",
                            state->broker);
        else
                finding_set(ret, "dxl-connection", fabric, FINDING_FAILED,
                            "look at the brokers and certificates that dxlclient.config names",
                            "no broker took the connection within %lld s: %s",
                            (long long)(waited_ms / 1000),
                            state->last_error[0] ? state->last_error : "no answer");
}

bool verdict_certificate(struct finding *ret, const char *fabric, const char *what,
                         const char *where, int64_t expires_s, int64_t now_s)
{
        static const enum finding_level levels[] = {
            [DXL_EXPIRY_FINE] = FINDING_OK,
            [DXL_EXPIRY_SOON] = FINDING_WARNING,
            [DXL_EXPIRY_PAST] = FINDING_FAILED,
        };
        enum dxl_expiry level = dxl_expiry_level(expires_s, now_s);
        char text[DXL_EXPIRY_TEXT_MAX];
        bool brokers = strcmp(what, "broker-certificate") == 0;

        if (level == DXL_EXPIRY_UNKNOWN)
                return false;
        finding_set(ret, what, fabric, levels[level],
                    level == DXL_EXPIRY_FINE ? NULL
                    : brokers                ? "renew the broker's certificate"
                                             : "provision the client anew",
                    "%s %s", where, dxl_expiry_text(expires_s, now_s, text));
        return true;
}

void verdict_registry(struct finding *ret, const char *fabric, const struct preflight *p)
{
        static const char start_tie[] =
            "start the TIE server, or connect its fabric to this one, and look at DXL Topic "
            "Authorization in ePO's Server Settings";
        bool answered = p->registry.reply == PREFLIGHT_ANSWERED;
        bool serves = p->services.set > p->services.set_deaf && p->services.get > 0;
        char text[DIAGNOSIS_MAX];

        diagnosis_registry(p, text);
        if (answered && !serves)
                finding_set(ret, "tie-registry", fabric, FINDING_FAILED, start_tie, "%s", text);
        else if (answered)
                finding_set(ret, "tie-registry", fabric, FINDING_OK, NULL, "%s", text);
        else
                finding_set(ret, "tie-registry", fabric, FINDING_WARNING,
                            "none is needed: TIE is asked all the same; an OpenDXL broker has a "
                            "registry that answers",
                            "%s", text);
}

void verdict_get(struct finding *ret, const char *fabric, const struct preflight *p,
                 const char *thumbprint)
{
        char text[DIAGNOSIS_MAX], mend[DIAGNOSIS_MAX];

        diagnosis_get(p, text);
        if (p->get.reply == PREFLIGHT_ANSWERED) {
                finding_set(ret, "tie-get", fabric, FINDING_OK, NULL, "%s", text);
                return;
        }
        snprintf(
            mend, sizeof(mend),
            "look at the TIE server, and whether the certificate %s may send on %s (ePO: Server "
            "Settings, DXL Topic Authorization)",
            thumbprint, tie_topic_get);
        finding_set(ret, "tie-get", fabric, FINDING_FAILED, mend, "%s", text);
}

void verdict_set(struct finding *ret, const char *fabric, const char *status,
                 const char *thumbprint)
{
        json_t *root = status ? json_loads(status, 0, NULL) : NULL;
        const json_t *breaker = json_object_get(root, "breaker");
        const char *state = json_string_value(json_object_get(breaker, "state"));
        const char *error = json_string_value(json_object_get(root, "last_error"));

        if (state && strcmp(state, "closed") != 0)
                finding_set(ret, "tie-set", fabric, FINDING_FAILED,
                            "as the text says; the publisher tries again by itself, and its queue "
                            "is kept",
                            "the running publisher has no success: %s",
                            error && error[0] ? error : "no answer to set");
        else if (error && error[0])
                finding_set(ret, "tie-set", fabric, FINDING_WARNING,
                            "the publisher tries again by itself",
                            "the running publisher's last error: %s", error);
        else
                finding_set(ret, "tie-set", fabric, FINDING_OK, NULL,
                            "not tried, for it would change a reputation; the certificate %s needs "
                            "TIE Server Set Enterprise Reputation (ePO: Server Settings, DXL Topic "
                            "Authorization)",
                            thumbprint);
        json_decref(root);
}
