#include "common/threatq.h"

#include "common/threatq_account.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <jansson.h>

struct threatq_session {
        struct threatq_account *account;
        struct http *http;
};

int threatq_session_open(struct threatq_account *account, struct threatq_session **ret)
{
        struct threatq_session *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->account = account;
        r = threatq_account_http(account, &s->http);
        if (r < 0) {
                free(s);
                return r;
        }
        *ret = s;
        return 0;
}

void threatq_session_close(struct threatq_session *s)
{
        if (!s)
                return;
        http_close(s->http);
        free(s);
}

void threatq_session_cancel(struct threatq_session *s)
{
        http_cancel(s->http);
}

/* ThreatQ reports some failures with a 2xx and an `errors` member. */
static bool has_errors(const struct threatq_result *result)
{
        static const char key[] = "\"errors\"";
        json_t *answer;
        bool found;

        /* Looked for as text first: parsing every answer twice would cost more than the call. */
        if (!result->body || !memmem(result->body, result->body_len, key, sizeof(key) - 1))
                return false;
        answer = json_loadb(result->body, result->body_len, 0, NULL);
        found = json_object_get(answer, "errors") ||
                json_object_get(json_object_get(answer, "data"), "errors");
        json_decref(answer);
        return found;
}

/* The first text in ThreatQ's error body, whichever of its forms it has. */
static const char *error_text(const json_t *node, int depth)
{
        const char *text = json_string_value(node);
        const char *key;
        json_t *child;
        size_t i;

        if (text || depth == 0)
                return text;
        json_array_foreach(node, i, child)
        {
                text = error_text(child, depth - 1);
                if (text)
                        return text;
        }
        /* jansson's iterator takes no const object, but only reads it. */
        json_object_foreach((json_t *)(uintptr_t)node, key, child)
        {
                text = error_text(child, depth - 1);
                if (text)
                        return text;
        }
        return NULL;
}

static void describe(const char *what, struct threatq_result *ret)
{
        json_t *answer = json_loadb(ret->body ? ret->body : "", ret->body_len, 0, NULL);
        const char *text = error_text(answer, 5);
        char plain[160] = "";

        for (size_t i = 0; text && text[i] && i < sizeof(plain) - 1; i++)
                plain[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
        if (plain[0])
                snprintf(ret->error, sizeof(ret->error), "ThreatQ %s (HTTP %d): \"%s\"", what,
                         ret->status, plain);
        else
                snprintf(ret->error, sizeof(ret->error), "ThreatQ %s (HTTP %d)", what, ret->status);
        json_decref(answer);
}

static enum threatq_answer answer_of_status(struct threatq_result *ret)
{
        int status = ret->status;

        if (status >= 200 && status < 300) {
                if (!has_errors(ret))
                        return THREATQ_OK;
                describe("reports an error", ret);
                return THREATQ_E_REFUSED;
        }
        if (status < 400) {
                describe("redirects, which is not followed: is threatq.host right?", ret);
                return THREATQ_E_LATER;
        }
        switch (status) {
        case 401:
                describe("refuses a fresh token", ret);
                return THREATQ_E_LATER;
        case 403:
                describe("forbids this: the user's role does not allow it", ret);
                return THREATQ_E_FORBIDDEN;
        case 404:
        case 410:
                describe("has no such object", ret);
                return THREATQ_E_GONE;
        case 408:
        case 425:
        case 429:
                describe("asks to come later", ret);
                return THREATQ_E_LATER;
        default:
                describe(status >= 500 ? "failed" : "refuses the request", ret);
                return status >= 500 ? THREATQ_E_LATER : THREATQ_E_REFUSED;
        }
}

static int send_call(struct threatq_session *s, const struct threatq_call *call,
                     const char *authorization, struct threatq_result *ret)
{
        const char *headers[] = {authorization, "Accept: application/json",
                                 call->body ? "Content-Type: application/json" : NULL, NULL};
        struct http_request request = {
            .method = call->method,
            .headers = headers,
            .body = call->body,
            .body_len = call->body ? strlen(call->body) : 0,
            .body_max = call->body_max,
            .on_body = call->on_body,
            .userdata = call->userdata,
        };
        struct http_response response = {0};
        _cleanup_(freep) char *url = NULL;
        int r;

        if (asprintf(&url, "%s%s", threatq_account_host(s->account), call->path) < 0) {
                url = NULL;
                return -ENOMEM;
        }
        request.url = url;
        r = http_do(s->http, &request, &response);
        if (r < 0)
                return r;
        ret->status = response.status;
        ret->body = response.body;
        ret->body_len = response.body_len;
        ret->retry_after_ms = response.retry_after_ms;
        ret->date = response.date;
        return 0;
}

/* A search is a POST that changes nothing; every other one, and every other method, may write. */
static bool may_write(const struct threatq_call *call)
{
        static const char search[] = "/api/indicators/query";

        if (strcmp(call->method, "GET") == 0)
                return false;
        return strcmp(call->method, "POST") != 0 ||
               strncmp(call->path, search, sizeof(search) - 1) != 0;
}

enum threatq_answer threatq_do(struct threatq_session *session, const struct threatq_call *call,
                               struct threatq_result *ret)
{
        uint64_t stale = 0;

        if (threatq_account_is_dry(session->account) && may_write(call)) {
                *ret = (struct threatq_result){.retry_after_ms = -1};
                snprintf(ret->error, sizeof(ret->error), "dry run: ThreatQ is not written to");
                return THREATQ_E_LATER;
        }
        for (int attempt = 0;; attempt++) {
                struct threatq_token token = {0};
                enum threatq_answer answer;
                int r;

                *ret = (struct threatq_result){.retry_after_ms = -1};
                answer = threatq_account_token(session->account, session->http, stale, &token, ret);
                if (answer != THREATQ_OK)
                        return answer;
                r = send_call(session, call, token.header, ret);
                threatq_account_token_done(&token);
                if (r < 0)
                        return threatq_account_failure(session->http, r, ret);
                if (ret->status != 401 || attempt > 0)
                        return answer_of_status(ret);
                stale = token.number;
                threatq_result_done(ret);
        }
}

void threatq_result_done(struct threatq_result *result)
{
        free(result->body);
        result->body = NULL;
        result->body_len = 0;
}
