/*
 * Who is let in to the web page: read-only methods, no foreign names for a loopback address (DNS
 * rebinding), the token where one is asked for. Pure but for the session's random key.
 */
#ifndef TQ_CONSOLE_ACCESS_H
#define TQ_CONSOLE_ACCESS_H

#include <stdbool.h>

enum { ACCESS_SESSION_MAX = 65, ACCESS_TOKEN_MIN = 16 };

enum access_verdict {
        ACCESS_GRANTED,
        ACCESS_METHOD, /* neither GET nor HEAD: 405 */
        ACCESS_HOST,   /* the Host header names no loopback address: 403 */
        ACCESS_TOKEN,  /* no token, or a wrong one: 401 */
};

struct access_policy {
        bool loopback;     /* it listens where only this machine comes in */
        const char *token; /* NULL: none is asked for */
        /* What a browser that showed the token once keeps as its cookie: random, for as long as the
         * server runs, and no way back to the token. */
        char session[ACCESS_SESSION_MAX];
};

/* Headers are NULL when the request has none. */
struct access_request {
        const char *method;
        const char *host;
        const char *authorization;
        const char *session; /* the cookie's value */
        bool open;           /* a page that needs no token */
};

/* Whether a token is long enough, of visible ASCII characters. */
bool access_token_is_fit(const char *token);
/* 0 or -errno. */
int access_init(struct access_policy *policy, bool loopback, const char *token);
enum access_verdict access_judge(const struct access_policy *policy,
                                 const struct access_request *request);
/* Whether the request brings the token itself, and so may get a session. */
bool access_shows_token(const struct access_policy *policy, const struct access_request *request);

#endif
