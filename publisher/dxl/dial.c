#include "publisher/dxl/dial.h"

#include "common/clock.h"
#include "publisher/dxl/certs.h"
#include "publisher/dxl/survey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One round under way. */
struct attempt {
        struct dxl_dial *dial;
        struct dxl_survey survey;
        size_t *order;
        struct dxl_rank *ranks;
        struct dxl_line *line;
        char *error; /* DXL_DIAL_ERROR_MAX; "" until one broker has failed */
};

/* The first failure is that of the best broker, and the one to tell. */
static void failed(struct attempt *a, const struct dxl_broker *b, const char *host,
                   const char *error)
{
        log_debug(a->dial->log, "broker did not take the connection host=%s port=%u error=%s",
                  LOG_Q(text_of(host)), b->port, LOG_Q(text_of(error)));
        if (!a->error[0])
                snprintf(a->error, DXL_DIAL_ERROR_MAX, "%.100s:%u: %.380s", host, b->port, error);
}

/* paho says only that there is no connection, so the broker is asked once more. */
static void explain(struct attempt *a, const char *host, uint16_t port,
                    char error[DXL_MQTT_ERROR_MAX])
{
        struct dxl_patience patience = {clock_boot_ms() + DXL_DIAL_MEASURE_MS, -1};
        struct dxl_probe probe = {.expiries = a->line->expiries};

        dxl_probe_refusal(a->survey.ctx, a->dial->config, host, port, &patience, &probe);
        snprintf(error, DXL_MQTT_ERROR_MAX, "%s", probe.error);
}

static int open_line(struct attempt *a, const char *host, uint16_t port,
                     char error[DXL_MQTT_ERROR_MAX])
{
        const struct dxl_config *config = a->dial->config;
        struct dxl_mqtt *mqtt;

        error[0] = '\0';
        atomic_store(&a->dial->port, config->proxy.host ? config->proxy.port : port);
        int rc = dxl_mqtt_open(config, host, port, a->dial->client_id, &mqtt, error);
        if (rc == 0) {
                rc = dxl_mqtt_subscribe(mqtt, a->dial->reply_topic);
                if (rc == 0)
                        a->line->mqtt = mqtt;
                else
                        snprintf(error, DXL_MQTT_ERROR_MAX, "%s", dxl_mqtt_error(mqtt));
                if (rc != 0)
                        dxl_mqtt_close(mqtt);
        }
        atomic_store(&a->dial->port, 0);
        if (rc == -EPROTO && a->dial->go_on(a->dial->userdata))
                explain(a, host, port, error);
        return rc;
}

static bool try_broker(struct attempt *a, size_t i)
{
        const struct dxl_broker *b = &a->dial->config->brokers[i];
        const struct dxl_finding *f = &a->survey.findings[i];
        const char *host = f->probe.address[0] ? f->probe.address : f->by_ip ? b->ip : b->host;
        char error[DXL_MQTT_ERROR_MAX];

        if (f->probe.rc != 0) {
                failed(a, b, host, f->probe.error);
                return false;
        }
        if (open_line(a, host, b->port, error) != 0) {
                failed(a, b, host, error);
                return false;
        }
        a->line->broker = b;
        a->line->expiries.broker_s = f->probe.expiries.broker_s;
        a->line->expiries.ca_s = f->probe.expiries.ca_s;
        return true;
}

/* Looks at the brokers that are wanted and tries them, the best first. Those that were too slow to
 * answer are wanted then. */
static int look_and_try(struct attempt *a, int64_t bound_ms, bool *ret_slow)
{
        const struct dxl_config *config = a->dial->config;
        struct dxl_finding *findings = a->survey.findings;

        *ret_slow = false;
        a->survey.bound_ms = bound_ms;
        int rc = dxl_survey_run(&a->survey);
        if (rc < 0)
                return rc;
        for (size_t i = 0; i < config->broker_count; i++)
                a->ranks[i] = findings[i].probe.rank;
        dxl_order(a->ranks, config->broker_count, a->order);
        for (size_t n = 0; n < config->broker_count; n++) {
                size_t i = a->order[n];
                if (!a->dial->go_on(a->dial->userdata))
                        return -ECANCELED;
                if (!findings[i].wanted)
                        continue;
                findings[i].wanted = findings[i].probe.rc == -ETIMEDOUT;
                *ret_slow |= findings[i].wanted;
                if (try_broker(a, i))
                        return 0;
        }
        return -EHOSTUNREACH;
}

static int run(struct attempt *a)
{
        const struct dxl_config *config = a->dial->config;
        bool slow;

        for (size_t i = 0; i < config->broker_count; i++) {
                a->survey.findings[i].wanted = true;
                a->survey.findings[i].probe.expiries = a->line->expiries;
        }
        int rc = look_and_try(a, DXL_DIAL_MEASURE_MS, &slow);
        if (rc == -EHOSTUNREACH && slow) {
                char first[DXL_DIAL_ERROR_MAX];
                snprintf(first, sizeof(first), "%s", a->error);
                a->error[0] = '\0';
                rc = look_and_try(a, DXL_DIAL_PATIENT_MS, &slow);
                if (!a->error[0])
                        snprintf(a->error, DXL_DIAL_ERROR_MAX, "%s", first);
        }
        return rc;
}

int dxl_dial_round(struct dxl_dial *dial, struct dxl_line *ret, char error[DXL_DIAL_ERROR_MAX])
{
        const struct dxl_config *config = dial->config;
        _cleanup_(SSL_CTX_freep) SSL_CTX *ctx = NULL;
        _cleanup_(freep) struct dxl_finding *findings =
            calloc(config->broker_count, sizeof(*findings));
        _cleanup_(freep) size_t *order = calloc(config->broker_count, sizeof(*order));
        _cleanup_(freep) struct dxl_rank *ranks = calloc(config->broker_count, sizeof(*ranks));

        *ret = (struct dxl_line){.expiries.client_s = dxl_certs_client_end(config),
                                 .expiries.ca_s = dxl_certs_bundle_end(config)};
        error[0] = '\0';
        if (!findings || !order || !ranks)
                return -ENOMEM;
        int rc = dxl_tls_open(config, &ctx, error);
        if (rc < 0)
                return rc;
        struct attempt a = {
            .dial = dial,
            .survey = {.ctx = ctx,
                       .config = config,
                       .findings = findings,
                       .go_on = dial->go_on,
                       .userdata = dial->userdata},
            .order = order,
            .ranks = ranks,
            .line = ret,
            .error = error,
        };
        return run(&a);
}
