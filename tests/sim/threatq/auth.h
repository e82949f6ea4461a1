/*
 * POST /api/token in its grant forms, and the tokens that are out.
 */
#ifndef TQ_SIM_THREATQ_AUTH_H
#define TQ_SIM_THREATQ_AUTH_H

#include "tests/sim/threatq/server.h"

struct auth_options {
        const char *user, *password, *client_id; /* password grant */
        const char *oauth_id, *oauth_secret;     /* client_credentials grant */
        int64_t expires_in_s;
        const char *token_type;
        unsigned refused_status; /* of wrong credentials: 400 or 401 */
};

struct auth;

struct auth *auth_open(const struct auth_options *options);
void auth_close(struct auth *auth);
/* Answers a request for a token. */
void auth_token(struct auth *auth, const struct server_request *request,
                struct server_reply *reply);
/* Whether the request carries a token that is valid now. */
bool auth_allows(struct auth *auth, const struct server_request *request);
void auth_refuse(struct server_reply *reply);
/* Makes all tokens invalid, refresh tokens too when asked. */
void auth_revoke(struct auth *auth, bool refresh);
void auth_set_expires_in(struct auth *auth, int64_t seconds);
uint64_t auth_issued(struct auth *auth);

#endif
