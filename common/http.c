#include "common/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <curl/curl.h>

enum {
        CONNECT_TIMEOUT_MS = 10000,
        STILL_TIMEOUT_S = 60,
        ERROR_BODY_MAX = 64 << 10,
        ERROR_BODY_DRAIN_MAX = 16 << 20,
};

struct http {
        CURL *curl;
        char *ca_file;
        bool verify;
        atomic_bool cancelled;
        char error[CURL_ERROR_SIZE];
};

/* One request under way. */
struct transfer {
        struct http *http;
        const struct http_request *request;
        int status; /* 0 until the first byte of the body */
        size_t received;
        char *body;
        size_t body_len, body_size;
        int error; /* why write_body ended the transfer */
};

static void global_init(void)
{
        curl_global_init(CURL_GLOBAL_DEFAULT);
}

int http_open(const char *ca_file, bool verify, struct http **ret)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        _cleanup_(http_closep) struct http *http = NULL;

        pthread_once(&once, global_init);
        http = calloc(1, sizeof(*http));
        if (!http)
                return -ENOMEM;
        http->verify = verify;
        http->curl = curl_easy_init();
        if (!http->curl)
                return -ENOMEM;
        if (ca_file) {
                http->ca_file = strdup(ca_file);
                if (!http->ca_file)
                        return -ENOMEM;
        }
        *ret = http;
        http = NULL;
        return 0;
}

void http_close(struct http *http)
{
        if (!http)
                return;
        curl_easy_cleanup(http->curl);
        free(http->ca_file);
        free(http);
}

void http_cancel(struct http *http)
{
        atomic_store(&http->cancelled, true);
}

const char *http_error(const struct http *http)
{
        return http->error;
}

static int on_progress(void *userdata, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                       curl_off_t ulnow)
{
        const struct http *http = userdata;

        (void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
        return atomic_load(&http->cancelled);
}

static int keep_body(struct transfer *t, const void *data, size_t len)
{
        if (t->body_len + len + 1 > t->body_size) {
                size_t size = 2 * t->body_size + len + 1024;
                char *body = realloc(t->body, size);

                if (!body)
                        return -ENOMEM;
                t->body = body;
                t->body_size = size;
        }
        memcpy(t->body + t->body_len, data, len);
        t->body_len += len;
        t->body[t->body_len] = '\0';
        return 0;
}

static int take_body(struct transfer *t, const void *data, size_t len)
{
        bool good = t->status >= 200 && t->status < 300;
        size_t limit = good ? t->request->body_max : (size_t)ERROR_BODY_DRAIN_MAX;

        t->received += len;
        if (t->received > limit)
                return -EFBIG;
        if (good && t->request->on_body)
                return t->request->on_body(data, len, t->request->userdata);
        if (!good && t->body_len + len > ERROR_BODY_MAX)
                len = ERROR_BODY_MAX - t->body_len;
        return keep_body(t, data, len);
}

static size_t write_body(char *data, size_t size, size_t count, void *userdata)
{
        struct transfer *t = userdata;
        size_t len = size * count;

        if (t->status == 0) {
                long status = 0;

                curl_easy_getinfo(t->http->curl, CURLINFO_RESPONSE_CODE, &status);
                t->status = (int)status;
        }
        t->error = take_body(t, data, len);
        return t->error < 0 ? 0 : len;
}

/* The one place where curl's codes become ours. */
static int code_of_curl(CURLcode code)
{
        switch ((int)code) {
        case CURLE_OK:
                return 0;
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_INTERFACE_FAILED:
                return -EHOSTUNREACH;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
                return -EKEYREJECTED;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
                return -EPROTO;
        case CURLE_OPERATION_TIMEDOUT:
                return -ETIMEDOUT;
        case CURLE_ABORTED_BY_CALLBACK:
                return -ECANCELED;
        case CURLE_OUT_OF_MEMORY:
                return -ENOMEM;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
                return -EINVAL;
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WEIRD_SERVER_REPLY:
                return -ECONNRESET;
        default:
                return -EIO;
        }
}

/* curl_easy_reset keeps the connections, so every request starts from the same known options. */
static void set_transport(struct http *http)
{
        CURL *curl = http->curl;

        curl_easy_reset(curl);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->error);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
        curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STILL_TIMEOUT_S);
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "tq-trellix-tie");
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, http->verify ? 1L : 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, http->verify ? 2L : 0L);
        if (http->ca_file)
                curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca_file);
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
}

static void set_request(struct http *http, const struct http_request *request,
                        struct curl_slist *headers, struct transfer *t)
{
        CURL *curl = http->curl;

        curl_easy_setopt(curl, CURLOPT_URL, request->url);
        if (request->body || strcmp(request->method, "POST") == 0) {
                curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
                curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        }
        /* Named after the body was set: that alone would make every method a POST. */
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
        if (request->user_password) {
                curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
                curl_easy_setopt(curl, CURLOPT_USERPWD, request->user_password);
        }
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, write_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
}

/* A header can hold the token: its copy is wiped before it is given back. */
static void free_headers(struct curl_slist *headers)
{
        for (struct curl_slist *h = headers; h; h = h->next)
                explicit_bzero(h->data, strlen(h->data));
        curl_slist_free_all(headers);
}

static struct curl_slist *copy_headers(const char *const *headers)
{
        /* Without this line curl would wait for "100 Continue" before it sends a longer body. */
        struct curl_slist *list = curl_slist_append(NULL, "Expect:");

        for (; list && headers && *headers; headers++) {
                struct curl_slist *longer = curl_slist_append(list, *headers);

                if (!longer) {
                        free_headers(list);
                        return NULL;
                }
                list = longer;
        }
        return list;
}

static int64_t date_of(struct http *http)
{
        struct curl_header *header;
        time_t date;

        if (curl_easy_header(http->curl, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
                return 0;
        date = curl_getdate(header->value, NULL);
        return date > 0 ? (int64_t)date : 0;
}

static void response_of(struct http *http, struct transfer *t, long status,
                        struct http_response *ret)
{
        curl_off_t retry_after = 0;

        curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after);
        ret->status = (int)status;
        ret->body = t->body;
        ret->body_len = t->body_len;
        ret->date = date_of(http);
        ret->retry_after_ms =
            retry_after > 0 && retry_after < INT64_MAX / 1000 ? (int64_t)retry_after * 1000 : -1;
}

int http_do(struct http *http, const struct http_request *request, struct http_response *ret)
{
        struct transfer t = {.http = http, .request = request};
        struct curl_slist *headers;
        CURLcode code;
        long status = 0;
        int r;

        http->error[0] = '\0';
        if (atomic_load(&http->cancelled))
                return -ECANCELED;
        headers = copy_headers(request->headers);
        if (!headers)
                return -ENOMEM;
        set_transport(http);
        set_request(http, request, headers, &t);
        code = curl_easy_perform(http->curl);
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
        r = t.error < 0 ? t.error : code_of_curl(code);
        /* curl calls it a success when a connection breaks before the first byte of an answer. */
        if (r == 0 && status == 0)
                r = -ECONNRESET;
        if (r < 0) {
                if (http->error[0] == '\0')
                        strncpy(http->error,
                                code == CURLE_OK ? "no answer came" : curl_easy_strerror(code),
                                sizeof(http->error) - 1);
                free(t.body);
        } else {
                response_of(http, &t, status, ret);
        }
        /* Options point into the caller's memory: none may stay behind. */
        curl_easy_reset(http->curl);
        free_headers(headers);
        return r;
}

void http_response_done(struct http_response *response)
{
        /* The body of a log-in holds the token. */
        if (response->body)
                explicit_bzero(response->body, response->body_len);
        free(response->body);
        *response = (struct http_response){0};
}
