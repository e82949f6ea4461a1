/*
 * An HTTP server on loopback, by libmicrohttpd: with TLS for the API, plain for the admin port. One
 * thread per connection, so that a slow answer holds up its own client only.
 */
#ifndef TQ_SIM_THREATQ_SERVER_H
#define TQ_SIM_THREATQ_SERVER_H

#include "common/cleanup.h"
#include "tests/sim/threatq/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;
struct server;

struct server_request {
        const char *method;
        const char *path;
        const char *body; /* NUL-terminated */
        size_t body_len;
        struct MHD_Connection *connection;
};

enum server_end {
        SERVER_WHOLE,
        SERVER_TRUNCATED, /* the announced length is not reached, then the connection is cut */
        SERVER_RESET,     /* no answer, the connection is reset */
};

struct server_reply {
        unsigned status;
        struct buf body;
        const char *content_type;
        char retry_after[40]; /* "": none */
        const char *location; /* of a redirect, or NULL */
        int64_t date;         /* of the Date header, s since 1970; 0: the machine's clock */
        bool challenge;       /* WWW-Authenticate: Bearer */
        bool basic;           /* WWW-Authenticate: Basic */
        enum server_end end;
        size_t cut_at;   /* bytes of body before a truncation */
        int64_t drip_ms; /* pause after each 16 KiB of the body */
        bool gzip;
        bool chunked; /* the length is not announced */
        /* When set, the body is what this adds piece by piece until it returns false. */
        bool (*more)(void *state, struct buf *piece);
        void *state; /* freed with free() */
};

typedef void (*server_handler)(void *userdata, const struct server_request *request,
                               struct server_reply *reply);

struct server_options {
        uint16_t port;    /* 0: a free one */
        char *cert, *key; /* PEM; NULL: no TLS */
        unsigned idle_s;  /* idle connections are closed after this; 0: never */
        server_handler handler;
        void *userdata;
};

/* NULL with errno set when the port or the certificate cannot be used. */
struct server *server_open(const struct server_options *options);
void server_close(struct server *server);
DEFINE_CLEANUP(struct server *, server_close);
uint16_t server_port(const struct server *server);

/* An argument of the query string, NULL when absent. */
const char *server_arg(const struct server_request *request, const char *name);
/* A number of the query string, `missing` when absent, -1 when it is no number. */
int64_t server_arg_number(const struct server_request *request, const char *name, int64_t missing);
const char *server_header(const struct server_request *request, const char *name);

#endif
