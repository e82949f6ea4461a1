/*
 * The account of threatq.h: credentials, log-in and the token that all threads share. For threatq.c
 * alone.
 */
#ifndef TQ_COMMON_THREATQ_ACCOUNT_H
#define TQ_COMMON_THREATQ_ACCOUNT_H

#include "common/http.h"
#include "common/threatq.h"

#include <stdbool.h>
#include <stdint.h>

struct threatq_token {
        char *header;    /* "Authorization: Bearer …" */
        uint64_t number; /* raised with each log-in, from 1 */
};

/* A valid token, another one than number `stale` (0: any), after a log-in over `http` if need be.
 * THREATQ_OK, or THREATQ_E_LATER, _LOGIN, _STOPPED with the reason in *ret. Blocks while another
 * thread logs in. */
enum threatq_answer threatq_account_token(struct threatq_account *account, struct http *http,
                                          uint64_t stale, struct threatq_token *token,
                                          struct threatq_result *ret);
/* Wipes and frees. */
void threatq_account_token_done(struct threatq_token *token);
/* What the -errno `r` of http_do means, in *ret too. */
enum threatq_answer threatq_account_failure(const struct http *http, int r,
                                            struct threatq_result *ret);
/* A client that trusts what the account's configuration trusts. 0 or -errno. */
int threatq_account_http(const struct threatq_account *account, struct http **ret);
/* Whether nothing may be written. */
bool threatq_account_is_dry(const struct threatq_account *account);
/* The API host, "https://…". Valid as long as the account. */
const char *threatq_account_host(const struct threatq_account *account);

#endif
