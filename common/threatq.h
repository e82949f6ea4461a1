/*
 * ThreatQ's REST API as a client of the connector sees it: log in (password or client_credentials
 * grant), keep the token until shortly before `expires_in`, log in anew once on a 401, and say what
 * kind of answer came. One account is shared by all threads of a process; each thread has its
 * session.
 */
#ifndef TQ_COMMON_THREATQ_H
#define TQ_COMMON_THREATQ_H

#include "common/cleanup.h"
#include "common/config.h"
#include "common/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct threatq_account;
struct threatq_session;

enum threatq_answer {
        THREATQ_OK = 0,      /* 2xx, and no `errors` in a kept JSON body */
        THREATQ_E_LATER = 1, /* 429, 5xx, no connection, cut, time-out: try again after
                                retry_after_ms (-1: as you like) */
        THREATQ_E_LOGIN,     /* user, password or client refused */
        THREATQ_E_FORBIDDEN, /* 403: the role does not allow it */
        THREATQ_E_GONE,      /* 404 */
        THREATQ_E_REFUSED, /* 400, 409, 422 and other 4xx, or `errors` in a 2xx: it will never work
                              like this */
        THREATQ_E_STOPPED, /* threatq_session_cancel was called */
};

/* With config->dry_run every call of threatq_do that could write is refused with THREATQ_E_LATER.
 */
int threatq_account_open(const struct config_threatq *config, struct threatq_account **ret);
void threatq_account_close(struct threatq_account *account);
DEFINE_CLEANUP(struct threatq_account *, threatq_account_close);
/* How long the token last given was said to last, in s (before our margin); -1: there was none. */
int64_t threatq_account_token_life_s(struct threatq_account *account);
int threatq_session_open(struct threatq_account *account, struct threatq_session **ret);
void threatq_session_close(struct threatq_session *session);
DEFINE_CLEANUP(struct threatq_session *, threatq_session_close);
void threatq_session_cancel(struct threatq_session *session);

struct threatq_call {
        const char *method;
        const char *path; /* "/api/indicators/query?limit=…", already encoded */
        const char *body; /* JSON or NULL */
        size_t body_max;
        int (*on_body)(const void *data, size_t len, void *userdata); /* as in http.h */
        void *userdata;
};

struct threatq_result {
        int status; /* HTTP status, 0 when no answer came */
        char *body; /* kept body or NULL; threatq_result_done frees */
        size_t body_len;
        int64_t retry_after_ms;
        bool untrusted;  /* no answer came because its certificate is not trusted */
        int64_t date;    /* ThreatQ's clock, s since 1970; 0 when it does not say */
        char error[256]; /* one plain sentence for the log, without secrets; "" when THREATQ_OK */
};

/* One call, with log-in when needed and one repetition after a 401. No other retries. A repetition
 * starts the body anew: on_body sees only 2xx bodies, so it never sees two. *ret is always set;
 * free it with threatq_result_done. */
enum threatq_answer threatq_do(struct threatq_session *session, const struct threatq_call *call,
                               struct threatq_result *ret);
void threatq_result_done(struct threatq_result *result);

#endif
