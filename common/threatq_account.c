#include "common/threatq_account.h"

#include "common/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

enum {
        TOKEN_MAX = 8192,
        TOKEN_BODY_MAX = 64 << 10,
        TOKEN_LIFE_DEFAULT_S = 600, /* when the answer does not say */
        TOKEN_MARGIN_MAX_S = 60,
        /* A refusal is remembered so long: threads that ask one after the other must not lock the
         * user's account. */
        REFUSAL_MS = 5000,
};

struct threatq_account {
        char *host;
        enum config_auth auth;
        char *client_id; /* percent-encoded for the query */
        char *username;
        char *password;
        char *basic; /* "client_id:client_secret" */
        char *ca_file;
        bool verify;
        bool dry_run;

        /* Held while a log-in is under way, so that of many threads one logs in and the rest take
         * its token. */
        pthread_mutex_t mutex;
        char *token; /* NULL: none */
        uint64_t token_number;
        int64_t token_until_ms;
        int64_t token_life_s; /* as ThreatQ said; -1: there was none */
        int64_t refused_until_ms;
        char refusal[256];
};

static void wipe_free(char *secret)
{
        if (secret)
                explicit_bzero(secret, strlen(secret));
        free(secret);
}
DEFINE_CLEANUP(char *, wipe_free);

static int copy_string(const char *from, char **ret)
{
        char *copy = strdup(from ? from : "");

        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}

static int encode_client_id(const char *client_id, char **ret)
{
        char *escaped = curl_easy_escape(NULL, client_id ? client_id : "", 0);
        int r;

        if (!escaped)
                return -ENOMEM;
        r = copy_string(escaped, ret);
        curl_free(escaped);
        return r;
}

static int copy_credentials(struct threatq_account *a, const struct config_threatq *config)
{
        int r;

        r = copy_string(config->host, &a->host);
        if (r == 0)
                r = encode_client_id(config->client_id, &a->client_id);
        if (r == 0)
                r = copy_string(config->username, &a->username);
        if (r == 0)
                r = copy_string(config->password, &a->password);
        if (r == 0 && config->ca_file)
                r = copy_string(config->ca_file, &a->ca_file);
        if (r == 0 && asprintf(&a->basic, "%s:%s", config->client_id ? config->client_id : "",
                               config->client_secret ? config->client_secret : "") < 0) {
                a->basic = NULL;
                r = -ENOMEM;
        }
        return r;
}

int threatq_account_open(const struct config_threatq *config, struct threatq_account **ret)
{
        _cleanup_(threatq_account_closep) struct threatq_account *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return -ENOMEM;
        pthread_mutex_init(&a->mutex, NULL);
        a->token_life_s = -1;
        a->auth = config->auth;
        a->verify = config->verify;
        a->dry_run = config->dry_run;
        r = copy_credentials(a, config);
        if (r < 0)
                return r;
        *ret = a;
        a = NULL;
        return 0;
}

void threatq_account_close(struct threatq_account *a)
{
        if (!a)
                return;
        free(a->host);
        wipe_free(a->client_id);
        free(a->username);
        wipe_free(a->password);
        wipe_free(a->basic);
        wipe_free(a->token);
        free(a->ca_file);
        pthread_mutex_destroy(&a->mutex);
        free(a);
}

int64_t threatq_account_token_life_s(struct threatq_account *a)
{
        int64_t life;

        pthread_mutex_lock(&a->mutex);
        life = a->token_life_s;
        pthread_mutex_unlock(&a->mutex);
        return life;
}

/* Appends s as a JSON string. jansson would leave copies of the password in freed memory. */
static void put_json_string(FILE *out, const char *s)
{
        fputc('"', out);
        for (; *s; s++) {
                if (*s == '"' || *s == '\\')
                        fprintf(out, "\\%c", *s);
                else if ((unsigned char)*s < 0x20)
                        fprintf(out, "\\u%04x", (unsigned)*s);
                else
                        fputc(*s, out);
        }
        fputc('"', out);
}

/* Fixed size, so that the stream never reallocates and leaves a copy behind. */
enum { LOGIN_BODY_MAX = 4096 };

static int write_login_body(const struct threatq_account *a, char body[LOGIN_BODY_MAX])
{
        FILE *out = fmemopen(body, LOGIN_BODY_MAX, "w");
        bool whole;

        if (!out)
                return -ENOMEM;
        setvbuf(out, NULL, _IONBF, 0);
        fputs("{\"email\":", out);
        put_json_string(out, a->username);
        fputs(",\"password\":", out);
        put_json_string(out, a->password);
        fputs("}", out);
        whole = !ferror(out) && ftell(out) < LOGIN_BODY_MAX;
        fclose(out);
        return whole ? 0 : -EFBIG;
}

/* Whether the token can stand in a header line as it is. */
static bool token_valid(const char *token)
{
        size_t len = strlen(token);

        if (len == 0 || len > TOKEN_MAX)
                return false;
        for (size_t i = 0; i < len; i++) {
                if (token[i] <= ' ' || token[i] > '~')
                        return false;
        }
        return true;
}

static int64_t token_life_s(const json_t *answer)
{
        const json_t *expires = json_object_get(answer, "expires_in");
        int64_t life = TOKEN_LIFE_DEFAULT_S;

        if (json_is_number(expires))
                life = (int64_t)json_number_value(expires);
        else if (json_is_string(expires))
                life = strtoll(json_string_value(expires), NULL, 10);
        return life < 0 ? 0 : life;
}

static int64_t usable_s(int64_t life)
{
        return life - (life / 10 < TOKEN_MARGIN_MAX_S ? life / 10 : TOKEN_MARGIN_MAX_S);
}

/* Takes the token out of the answer; false when there is none. Called with the mutex held. */
static bool take_token(struct threatq_account *a, const struct http_response *response)
{
        json_t *answer =
            json_loadb(response->body ? response->body : "", response->body_len, 0, NULL);
        const char *token = json_string_value(json_object_get(answer, "access_token"));
        bool good = token && token_valid(token);

        if (good) {
                wipe_free(a->token);
                a->token = strdup(token);
                a->token_number++;
                a->token_life_s = token_life_s(answer);
                a->token_until_ms = clock_boot_ms() + 1000 * usable_s(a->token_life_s);
                good = a->token != NULL;
        }
        /* jansson gives no way to wipe its copy of the token but through its own pointer. */
        if (token)
                explicit_bzero((void *)(uintptr_t)token, strlen(token));
        json_decref(answer);
        return good;
}

static enum threatq_answer answer_of_login(struct threatq_account *a,
                                           const struct http_response *response,
                                           struct threatq_result *ret)
{
        int status = response->status;

        ret->status = status;
        ret->retry_after_ms = response->retry_after_ms;
        if (status >= 200 && status < 300 && take_token(a, response))
                return THREATQ_OK;
        if (status == 400 || status == 401 || status == 403) {
                snprintf(ret->error, sizeof(ret->error),
                         "ThreatQ refuses the log-in (HTTP %d): check threatq.client_id and %s",
                         status,
                         a->auth == CONFIG_AUTH_PASSWORD ? "threatq.username and its password"
                                                         : "threatq.client_secret");
                snprintf(a->refusal, sizeof(a->refusal), "%s", ret->error);
                a->refused_until_ms = clock_boot_ms() + REFUSAL_MS;
                return THREATQ_E_LOGIN;
        }
        if (status >= 200 && status < 400)
                snprintf(ret->error, sizeof(ret->error),
                         "ThreatQ's log-in gave no token (HTTP %d): is threatq.host right?",
                         status);
        else
                snprintf(ret->error, sizeof(ret->error), "ThreatQ's log-in failed (HTTP %d)",
                         status);
        return THREATQ_E_LATER;
}

/* Called with the mutex held. */
static enum threatq_answer login(struct threatq_account *a, struct http *http,
                                 struct threatq_result *ret)
{
        static const char *const json_headers[] = {"Content-Type: application/json",
                                                   "Accept: application/json", NULL};
        static const char *const form_headers[] = {
            "Content-Type: application/x-www-form-urlencoded", "Accept: application/json", NULL};
        struct http_request request = {.method = "POST", .body_max = TOKEN_BODY_MAX};
        struct http_response response = {0};
        char body[LOGIN_BODY_MAX] = "grant_type=client_credentials";
        _cleanup_(wipe_freep) char *url = NULL;
        enum threatq_answer answer;
        int r;

        if (clock_boot_ms() < a->refused_until_ms) {
                snprintf(ret->error, sizeof(ret->error), "%s", a->refusal);
                return THREATQ_E_LOGIN;
        }
        if (a->auth == CONFIG_AUTH_PASSWORD) {
                r = write_login_body(a, body);
                request.headers = json_headers;
                if (asprintf(&url, "%s/api/token?grant_type=password&client_id=%s", a->host,
                             a->client_id) < 0)
                        r = -ENOMEM;
        } else {
                r = 0;
                request.headers = form_headers;
                request.user_password = a->basic;
                if (asprintf(&url, "%s/api/token?grant_type=client_credentials", a->host) < 0)
                        r = -ENOMEM;
        }
        if (r < 0) {
                snprintf(ret->error, sizeof(ret->error), "ThreatQ's log-in: %s", strerror(-r));
                return THREATQ_E_LOGIN;
        }
        request.url = url;
        request.body = body;
        request.body_len = strlen(body);
        r = http_do(http, &request, &response);
        explicit_bzero(body, sizeof(body));
        if (r < 0)
                return threatq_account_failure(http, r, ret);
        answer = answer_of_login(a, &response, ret);
        http_response_done(&response);
        return answer;
}

enum threatq_answer threatq_account_token(struct threatq_account *a, struct http *http,
                                          uint64_t stale, struct threatq_token *token,
                                          struct threatq_result *ret)
{
        enum threatq_answer answer = THREATQ_OK;

        pthread_mutex_lock(&a->mutex);
        if (!a->token || a->token_number == stale || clock_boot_ms() >= a->token_until_ms)
                answer = login(a, http, ret);
        if (answer == THREATQ_OK) {
                token->number = a->token_number;
                if (asprintf(&token->header, "Authorization: Bearer %s", a->token) < 0) {
                        token->header = NULL;
                        snprintf(ret->error, sizeof(ret->error), "out of memory");
                        answer = THREATQ_E_LATER;
                }
        }
        pthread_mutex_unlock(&a->mutex);
        return answer;
}

void threatq_account_token_done(struct threatq_token *token)
{
        wipe_free(token->header);
        token->header = NULL;
}

enum threatq_answer threatq_account_failure(const struct http *http, int r,
                                            struct threatq_result *ret)
{
        ret->status = 0;
        ret->retry_after_ms = -1;
        ret->untrusted = r == -EKEYREJECTED;
        if (r == -ECANCELED) {
                snprintf(ret->error, sizeof(ret->error), "stopped");
                return THREATQ_E_STOPPED;
        }
        snprintf(ret->error, sizeof(ret->error), "ThreatQ: %s", http_error(http));
        return THREATQ_E_LATER;
}

bool threatq_account_is_dry(const struct threatq_account *a)
{
        return a->dry_run;
}

const char *threatq_account_host(const struct threatq_account *account)
{
        return account->host;
}

int threatq_account_http(const struct threatq_account *account, struct http **ret)
{
        return http_open(account->ca_file, account->verify, ret);
}
