#include "tests/sim/threatq/api.h"

#include "tests/sim/threatq/mutate.h"

#include <stdlib.h>
#include <time.h>

/* `#` in a pattern is a number, `*` one word. */
static const struct {
        const char *method, *pattern;
        void (*answer)(struct api_call *call);
        bool writes;
} routes[] = {
    {"POST", "/api/indicators/query", api_query, false},
    {"GET", "/api/indicators/query/hash/*", api_query_saved, false},
    {"GET", "/api/indicators/#/attributes", api_attributes, false},
    {"POST", "/api/indicators/#/attributes", api_attributes_post, true},
    {"PUT", "/api/indicators/#/attributes/#", api_attribute_put, true},
    {"DELETE", "/api/indicators/#/attributes/#", api_attribute_delete, true},
    {"GET", "/api/indicators", api_list, false},
    {"GET", "/api/indicators/#", api_indicator_get, false},
    {"PUT", "/api/indicators/#", api_indicator_put, true},
    {"DELETE", "/api/indicators/#", api_indicator_delete, true},
    {"POST", "/api/indicators", api_indicators_post, true},
    {"POST", "/api/indicators/consume", api_indicators_post, true},
    {"POST", "/api/indicators/consume/new", api_indicators_post, true},
    {"PUT", "/api/indicator/#/scores", api_scores_put, true},
    {"GET", "/api/indicator/types", api_types, false},
    {"GET", "/api/indicator/types/#", api_types, false},
    {"GET", "/api/indicator/statuses", api_statuses, false},
    {"GET", "/api/indicator/statuses/#", api_statuses, false},
    {"GET", "/api/search/query", api_saved_list, false},
    {"POST", "/api/search/query", api_saved_post, true},
    {"GET", "/api/search/query/*", api_saved_get, false},
    {"GET", "/api/connectors", api_connectors, false},
    {"GET", "/api/objects", api_objects, false},
};

enum {
        N_ROUTES = sizeof(routes) / sizeof(routes[0]),
        TOKEN_ROUTE = N_ROUTES,
};

_Static_assert((int)N_ROUTES < (int)SIM_ROUTES_MAX, "a counter per route");

int64_t sim_now(const struct sim *sim)
{
        struct timespec t;

        /* time() may lag behind by a tick. */
        clock_gettime(CLOCK_REALTIME, &t);
        return (int64_t)t.tv_sec + sim->clock_ahead;
}

void sim_error_field(struct server_reply *reply, unsigned status, const char *field,
                     const char *message)
{
        reply->status = status;
        reply->body.len = 0;
        buf_printf(&reply->body, "{\"data\":{\"errors\":{\"%s\":[", field);
        buf_json(&reply->body, message);
        buf_str(&reply->body, "]}}}");
}

void sim_error(struct server_reply *reply, unsigned status, const char *message)
{
        reply->status = status;
        reply->body.len = 0;
        buf_str(&reply->body, "{\"errors\":[");
        buf_json(&reply->body, message);
        buf_str(&reply->body, "]}");
}

void sim_rejudge(struct sim *sim, uint32_t at)
{
        cache_row_changed(sim->cache, at);
}

void sim_touched(struct sim *sim, uint32_t at, bool updated)
{
        struct library_change *change = library_change(&sim->library, at);

        change->touched = (uint32_t)sim_now(sim);
        if (updated)
                change->updated = change->touched;
        sim_rejudge(sim, at);
}

bool api_indicator(struct api_call *call, struct library_row *ret)
{
        if (library_find(&call->sim->library, call->ids[0], ret))
                return true;
        sim_error(call->reply, 404, "The indicator was not found.");
        return false;
}

json_t *api_body(struct api_call *call)
{
        json_t *json = json_loadb(call->request->body, call->request->body_len, 0, NULL);

        if (!json)
                sim_error(call->reply, 400, "The request is not valid JSON.");
        return json;
}

/* Compares a path with a pattern and takes its numbers and words out. */
static bool path_matches(const char *pattern, const char *path, struct api_call *call)
{
        size_t n_ids = 0;

        while (*pattern) {
                char *end;
                if (*pattern == '#') {
                        call->ids[n_ids++] = strtoll(path, &end, 10);
                        if (end == path || *path < '0' || *path > '9')
                                return false;
                        path = end;
                } else if (*pattern == '*') {
                        call->tail = path;
                        path += strcspn(path, "/");
                        if (path == call->tail)
                                return false;
                } else if (*pattern != *path++) {
                        return false;
                }
                pattern++;
        }
        return !*path;
}

static int find_route(const struct server_request *request, struct api_call *call)
{
        bool known_path = false;

        for (int i = 0; i < N_ROUTES; i++) {
                if (!path_matches(routes[i].pattern, request->path, call))
                        continue;
                if (strcmp(routes[i].method, request->method) == 0)
                        return i;
                known_path = true;
        }
        if (known_path)
                sim_error(call->reply, 405, "The method is not allowed.");
        else
                sim_error(call->reply, 404, "Not found.");
        return -1;
}

static void log_write(struct sim *sim, const struct server_request *request, unsigned status)
{
        struct buf line = {0};
        json_t *body = json_loadb(request->body, request->body_len, JSON_DECODE_ANY, NULL);
        char *compact = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
        struct timespec t;

        clock_gettime(CLOCK_REALTIME, &t);
        buf_printf(&line, "{\"time\":%lld.%03ld,\"method\":\"%s\",\"path\":", (long long)t.tv_sec,
                   t.tv_nsec / 1000000, request->method);
        buf_json(&line, request->path);
        buf_printf(&line, ",\"status\":%u,\"body\":%s}\n", status, compact ? compact : "null");
        pthread_mutex_lock(&sim->log_mutex);
        fwrite(line.ptr, 1, line.len, sim->log);
        fflush(sim->log);
        pthread_mutex_unlock(&sim->log_mutex);
        buf_free(&line);
        free(compact);
        json_decref(body);
}

static void route_request(struct sim *sim, const struct server_request *request,
                          struct server_reply *reply)
{
        struct api_call call = {.sim = sim, .request = request, .reply = reply};

        if (!auth_allows(sim->auth, request)) {
                sim->unauthorized++;
                auth_refuse(reply);
                return;
        }
        int route = find_route(request, &call);
        if (route < 0) {
                sim->not_found++;
                return;
        }
        sim->by_route[route]++;
        if (routes[route].writes)
                pthread_rwlock_wrlock(&sim->library.lock);
        else
                pthread_rwlock_rdlock(&sim->library.lock);
        routes[route].answer(&call);
        pthread_rwlock_unlock(&sim->library.lock);
        if (routes[route].answer == api_query || routes[route].answer == api_query_saved)
                mutate_after_page(sim);
        if (routes[route].writes && sim->log)
                log_write(sim, request, reply->status);
}

static void enter(struct sim *sim)
{
        int active = ++sim->active;
        int max = sim->active_max;

        while (active > max && !atomic_compare_exchange_weak(&sim->active_max, &max, active))
                ;
        sim->requests++;
}

void api_handle(void *userdata, const struct server_request *request, struct server_reply *reply)
{
        struct sim *sim = userdata;

        enter(sim);
        reply->date = sim_now(sim);
        reply->gzip = sim->options.gzip;
        reply->chunked = sim->options.chunked;
        struct fault_hit hit = faults_apply(sim->faults, request, reply);
        if (!hit.answered && strcmp(request->path, "/api/token") == 0 &&
            strcmp(request->method, "POST") == 0) {
                sim->by_route[TOKEN_ROUTE]++;
                auth_token(sim->auth, request, reply);
        } else if (!hit.answered) {
                route_request(sim, request, reply);
        }
        fault_spoil(&hit, reply);
        sim->active--;
}

void api_print_routes(const struct sim *sim, struct buf *b)
{
        for (int i = 0; i < N_ROUTES; i++)
                buf_printf(b, "\"%s %s\":%llu,", routes[i].method, routes[i].pattern,
                           (unsigned long long)sim->by_route[i]);
        buf_printf(b, "\"POST /api/token\":%llu", (unsigned long long)sim->by_route[TOKEN_ROUTE]);
}
