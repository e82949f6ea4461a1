/*
 * A DXL message, the payload of one MQTT PUBLISH: msgpack values one after another, not an array.
 *
 *      version  type  message-id  source-client  source-broker  [brokers]  [clients]  payload
 *      request:         reply-to  service-id
 *      response, error: request-id  service-id          error also: code  text
 *      version 1 on:    [other fields: key value key value …]
 *      version 2 on:    source-tenant  [tenants]
 *      version 3 on:    source-instance, written by brokers
 *
 * Texts and payload are packed in msgpack's old raw family (fixraw, raw16, raw32) only, never str8
 * or bin: a broker takes a message with those for something else and answers nothing. Reading also
 * takes str8 and bin. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_MESSAGE_H
#define TQ_PUBLISHER_DXL_MESSAGE_H

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

enum {
        DXL_MESSAGE_E_BAD = 1, /* not a DXL message */

        DXL_MESSAGE_MAX = 1 << 20, /* bytes; a broker cuts the connection for more */
        DXL_MESSAGE_VERSION = 2,   /* what a client writes */
};

enum dxl_message_type {
        DXL_MESSAGE_REQUEST = 0,
        DXL_MESSAGE_RESPONSE = 1,
        DXL_MESSAGE_EVENT = 2,
        DXL_MESSAGE_ERROR = 3,
};

/* Packed texts inside a message; walk it with dxl_message_next. */
struct dxl_message_list {
        const uint8_t *ptr;
        size_t len;     /* bytes */
        uint32_t count; /* texts left */
};

/* Fields that the type or the version has not are empty. Texts of a decoded message point into it.
 */
struct dxl_message {
        unsigned version; /* 0 and up; written: 0, 1, 2, 3 */
        enum dxl_message_type type;
        struct text message_id;
        struct text source_client_id;
        struct text source_broker_id;
        struct dxl_message_list broker_ids;
        struct dxl_message_list client_ids;
        struct text payload;
        struct text reply_to; /* of a request; empty when it was nil */
        struct text request_message_id;
        struct text service_id;
        int64_t error_code; /* as packed: mask with 0xffffffff before comparing */
        struct text error_text;
        struct dxl_message_list other_fields; /* key, value, key, value … */
        struct text source_tenant_guid;
        struct dxl_message_list tenant_guids;
        struct text source_instance_id;
};

/* Reads a whole message, lists to their last element. Bytes after the last known field are ignored
 * from version 3 on, else refused. 0, or DXL_MESSAGE_E_BAD with *ret untouched. */
int dxl_message_decode(const void *data, size_t len, struct dxl_message *ret);
/* The next text of a list; false at its end. */
bool dxl_message_next(struct dxl_message_list *list, struct text *ret);

/* Appends the message to out. Memory out aborts. */
void dxl_message_pack(msgpack_sbuffer *out, const struct dxl_message *message);
/* Appends one text of a list; dxl_message_list_of turns the texts in a buffer into a list, valid
 * until the buffer changes. */
void dxl_message_pack_text(msgpack_sbuffer *out, struct text t);
struct dxl_message_list dxl_message_list_of(const msgpack_sbuffer *texts, uint32_t count);

#endif
