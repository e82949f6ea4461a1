#include "tests/sim/threatq/auth.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum {
        TOKENS = 1024, /* the oldest goes when there are more */
        TOKEN_LEN = 36,
};

struct token {
        char access[TOKEN_LEN + 1], refresh[TOKEN_LEN + 1];
        int64_t expires_ms;
        bool client; /* of a client_credentials grant */
};

struct auth {
        struct auth_options options;
        pthread_mutex_t mutex;
        struct token tokens[TOKENS];
        uint64_t issued;
};

/* What a client may send in the query, in a form or in JSON. */
enum { GRANT, CLIENT_ID, CLIENT_SECRET, EMAIL, PASSWORD, REFRESH, N_PARAMS };
static const char *const names[N_PARAMS] = {"grant_type", "client_id", "client_secret",
                                            "email",      "password",  "refresh_token"};

struct params {
        char *values[N_PARAMS];
};

static int64_t now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_BOOTTIME, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct auth *auth_open(const struct auth_options *options)
{
        struct auth *auth = calloc(1, sizeof(*auth));

        if (!auth)
                abort();
        auth->options = *options;
        pthread_mutex_init(&auth->mutex, NULL);
        return auth;
}

void auth_close(struct auth *auth)
{
        pthread_mutex_destroy(&auth->mutex);
        free(auth);
}

static void set(struct params *params, int at, const char *value, size_t len)
{
        free(params->values[at]);
        params->values[at] = strndup(value, len);
        if (!params->values[at])
                abort();
}

static int name_at(const char *name, size_t len)
{
        for (int i = 0; i < N_PARAMS; i++)
                if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
                        return i;
        return -1;
}

static int hex_digit(char c)
{
        const char *digits = "0123456789abcdef";
        const char *at = c ? strchr(digits, c | 0x20) : NULL;

        return at ? (int)(at - digits) : -1;
}

/* Undoes the encoding of forms, in place. */
static size_t form_decode(char *s, size_t len)
{
        size_t n = 0;

        for (size_t i = 0; i < len; i++) {
                if (s[i] == '%' && i + 2 < len && hex_digit(s[i + 1]) >= 0 &&
                    hex_digit(s[i + 2]) >= 0) {
                        s[n++] = (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]));
                        i += 2;
                } else {
                        s[n++] = s[i] == '+' ? ' ' : s[i];
                }
        }
        return n;
}

static void read_form(struct params *params, const char *body)
{
        while (*body) {
                size_t len = strcspn(body, "&");
                const char *equals = memchr(body, '=', len);
                int at = equals ? name_at(body, (size_t)(equals - body)) : -1;
                if (at >= 0) {
                        set(params, at, equals + 1, len - (size_t)(equals + 1 - body));
                        char *value = params->values[at];
                        value[form_decode(value, strlen(value))] = '\0';
                }
                body += len + (body[len] == '&');
        }
}

static void read_json(struct params *params, const json_t *json)
{
        for (int i = 0; i < N_PARAMS; i++) {
                const char *value = json_string_value(json_object_get(json, names[i]));
                if (value)
                        set(params, i, value, strlen(value));
        }
}

static size_t base64_decode(const char *s, char *out, size_t max)
{
        static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        uint32_t bits = 0;
        unsigned n_bits = 0;
        size_t n = 0;

        for (; *s && *s != '=' && n < max; s++) {
                const char *at = strchr(digits, *s);
                if (!at)
                        return 0;
                bits = bits << 6 | (uint32_t)(at - digits);
                n_bits += 6;
                if (n_bits >= 8) {
                        n_bits -= 8;
                        out[n++] = (char)(bits >> n_bits);
                }
        }
        return n;
}

static void read_basic(struct params *params, const char *authorization)
{
        char text[512];

        if (!authorization || strncmp(authorization, "Basic ", 6) != 0)
                return;
        size_t len = base64_decode(authorization + 6, text, sizeof(text));
        const char *colon = memchr(text, ':', len);
        if (!colon)
                return;
        set(params, CLIENT_ID, text, (size_t)(colon - text));
        set(params, CLIENT_SECRET, colon + 1, len - (size_t)(colon + 1 - text));
}

static void read_params(struct params *params, const struct server_request *request)
{
        const char *type = server_header(request, "Content-Type");
        json_t *json = json_loads(request->body, JSON_DECODE_ANY, NULL);

        for (int i = 0; i < N_PARAMS; i++) {
                const char *value = server_arg(request, names[i]);
                if (value)
                        set(params, i, value, strlen(value));
        }
        if (json)
                read_json(params, json); /* an array [id, secret] says nothing here */
        else if (type && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
                read_form(params, request->body);
        read_basic(params, server_header(request, "Authorization"));
        json_decref(json);
}

static void params_done(struct params *params)
{
        for (int i = 0; i < N_PARAMS; i++)
                free(params->values[i]);
}

static bool is(const struct params *params, int at, const char *wanted)
{
        return params->values[at] && strcmp(params->values[at], wanted) == 0;
}

static void fresh(char out[TOKEN_LEN + 1])
{
        unsigned char bytes[TOKEN_LEN / 2];

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                abort();
        for (size_t i = 0; i < sizeof(bytes); i++) {
                out[i * 2] = "0123456789abcdef"[bytes[i] >> 4];
                out[i * 2 + 1] = "0123456789abcdef"[bytes[i] & 15];
        }
        out[TOKEN_LEN] = '\0';
}

static void issue(struct auth *auth, struct server_reply *reply, bool client)
{
        pthread_mutex_lock(&auth->mutex);
        struct token *token = &auth->tokens[auth->issued++ % TOKENS];
        fresh(token->access);
        fresh(token->refresh);
        token->expires_ms = now_ms() + auth->options.expires_in_s * 1000;
        token->client = client;
        buf_printf(&reply->body,
                   "{\"access_token\":\"%s\",\"token_type\":\"%s\",\"expires_in\":%lld,"
                   "\"refresh_token\":\"%s\"}",
                   token->access, auth->options.token_type, (long long)auth->options.expires_in_s,
                   token->refresh);
        pthread_mutex_unlock(&auth->mutex);
}

static void refuse(struct server_reply *reply, unsigned status, const char *error, const char *text)
{
        reply->status = status;
        buf_printf(&reply->body, "{\"error\":\"%s\",\"error_description\":\"%s\"}", error, text);
}

/* A refresh token is good for one use; its access token may have expired. */
static bool take_refresh(struct auth *auth, const char *refresh, bool *ret_client)
{
        bool found = false;

        pthread_mutex_lock(&auth->mutex);
        for (size_t i = 0; i < TOKENS && refresh && *refresh && !found; i++) {
                if (strcmp(auth->tokens[i].refresh, refresh) != 0)
                        continue;
                found = true;
                *ret_client = auth->tokens[i].client;
                auth->tokens[i] = (struct token){0};
        }
        pthread_mutex_unlock(&auth->mutex);
        return found;
}

static void grant(struct auth *auth, const struct params *params, struct server_reply *reply)
{
        const struct auth_options *options = &auth->options;
        bool client = false;

        if (is(params, GRANT, "password")) {
                if (is(params, EMAIL, options->user) && is(params, PASSWORD, options->password) &&
                    is(params, CLIENT_ID, options->client_id))
                        issue(auth, reply, false);
                else
                        refuse(reply, options->refused_status, "invalid_credentials",
                               "The user credentials were incorrect.");
        } else if (is(params, GRANT, "client_credentials")) {
                if (is(params, CLIENT_ID, options->oauth_id) &&
                    is(params, CLIENT_SECRET, options->oauth_secret))
                        issue(auth, reply, true);
                else
                        refuse(reply, options->refused_status, "invalid_client",
                               "Client authentication failed.");
        } else if (is(params, GRANT, "refresh_token")) {
                if (take_refresh(auth, params->values[REFRESH], &client))
                        issue(auth, reply, client);
                else
                        refuse(reply, options->refused_status, "invalid_request",
                               "The refresh token is invalid.");
        } else {
                refuse(reply, 400, "unsupported_grant_type",
                       "The authorization grant type is not supported by the server.");
        }
}

void auth_token(struct auth *auth, const struct server_request *request, struct server_reply *reply)
{
        struct params params = {0};

        read_params(&params, request);
        grant(auth, &params, reply);
        params_done(&params);
}

bool auth_allows(struct auth *auth, const struct server_request *request)
{
        const char *header = server_header(request, "Authorization");
        bool allowed = false;

        /* With a capital B only, as the real server. */
        if (!header || strncmp(header, "Bearer ", 7) != 0 || !header[7])
                return false;
        pthread_mutex_lock(&auth->mutex);
        for (size_t i = 0; i < TOKENS && !allowed; i++)
                allowed = strcmp(auth->tokens[i].access, header + 7) == 0 &&
                          auth->tokens[i].expires_ms > now_ms();
        pthread_mutex_unlock(&auth->mutex);
        return allowed;
}

void auth_refuse(struct server_reply *reply)
{
        refuse(reply, 401, "access_denied", "The access token is invalid or has expired.");
        reply->challenge = true;
}

void auth_revoke(struct auth *auth, bool refresh)
{
        pthread_mutex_lock(&auth->mutex);
        for (size_t i = 0; i < TOKENS; i++) {
                auth->tokens[i].expires_ms = 0;
                if (refresh)
                        auth->tokens[i].refresh[0] = '\0';
        }
        pthread_mutex_unlock(&auth->mutex);
}

void auth_set_expires_in(struct auth *auth, int64_t seconds)
{
        pthread_mutex_lock(&auth->mutex);
        auth->options.expires_in_s = seconds;
        pthread_mutex_unlock(&auth->mutex);
}

uint64_t auth_issued(struct auth *auth)
{
        pthread_mutex_lock(&auth->mutex);
        uint64_t issued = auth->issued;
        pthread_mutex_unlock(&auth->mutex);
        return issued;
}
