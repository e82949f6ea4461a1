/*
 * HTTP over TLS by libcurl: one handle per thread, one kept-alive connection, HTTP/1.1, gzip
 * accepted, redirects refused (they would leak the token), server certificate verified. Bounded:
 * connect 10 s, a transfer that stands still for 60 s is ended, a body is at most `body_max` bytes.
 */
#ifndef TQ_COMMON_HTTP_H
#define TQ_COMMON_HTTP_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

struct http_request {
        const char *method; /* "GET", "POST", "PUT", "DELETE" */
        const char *url;
        const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
        const char *user_password;  /* "user:password" for Basic authentication, or NULL */
        const char *body;           /* or NULL */
        size_t body_len;
        size_t body_max;    /* most bytes of the answer's body, decompressed */
        int64_t timeout_ms; /* of the whole request; 0: as long as something moves */
        /* Takes the body of a 2xx answer piece by piece; a negative return ends the transfer with
         * it. NULL: the body is kept in the response. Bodies of other answers are always kept (up
         * to 64 KiB). */
        int (*on_body)(const void *data, size_t len, void *userdata);
        void *userdata;
};

struct http_response {
        int status; /* 100–599 */
        char *body; /* NUL-terminated; http_response_done frees */
        size_t body_len;
        int64_t retry_after_ms; /* of Retry-After, seconds or date; -1 when absent */
        int64_t date;           /* of Date, the server's clock, s since 1970; 0 when absent */
};

/* ca_file NULL: the system's CAs. verify false: the certificate is not checked. */
int http_open(const char *ca_file, bool verify, struct http **ret);
void http_close(struct http *http);
DEFINE_CLEANUP(struct http *, http_close);
/* Makes requests that are under way or come later fail with -ECANCELED; safe from another thread.
 */
void http_cancel(struct http *http);
/* 0: an answer came, whole, whatever its status (a body with neither length nor chunks ends with
 * its connection: only its own syntax tells that it is whole). Else -errno with http_error:
 * -EHOSTUNREACH (no connection), -EKEYREJECTED (the certificate is not trusted, or another host's),
 * -EPROTO (TLS refused), -ECONNRESET (cut or truncated), -ETIMEDOUT,
 * -EFBIG, -ECANCELED, or on_body's. */
int http_do(struct http *http, const struct http_request *request, struct http_response *ret);
void http_response_done(struct http_response *response);
/* The library's text of the last failure. Valid until the next call. */
const char *http_error(const struct http *http);

#endif
