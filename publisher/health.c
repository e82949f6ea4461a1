#include "publisher/health.h"

#include "common/clock.h"
#include "publisher/dxl/fault.h"
#include "publisher/dxl/tie.h"

#include <stdio.h>
#include <string.h>

/* Asks what the fabric offers, unless an answer is awaited or could hardly be another one. */
static void ask(struct health *h, int64_t now_ms)
{
        if (preflight_awaited(&h->preflight) > 0)
                return;
        if (h->asked_ms != 0 && now_ms - h->asked_ms < h->request_timeout_ms)
                return;
        h->asked_ms = now_ms;
        preflight_ask(&h->preflight, h->dxl);
}

void health_look(struct health *h, int64_t now_ms)
{
        struct dxl_state state;

        dxl_fabric_state(h->dxl, &state);
        if (state.connections != h->connections) {
                breaker_reconnected(&h->set);
                h->asked_ms = 0;
        }
        if (state.connected && !h->connected) {
                h->unanswered_since = 0;
                h->last_error[0] = '\0';
        }
        h->connections = state.connections;
        h->connected = state.connected;
        if (h->connected && h->asked_ms == 0)
                ask(h, now_ms);
        if (!state.connected && state.last_error[0] != '\0')
                snprintf(h->last_error, sizeof(h->last_error), "not connected: %s",
                         state.last_error);
}

void health_wants(struct health *h)
{
        if (!h->connected && h->unanswered_since == 0)
                h->unanswered_since = clock_wall_s();
}

/* ---- the preflight ---- */

/* Whether a silence is more than a lost message: nothing was answered yet on this connection, or
 * many in a row were not. */
static bool is_mute(const struct health *h)
{
        return h->set.silent > 0 && (!h->set.proven || breaker_open(&h->set));
}

/* Once the preflight's answers say enough of the silence before them. */
static void explain(struct health *h)
{
        bool known =
            h->preflight.get.reply == PREFLIGHT_ANSWERED || preflight_awaited(&h->preflight) == 0;

        if (!h->explain || !known || !is_mute(h))
                return;
        h->explain = false;
        diagnosis_silence(&h->preflight, dxl_fabric_thumbprint(h->dxl), h->request_timeout_ms,
                          h->last_error);
        if (strcmp(h->said, h->last_error) != 0)
                log_warn(h->log, "%s", h->last_error);
        snprintf(h->said, sizeof(h->said), "%s", h->last_error);
}

static void say_preflight(struct health *h)
{
        char text[DIAGNOSIS_MAX];

        diagnosis_preflight(&h->preflight, text);
        if (diagnosis_good(&h->preflight))
                log_info(h->log, "%s", text);
        else
                log_warn(h->log, "%s", text);
}

bool health_take(struct health *h, const struct dxl_completion *c)
{
        unsigned awaited = preflight_awaited(&h->preflight);

        if (!preflight_take(&h->preflight, c))
                return false;
        if (h->explain)
                explain(h);
        else if (h->connected && awaited > 0 && preflight_awaited(&h->preflight) == 0 &&
                 !is_mute(h))
                say_preflight(h);
        return true;
}

/* ---- how requests end ---- */

/* Nobody answered, or nobody was there: `error` says so as far as it is known now. */
static void unanswered(struct health *h, const char *error, int64_t now_ms, int64_t waited_ms)
{
        bool was_open = breaker_open(&h->set);

        breaker_timed_out(&h->set, now_ms, h->request_timeout_ms);
        if (h->said[0] == '\0')
                snprintf(h->last_error, sizeof(h->last_error), "%s", error);
        if (h->unanswered_since == 0)
                h->unanswered_since = clock_wall_s() - waited_ms / 1000;
        if (!was_open && breaker_open(&h->set))
                log_warn(h->log, "%s Only single probes from now on, the next in %lld s", error,
                         (long long)((h->set.next_probe_ms - now_ms) / 1000));
}

static void answered(struct health *h, int64_t now_ms)
{
        breaker_answered(&h->set, now_ms);
        h->unanswered_since = 0;
        h->last_error[0] = h->said[0] = '\0';
        h->explain = false;
}

static void timed_out(struct health *h, int64_t now_ms)
{
        char error[DIAGNOSIS_MAX];

        snprintf(error, sizeof(error),
                 "no answer from TIE within %lld s: is the service up, and may the certificate "
                 "send on %s?",
                 (long long)(h->request_timeout_ms / 1000), tie_topic_set);
        unanswered(h, error, now_ms, h->request_timeout_ms);
        h->explain = true;
        ask(h, now_ms);
        explain(h);
}

static void overloaded(struct health *h, const char *fault, int64_t now_ms)
{
        bool paused = breaker_state(&h->set, now_ms) == BREAKER_PAUSED;

        breaker_overloaded(&h->set, now_ms, h->retry_delay_ms);
        snprintf(h->last_error, sizeof(h->last_error), "TIE cannot take more now: %s", fault);
        if (h->unanswered_since == 0)
                h->unanswered_since = clock_wall_s();
        if (!paused)
                log_warn(h->log, "%s; nothing is sent for %.1f s", h->last_error,
                         (double)h->set.pause_ms / 1000);
}

static void refused(struct health *h, const struct dxl_completion *c, int64_t now_ms)
{
        char fault[DXL_FAULT_TEXT_MAX], error[DIAGNOSIS_MAX];

        dxl_fault_describe(c->error_code, c->error_text, fault);
        switch (dxl_fault_of(c->error_code)) {
        case DXL_FAULT_NONE:
                answered(h, now_ms);
                snprintf(h->last_error, sizeof(h->last_error), "TIE answered %s", fault);
                break;
        case DXL_FAULT_OVERLOADED:
                overloaded(h, fault, now_ms);
                break;
        case DXL_FAULT_NO_SERVICE:
        case DXL_FAULT_OTHER:
        default:
                snprintf(error, sizeof(error), "the fabric did not deliver to TIE: %s", fault);
                h->said[0] = '\0';
                unanswered(h, error, now_ms, 0);
                ask(h, now_ms);
                break;
        }
}

void health_set_ended(struct health *h, const struct dxl_completion *c, int64_t now_ms)
{
        switch (c->result) {
        case DXL_ANSWERED:
                answered(h, now_ms);
                break;
        case DXL_ERROR:
                refused(h, c, now_ms);
                break;
        case DXL_TIMEOUT:
                timed_out(h, now_ms);
                break;
        case DXL_DISCONNECTED: /* says nothing of TIE */
        case DXL_NOT_SENT:
        default:
                break;
        }
}

void health_get_ended(struct health *h, const struct dxl_completion *c, int64_t now_ms)
{
        if (c->result == DXL_ANSWERED || c->result == DXL_ERROR)
                breaker_answered(&h->get, now_ms);
        if (c->result == DXL_TIMEOUT)
                breaker_timed_out(&h->get, now_ms, h->request_timeout_ms);
}
