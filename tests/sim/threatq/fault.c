#include "tests/sim/threatq/fault.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

enum {
        FAULTS = 32,
};

enum kind {
        STATUS,
        HTML,
        REDIRECT,
        ERROR_JSON,
        GARBAGE,
        EMPTY,
        ITEM,
        RESET,
        TRUNCATE,
        LOST,
        SLOW,
        DRIP
};

static const struct {
        const char *name;
        enum kind kind;
        unsigned status;
} kinds[] = {
    {"302", REDIRECT, 302},
    {"400", STATUS, 400},
    {"401", STATUS, 401},
    {"403", STATUS, 403},
    {"404", STATUS, 404},
    {"422", STATUS, 422},
    {"429", STATUS, 429},
    {"500", STATUS, 500},
    {"502html", HTML, 502},
    {"500html", HTML, 500},
    {"503", STATUS, 503},
    {"504html", HTML, 504},
    {"error-json", ERROR_JSON, 200},
    {"garbage", GARBAGE, 200},
    {"empty", EMPTY, 200},
    {"truncate", TRUNCATE, 0},
    {"reset", RESET, 0},
    {"lost", LOST, 0},
    {"slow", SLOW, 0},
    {"drip", DRIP, 0},
    {"item-error", ITEM, 201},
};

struct fault {
        bool set;
        enum kind kind;
        unsigned status;
        char path[64], method[8];
        uint64_t after, count, every; /* skip, at most (0: no limit), each n-th */
        char retry_after[40];         /* as sent */
        int64_t delay_ms, cut_at;
        uint64_t seen, hits;
};

struct faults {
        pthread_mutex_t mutex;
        pthread_cond_t stopped;
        bool stop;
        struct fault list[FAULTS];
        uint64_t hits;
};

struct faults *faults_open(void)
{
        struct faults *faults = calloc(1, sizeof(*faults));
        pthread_condattr_t attr;

        if (!faults)
                abort();
        pthread_mutex_init(&faults->mutex, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&faults->stopped, &attr);
        pthread_condattr_destroy(&attr);
        return faults;
}

void faults_close(struct faults *faults)
{
        pthread_mutex_destroy(&faults->mutex);
        pthread_cond_destroy(&faults->stopped);
        free(faults);
}

static int64_t number(const json_t *json, const char *key, int64_t missing)
{
        const json_t *value = json_object_get(json, key);

        return json_is_integer(value) ? json_integer_value(value) : missing;
}

static void text(const json_t *json, const char *key, char *out, size_t size)
{
        const char *value = json_string_value(json_object_get(json, key));

        if (value && strlen(value) < size)
                memcpy(out, value, strlen(value) + 1);
}

static bool read_kind(const json_t *json, struct fault *fault)
{
        const char *kind = json_string_value(json_object_get(json, "kind"));

        for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                if (strcmp(kinds[i].name, kind) != 0)
                        continue;
                fault->kind = kinds[i].kind;
                fault->status = kinds[i].status;
                return true;
        }
        return false;
}

bool faults_add(struct faults *faults, const json_t *json, struct buf *error)
{
        struct fault fault = {
            .set = true,
            .after = (uint64_t)number(json, "after", 0),
            .count = (uint64_t)number(json, "count", 0),
            .every = (uint64_t)number(json, "every", 1),
            .delay_ms = number(json, "delay_ms", 0),
            .cut_at = number(json, "bytes", -1),
        };
        bool placed = false;

        if (!read_kind(json, &fault)) {
                buf_str(error, "unknown kind of fault");
                return false;
        }
        text(json, "path", fault.path, sizeof(fault.path));
        text(json, "method", fault.method, sizeof(fault.method));
        text(json, "retry_after", fault.retry_after, sizeof(fault.retry_after));
        if (json_is_integer(json_object_get(json, "retry_after")))
                snprintf(fault.retry_after, sizeof(fault.retry_after), "%lld",
                         (long long)number(json, "retry_after", 0));
        if (!fault.every)
                fault.every = 1;
        pthread_mutex_lock(&faults->mutex);
        for (size_t i = 0; i < FAULTS && !placed; i++) {
                struct fault *slot = &faults->list[i];
                if (slot->set && !(slot->count && slot->hits >= slot->count))
                        continue;
                *slot = fault;
                placed = true;
        }
        pthread_mutex_unlock(&faults->mutex);
        if (!placed)
                buf_str(error, "too many faults");
        return placed;
}

void faults_clear(struct faults *faults)
{
        pthread_mutex_lock(&faults->mutex);
        memset(faults->list, 0, sizeof(faults->list));
        pthread_mutex_unlock(&faults->mutex);
}

/* Counts the request for the fault and says whether it is one that it hits. */
static bool hits(struct fault *fault, const struct server_request *request)
{
        if (!fault->set || (fault->count && fault->hits >= fault->count) ||
            (*fault->path && !strstr(request->path, fault->path)) ||
            (*fault->method && strcasecmp(request->method, fault->method) != 0))
                return false;
        if (fault->seen++ < fault->after || (fault->seen - fault->after) % fault->every != 0)
                return false;
        fault->hits++;
        return true;
}

/* Waits, but not longer than the program runs. */
static void pause_ms(struct faults *faults, int64_t ms)
{
        struct timespec until;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&faults->mutex);
        while (!faults->stop &&
               pthread_cond_timedwait(&faults->stopped, &faults->mutex, &until) == 0)
                ;
        pthread_mutex_unlock(&faults->mutex);
}

static void write_status(const struct fault *fault, struct server_reply *reply)
{
        static const char oauth[] = "{\"error\":\"access_denied\",\"error_description\":\"The "
                                    "access token is invalid or has expired.\"}";

        reply->status = fault->status;
        reply->challenge = fault->status == 401;
        if (fault->status == 401)
                buf_str(&reply->body, oauth);
        else if (fault->status == 400 || fault->status == 422)
                buf_str(&reply->body, "{\"data\":{\"errors\":{\"value\":[\"The value is not "
                                      "accepted.\"]}}}");
        else if (fault->status == 429)
                buf_str(&reply->body, "{\"errors\":[\"Too Many Attempts.\"]}");
        else
                buf_str(&reply->body, "{\"errors\":[\"An unexpected error occurred while running "
                                      "the search.\"]}");
}

/* The reply of a fault that answers for the server. */
static void write_reply(const struct fault *fault, struct server_reply *reply)
{
        reply->status = fault->status;
        switch (fault->kind) {
        case STATUS:
                write_status(fault, reply);
                break;
        case HTML:
                reply->content_type = "text/html";
                buf_printf(&reply->body, "<html><body><h1>%u Server Error</h1></body></html>\n",
                           fault->status);
                break;
        case REDIRECT:
                reply->location = "http://127.0.0.1:9/login";
                break;
        case ERROR_JSON:
                buf_str(&reply->body, "{\"errors\":[\"Unable to process the request.\",[\"name: "
                                      "too long\",\"value: too long\"]]}");
                break;
        case GARBAGE:
                buf_str(&reply->body, "{\"total\":12,\"data\":[{\"id\":\xff\xfe,,");
                break;
        case EMPTY:
                buf_str(&reply->body, "{}");
                break;
        case RESET:
                reply->end = SERVER_RESET;
                break;
        case ITEM:
                buf_str(&reply->body, "{\"total\":1,\"data\":[{\"error\":\"The item could not be "
                                      "saved.\"}]}");
                break;
        case TRUNCATE:
        case LOST:
        case SLOW:
        case DRIP:
                break;
        }
}

struct fault_hit faults_apply(struct faults *faults, const struct server_request *request,
                              struct server_reply *reply)
{
        struct fault_hit hit = {.cut_at = -1};
        struct fault fault = {0};

        pthread_mutex_lock(&faults->mutex);
        for (size_t i = 0; i < FAULTS && !hit.hit; i++) {
                hit.hit = hits(&faults->list[i], request);
                if (hit.hit)
                        fault = faults->list[i];
        }
        faults->hits += hit.hit;
        pthread_mutex_unlock(&faults->mutex);
        if (!hit.hit)
                return hit;
        if (fault.delay_ms && fault.kind != DRIP)
                pause_ms(faults, fault.delay_ms);
        hit.cut = fault.kind == TRUNCATE;
        hit.cut_at = fault.cut_at;
        hit.lost = fault.kind == LOST;
        hit.drip_ms = fault.kind == DRIP ? fault.delay_ms : 0;
        hit.answered = fault.kind <= RESET;
        memcpy(reply->retry_after, fault.retry_after, sizeof(fault.retry_after));
        if (hit.answered)
                write_reply(&fault, reply);
        return hit;
}

void fault_spoil(const struct fault_hit *hit, struct server_reply *reply)
{
        if (hit->lost)
                reply->end = SERVER_RESET;
        if (hit->cut) {
                reply->end = SERVER_TRUNCATED;
                reply->cut_at = hit->cut_at < 0 || (size_t)hit->cut_at > reply->body.len
                                    ? reply->body.len / 2
                                    : (size_t)hit->cut_at;
        }
        reply->drip_ms = hit->drip_ms;
}

uint64_t faults_hits(struct faults *faults)
{
        pthread_mutex_lock(&faults->mutex);
        uint64_t n = faults->hits;
        pthread_mutex_unlock(&faults->mutex);
        return n;
}

void faults_stop(struct faults *faults)
{
        pthread_mutex_lock(&faults->mutex);
        faults->stop = true;
        pthread_cond_broadcast(&faults->stopped);
        pthread_mutex_unlock(&faults->mutex);
}
