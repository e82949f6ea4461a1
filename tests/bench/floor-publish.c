/*
 * The floor for publish: the barest DXL client there can be. One paho client over TLS keeps a
 * window of set-reputation requests in flight and sends the next one for each answer; it keeps no
 * queue, no ledger, no table of requests and reads nothing of an answer but that it is one.
 *
 * Usage: floor-publish PORT CA CERT KEY WINDOW COUNT
 * Prints {"sets":N,"seconds":S,"cpu_seconds":S} of the exchange alone.
 */
#include <MQTTClient.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLIENT_ID "{b6e7d1c4-5b0f-4f3a-9f0e-6d1f0c2a7e55}"
#define REPLY_TOPIC "/mcafee/client/" CLIENT_ID
#define SET_TOPIC "/mcafee/service/tie/file/reputation/set"

enum { MESSAGE_MAX = 1024, ID_LEN = 38, ANSWER_MS = 10000 };

static void die(const char *what)
{
        fprintf(stderr, "floor-publish: %s\n", what);
        exit(1);
}

/* A growing message: msgpack values of the old raw family, one after another. */
struct message {
        uint8_t bytes[MESSAGE_MAX];
        size_t len;
};

static void put_byte(struct message *m, unsigned byte)
{
        m->bytes[m->len++] = (uint8_t)byte;
}

static void put_raw(struct message *m, const char *text)
{
        size_t len = strlen(text);

        if (len < 32) {
                put_byte(m, 0xa0u | (unsigned)len);
        } else {
                put_byte(m, 0xda);
                put_byte(m, (unsigned)(len >> 8));
                put_byte(m, (unsigned)(len & 0xff));
        }
        memcpy(m->bytes + m->len, text, len);
        m->len += len;
}

/* A version 2 request that sets the reputation of the n-th invented SHA-256. */
static void pack_set(struct message *m, unsigned n)
{
        char id[ID_LEN + 1];
        char payload[512];

        snprintf(id, sizeof id, "{%08x-0000-4000-8000-000000000000}", n);
        /* 43 base64 digits and a '=': 32 bytes. */
        snprintf(payload, sizeof payload,
                 "{\"trustLevel\":1,\"providerId\":3,\"filename\":\"\",\"comment\":\"ThreatQ\","
                 "\"hashes\":[{\"type\":\"sha256\",\"value\":\"%08X%035d=\"}]}",
                 n, 0);
        m->len = 0;
        put_byte(m, 2); /* version */
        put_byte(m, 0); /* request */
        put_raw(m, id);
        put_raw(m, ""); /* source client, source broker */
        put_raw(m, "");
        put_byte(m, 0x90); /* broker ids, client ids */
        put_byte(m, 0x90);
        put_raw(m, payload);
        put_raw(m, REPLY_TOPIC);
        put_raw(m, "");    /* service id */
        put_byte(m, 0x90); /* other fields */
        put_raw(m, "");    /* source tenant */
        put_byte(m, 0x90); /* destination tenants */
}

static void send_set(MQTTClient client, unsigned n)
{
        struct message m;

        pack_set(&m, n);
        if (MQTTClient_publish(client, SET_TOPIC, (int)m.len, m.bytes, 0, 0, NULL) !=
            MQTTCLIENT_SUCCESS)
                die("publish failed");
}

static void await_answer(MQTTClient client)
{
        MQTTClient_message *message = NULL;
        char *topic = NULL;
        int topic_len = 0;

        if (MQTTClient_receive(client, &topic, &topic_len, &message, ANSWER_MS) < 0 || !message)
                die("no answer");
        if (message->payloadlen < 2 || ((const uint8_t *)message->payload)[1] != 1)
                die("an answer that is no response");
        MQTTClient_freeMessage(&message);
        MQTTClient_free(topic);
}

static MQTTClient connect_to(char **argv)
{
        MQTTClient client = NULL;
        MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
        MQTTClient_SSLOptions ssl = MQTTClient_SSLOptions_initializer;
        char url[64];

        snprintf(url, sizeof url, "ssl://127.0.0.1:%s", argv[1]);
        ssl.trustStore = argv[2];
        ssl.keyStore = argv[3];
        ssl.privateKey = argv[4];
        options.ssl = &ssl;
        options.keepAliveInterval = 1800;
        options.cleansession = 1;
        options.MQTTVersion = MQTTVERSION_3_1_1;
        if (MQTTClient_create(&client, url, CLIENT_ID, MQTTCLIENT_PERSISTENCE_NONE, NULL) !=
                MQTTCLIENT_SUCCESS ||
            MQTTClient_connect(client, &options) != MQTTCLIENT_SUCCESS ||
            MQTTClient_subscribe(client, REPLY_TOPIC, 0) != MQTTCLIENT_SUCCESS)
                die("cannot connect");
        return client;
}

static double now(clockid_t clock)
{
        struct timespec t;

        clock_gettime(clock, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
        if (argc != 7)
                die("usage: floor-publish PORT CA CERT KEY WINDOW COUNT");
        unsigned window = (unsigned)atoi(argv[5]);
        unsigned count = (unsigned)atoi(argv[6]);
        unsigned sent = 0;
        MQTTClient client = connect_to(argv);
        double start = now(CLOCK_MONOTONIC);
        double start_cpu = now(CLOCK_PROCESS_CPUTIME_ID);

        for (unsigned answered = 0; answered < count; answered++) {
                while (sent < count && sent < answered + window)
                        send_set(client, sent++);
                await_answer(client);
        }
        printf("{\"sets\":%u,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n", count,
               now(CLOCK_MONOTONIC) - start, now(CLOCK_PROCESS_CPUTIME_ID) - start_cpu);
        MQTTClient_disconnect(client, 1000);
        MQTTClient_destroy(&client);
        return 0;
}
