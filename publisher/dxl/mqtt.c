#include "publisher/dxl/mqtt.h"

#include "common/clock.h"
#include "publisher/dxl/proxy.h"
#include "publisher/dxl/sockets.h"
#include "publisher/dxl/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <MQTTClient.h>

enum {
        KEEPALIVE_S = 1800,   /* as OpenDXL's own client */
        KEEPALIVE_WEB_S = 45, /* web servers and proxies end a connection that is silent for 60 s */
};

struct dxl_mqtt {
        MQTTClient client;
        char *topic; /* of the last packet; paho's */
        MQTTClient_message *message;
        char error[DXL_MQTT_ERROR_MAX];
};

static void drop_packet(struct dxl_mqtt *m)
{
        if (m->message)
                MQTTClient_freeMessage(&m->message);
        MQTTClient_free(m->topic);
        m->topic = NULL;
}

/* Turns paho's code into ours. What it is called for has ended the connection's use. */
static int lost(struct dxl_mqtt *m, const char *what, int rc)
{
        const char *text = MQTTClient_strerror(rc);
        snprintf(m->error, sizeof(m->error), "%s: %s", what,
                 rc == MQTTCLIENT_FAILURE || !text ? "connection lost" : text);
        return -EPIPE;
}

/* OpenSSL's complaint, one line per entry of its queue: the last is the plainest. */
static int on_tls_error(const char *line, size_t len, void *userdata)
{
        struct dxl_mqtt *m = userdata;
        struct text t = text_trim((struct text){line, len});
        /* "…:error:0A000086:SSL routines:tls_process…:certificate verify failed:…" */
        for (unsigned colons = 0; t.len > 0 && colons < 5; t.ptr++, t.len--)
                colons += *t.ptr == ':';
        const char *end = t.len > 0 ? memchr(t.ptr, ':', t.len) : NULL;
        if (end)
                t.len = (size_t)(end - t.ptr);
        snprintf(m->error, sizeof(m->error), "TLS: %.*s", (int)t.len, t.ptr);
        return 1;
}

/* The codes of CONNACK (MQTT 3.1.1, 3.2.2.3) as a DXL broker uses them. */
static const char *refusal(int code)
{
        switch (code) {
        case 1:
                return "the broker refused: wrong protocol version";
        case 2:
                return "the broker refused the client id";
        case 3:
                return "the broker refused: it has its maximum number of clients";
        case 4:
                return "the broker refused: bad user name or password";
        case 5:
                return "the broker refused: the client certificate is not authorized";
        default:
                return NULL;
        }
}

static int connect_code(struct dxl_mqtt *m, int rc, int64_t took_ms)
{
        if (rc == MQTTCLIENT_SUCCESS)
                return 0;
        const char *refused = refusal(rc);
        if (refused) {
                snprintf(m->error, sizeof(m->error), "%s", refused);
                return -ECONNREFUSED;
        }
        if (took_ms >= DXL_MQTT_CONNECT_S * 1000) {
                snprintf(m->error, sizeof(m->error), "no answer to CONNECT within %d s",
                         DXL_MQTT_CONNECT_S);
                return -ETIMEDOUT;
        }
        if (!m->error[0]) /* on_tls_error has said why, if anyone has */
                snprintf(m->error, sizeof(m->error), "the connection failed");
        return -EPROTO;
}

static int connect_broker(struct dxl_mqtt *m, const struct dxl_config *config)
{
        char proxy[DXL_PROXY_TEXT_MAX];
        MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
        tls.trustStore = config->ca_file;
        tls.keyStore = config->cert_file;
        tls.privateKey = config->key_file;
        tls.privateKeyPassword = config->passphrase;
        tls.enabledCipherSuites = dxl_tls_ciphers;
        tls.enableServerCertAuth = 1;
        tls.verify = config->verify_hostname;
        tls.disableDefaultTrustStore = 1;
        tls.ssl_error_cb = on_tls_error;
        tls.ssl_error_context = m;
        MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
        options.keepAliveInterval = config->websockets ? KEEPALIVE_WEB_S : KEEPALIVE_S;
        options.cleansession = 1; /* a broker cuts the connection for 0 */
        options.connectTimeout = DXL_MQTT_CONNECT_S;
        options.MQTTVersion = MQTTVERSION_3_1_1;
        options.ssl = &tls;
        if (config->proxy.host) {
                if (!dxl_proxy_url(&config->proxy, proxy))
                        return -EINVAL;
                options.httpsProxy = proxy;
        }
        int64_t start = clock_boot_ms();
        int rc = MQTTClient_connect(m->client, &options);
        explicit_bzero(proxy, sizeof(proxy));
        return connect_code(m, rc, clock_boot_ms() - start);
}

int dxl_mqtt_open(const struct dxl_config *config, const char *host, uint16_t port,
                  const char *client_id, struct dxl_mqtt **ret, char error[DXL_MQTT_ERROR_MAX])
{
        _cleanup_(dxl_mqtt_closep) struct dxl_mqtt *m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        char url[320];
        bool v6 = strchr(host, ':') != NULL;
        snprintf(url, sizeof(url), "%s://%s%s%s:%u%s", config->websockets ? "wss" : "ssl",
                 v6 ? "[" : "", host, v6 ? "]" : "", port, config->websockets ? "/mqtt" : "");
        if (MQTTClient_create(&m->client, url, client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL) !=
            MQTTCLIENT_SUCCESS) {
                snprintf(error, DXL_MQTT_ERROR_MAX, "bad client id or host name");
                return -EINVAL;
        }
        MQTTClient_setCommandTimeout(m->client, DXL_MQTT_COMMAND_MS);
        int rc = connect_broker(m, config);
        if (rc < 0) {
                snprintf(error, DXL_MQTT_ERROR_MAX, "%s", m->error);
                return rc;
        }
        dxl_sockets_nodelay(config->proxy.host ? config->proxy.port : port);
        *ret = m;
        m = NULL;
        return 0;
}

void dxl_mqtt_close(struct dxl_mqtt *mqtt)
{
        if (!mqtt)
                return;
        drop_packet(mqtt);
        if (mqtt->client) {
                if (MQTTClient_isConnected(mqtt->client))
                        MQTTClient_disconnect(mqtt->client, 0);
                MQTTClient_destroy(&mqtt->client);
        }
        free(mqtt);
}

int dxl_mqtt_subscribe(struct dxl_mqtt *mqtt, const char *topic)
{
        int rc = MQTTClient_subscribe(mqtt->client, topic, 0);
        return rc == MQTTCLIENT_SUCCESS ? 0 : lost(mqtt, "no answer to SUBSCRIBE", rc);
}

int dxl_mqtt_publish(struct dxl_mqtt *mqtt, const char *topic, const void *payload, size_t len)
{
        int rc = MQTTClient_publish(mqtt->client, topic, (int)len, payload, 0, 0, NULL);
        return rc == MQTTCLIENT_SUCCESS ? 0 : lost(mqtt, "sending", rc);
}

int dxl_mqtt_receive(struct dxl_mqtt *mqtt, int wait_ms, struct dxl_mqtt_packet *ret)
{
        drop_packet(mqtt);
        int topic_len = 0;
        int rc = MQTTClient_receive(mqtt->client, &mqtt->topic, &topic_len, &mqtt->message,
                                    (unsigned long)wait_ms);
        if (!mqtt->message) {
                if (rc == MQTTCLIENT_SUCCESS && MQTTClient_isConnected(mqtt->client))
                        return DXL_MQTT_E_NONE;
                return lost(mqtt, "receiving", MQTTCLIENT_FAILURE);
        }
        if (topic_len == 0)
                topic_len = (int)strlen(mqtt->topic); /* paho gives it only for a topic with NULs */
        ret->topic = (struct text){mqtt->topic, (size_t)topic_len};
        ret->payload = (struct text){mqtt->message->payload, (size_t)mqtt->message->payloadlen};
        return 0;
}

const char *dxl_mqtt_error(const struct dxl_mqtt *mqtt)
{
        return mqtt->error;
}
