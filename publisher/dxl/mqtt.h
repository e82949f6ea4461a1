/*
 * One MQTT 3.1.1 connection over TLS to one broker: the edge to paho's synchronous client, without
 * its callbacks and so without its threads. One connection at a time in a process, used from one
 * thread: clients of this kind take each other's packets. After a failure close it and open a new
 * one: it does not come back by itself.
 */
#ifndef TQ_PUBLISHER_DXL_MQTT_H
#define TQ_PUBLISHER_DXL_MQTT_H

#include "common/cleanup.h"
#include "common/text.h"
#include "publisher/dxl/dxlconfig.h"

#include <stddef.h>
#include <stdint.h>

struct dxl_mqtt;

enum {
        DXL_MQTT_E_NONE = 1, /* nothing came */

        DXL_MQTT_CONNECT_S = 10,    /* a connection attempt takes no longer, TLS included */
        DXL_MQTT_COMMAND_MS = 5000, /* for an acknowledgement; the least that paho takes */
        DXL_MQTT_WAIT_MAX_MS = 90, /* paho sleeps 100 ms on its own when it is asked to wait more */
        DXL_MQTT_ERROR_MAX = 512,
};

struct dxl_mqtt_packet {
        struct text topic;
        struct text payload;
};

/* Connects to host (a broker's name or address) with the certificates of config; by WebSockets and
 * through its proxy if config says so. 0 or -ECONNREFUSED (the broker said no to MQTT), -EPROTO (no
 * connection: paho hardly tells why, probe.h does), -ETIMEDOUT, -EINVAL, -ENOMEM, with what is
 * known of the reason in error. A proxy that takes the connection and is silent holds it for 10 s
 * more. */
int dxl_mqtt_open(const struct dxl_config *config, const char *host, uint16_t port,
                  const char *client_id, struct dxl_mqtt **ret, char error[DXL_MQTT_ERROR_MAX]);
/* Says good-bye when it is still connected. */
void dxl_mqtt_close(struct dxl_mqtt *mqtt);
DEFINE_CLEANUP(struct dxl_mqtt *, dxl_mqtt_close);

/* Subscribes (again) and waits for the broker's acknowledgement: also a proof that it lives. 0 or
 * -EPIPE. */
int dxl_mqtt_subscribe(struct dxl_mqtt *mqtt, const char *topic);
/* 0: written to the socket, not more. -EPIPE: connection lost, perhaps after a part of it left. */
int dxl_mqtt_publish(struct dxl_mqtt *mqtt, const char *topic, const void *payload, size_t len);
/* Waits up to wait_ms (<= DXL_MQTT_WAIT_MAX_MS) for a message. 0, DXL_MQTT_E_NONE, -EPIPE. The
 * packet is valid until the next call. */
int dxl_mqtt_receive(struct dxl_mqtt *mqtt, int wait_ms, struct dxl_mqtt_packet *ret);
/* The reason of the last failure. Valid until the next call. */
const char *dxl_mqtt_error(const struct dxl_mqtt *mqtt);

#endif
