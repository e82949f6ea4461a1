/*
 * The HTTP CONNECT proxy of [Proxy] (dxl-protocol, section 7): what is said to it. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_PROXY_H
#define TQ_PUBLISHER_DXL_PROXY_H

#include "common/text.h"

#include <stddef.h>
#include <stdint.h>

enum { DXL_PROXY_TEXT_MAX = 4096, DXL_PROXY_FIELD_MAX = 512 /* bytes of user and password */ };

struct dxl_proxy {
        char *host; /* NULL: no proxy; without brackets */
        uint16_t port;
        char *user; /* NULL: none */
        char *password;
};

/* "CONNECT host:port HTTP/1.1 …" with its empty line. Returns its length, 0 when it is too long. */
size_t dxl_proxy_request(const struct dxl_proxy *proxy, const char *host, uint16_t port,
                         char out[DXL_PROXY_TEXT_MAX]);
/* How long the head of an answer is, its empty line included; 0: it is not whole yet. */
size_t dxl_proxy_head(struct text answer);
/* 0 for a status of 200–299, else -ECONNREFUSED or -EPROTO with the reason in why. */
int dxl_proxy_verdict(struct text head, char *why, size_t why_size);
/* "user:password@host:port" with what is special in user and password written as %XX, as paho takes
 * it; false when it is too long. */
bool dxl_proxy_url(const struct dxl_proxy *proxy, char out[DXL_PROXY_TEXT_MAX]);

#endif
