#include "publisher/diagnosis.h"

#include "publisher/dxl/fault.h"
#include "publisher/dxl/tie.h"

#include <stdio.h>
#include <string.h>

/* TIE itself has answered, if only by an error of its own. */
static bool tie_answers(const struct preflight_question *get)
{
        return get->reply == PREFLIGHT_ANSWERED || get->reply == PREFLIGHT_BAD ||
               (get->reply == PREFLIGHT_REFUSED && dxl_fault_of(get->error_code) == DXL_FAULT_NONE);
}

static bool none_registered(const struct preflight *p)
{
        return p->registry.reply == PREFLIGHT_ANSWERED && p->services.set == 0;
}

void diagnosis_silence(const struct preflight *p, const char *thumbprint, int64_t timeout_ms,
                       char out[DIAGNOSIS_MAX])
{
        char fault[DXL_FAULT_TEXT_MAX];

        if (tie_answers(&p->get)) {
                /* dxl-protocol.md 9, 2: a broker drops what a client may not send, in silence. */
                snprintf(out, DIAGNOSIS_MAX,
                         "no answer to set: the certificate %s is probably not allowed to send on "
                         "%s (ePO: Server Settings, DXL Topic Authorization, TIE Server Set "
                         "Enterprise Reputation); it can take hours to take effect",
                         thumbprint[0] ? thumbprint : "?", tie_topic_set);
        } else if (p->get.reply == PREFLIGHT_REFUSED) {
                dxl_fault_describe(p->get.error_code, p->get.error_text, fault);
                snprintf(out, DIAGNOSIS_MAX,
                         "no answer to set, and a get of a reputation is refused by the fabric: "
                         "%s; look at the TIE server",
                         fault);
        } else if (none_registered(p)) {
                snprintf(out, DIAGNOSIS_MAX,
                         "no answer to set: no TIE server is registered on this fabric for %s; is "
                         "it running, and connected to this fabric?",
                         tie_topic_set);
        } else {
                snprintf(out, DIAGNOSIS_MAX,
                         "no answer from TIE within %lld s, to set nor to get%s: is the service "
                         "up, and may the certificate %s send on %s?",
                         (long long)(timeout_ms / 1000),
                         p->registry.reply == PREFLIGHT_ANSWERED ? ", though it is registered" : "",
                         thumbprint[0] ? thumbprint : "?", tie_topic_set);
        }
}

void diagnosis_registry(const struct preflight *p, char out[DIAGNOSIS_MAX])
{
        char fault[DXL_FAULT_TEXT_MAX];

        switch (p->registry.reply) {
        case PREFLIGHT_ANSWERED:
                snprintf(out, DIAGNOSIS_MAX,
                         "TIE servers registered: %u, for set: %u, for get: %u%s",
                         p->services.instances, p->services.set, p->services.get,
                         p->services.set_deaf > 0
                             ? " (some may not receive set by the topic authorization)"
                             : "");
                break;
        case PREFLIGHT_REFUSED:
                dxl_fault_describe(p->registry.error_code, p->registry.error_text, fault);
                snprintf(out, DIAGNOSIS_MAX, "the broker's service registry refuses: %s", fault);
                break;
        case PREFLIGHT_BAD:
                snprintf(out, DIAGNOSIS_MAX, "the broker's service registry answers nonsense");
                break;
        case PREFLIGHT_SILENT:
                snprintf(out, DIAGNOSIS_MAX, "the broker has no service registry that answers");
                break;
        case PREFLIGHT_NONE:
        case PREFLIGHT_AWAITED:
        default:
                snprintf(out, DIAGNOSIS_MAX, "the service registry was not asked");
                break;
        }
}

void diagnosis_get(const struct preflight *p, char out[DIAGNOSIS_MAX])
{
        char fault[DXL_FAULT_TEXT_MAX];

        switch (p->get.reply) {
        case PREFLIGHT_ANSWERED:
                snprintf(out, DIAGNOSIS_MAX, "TIE answers a get");
                break;
        case PREFLIGHT_REFUSED:
                dxl_fault_describe(p->get.error_code, p->get.error_text, fault);
                snprintf(out, DIAGNOSIS_MAX, "a get is refused: %s", fault);
                break;
        case PREFLIGHT_BAD:
                snprintf(out, DIAGNOSIS_MAX, "TIE answers a get with what is no reputation");
                break;
        case PREFLIGHT_SILENT:
                snprintf(out, DIAGNOSIS_MAX, "a get has no answer");
                break;
        case PREFLIGHT_NONE:
        case PREFLIGHT_AWAITED:
        default:
                snprintf(out, DIAGNOSIS_MAX, "TIE was not asked");
                break;
        }
}

void diagnosis_preflight(const struct preflight *p, char out[DIAGNOSIS_MAX])
{
        char get[DIAGNOSIS_MAX];
        size_t len;

        diagnosis_registry(p, out);
        diagnosis_get(p, get);
        len = strlen(out);
        snprintf(out + len, DIAGNOSIS_MAX - len, "; %s", get);
}

bool diagnosis_good(const struct preflight *p)
{
        bool registered = p->registry.reply != PREFLIGHT_ANSWERED ||
                          (p->services.set > p->services.set_deaf && p->services.get > 0);

        return registered && p->get.reply == PREFLIGHT_ANSWERED;
}
