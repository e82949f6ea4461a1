/*
 * The HTTP server, by libmicrohttpd, on the caller's epoll and thread. Bounded: connections, bytes
 * of a request's head, seconds until a request is whole and until its answer is taken.
 */
#ifndef TQ_CONSOLE_SERVER_H
#define TQ_CONSOLE_SERVER_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

enum {
        SERVER_CONNECTIONS_MAX = 64, /* more wait until one ends */
        SERVER_HEAD_MAX = 16 << 10,  /* bytes of a request's line and headers */
        SERVER_REQUEST_MS = 10000,   /* until a request is whole; an idle connection is closed */
        SERVER_ANSWER_MS = 30000,    /* until its answer is taken */
};

/* Texts are NULL when the request has none; valid during the call. */
struct server_request {
        const char *method;
        const char *path;
        const char *query; /* q=, decoded */
        const char *host;
        const char *accept;
        const char *authorization;
        const char *session; /* the cookie SERVER_COOKIE */
        uint64_t *ticket;    /* the handler's own, 0 at first: what the request waits for */
};

#define SERVER_COOKIE "tq_session"

struct server_reply {
        unsigned status;
        const char *type; /* Content-Type, a literal */
        const void *body; /* copied */
        size_t len;
        const char *set_cookie; /* or NULL; copied */
};

/* Fills in *ret and returns true, or false: it is asked again after server_wake. */
typedef bool (*server_fn)(const struct server_request *request, struct server_reply *ret,
                          void *userdata);

/* Takes the listening socket over, also when it fails. 0 or -errno. */
int server_open(int listener, int epoll, server_fn fn, void *userdata, struct server **ret);
void server_close(struct server *server);
DEFINE_CLEANUP(struct server *, server_close);
/* Call it when `epoll` is readable, and at server_next. */
void server_serve(struct server *server, int64_t boot_ms);
int64_t server_next(const struct server *server, int64_t boot_ms);
/* Asks again for all requests that wait. */
void server_wake(struct server *server);

#endif
