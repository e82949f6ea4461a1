#include "tests/sim/threatq/admin.h"

#include "tests/sim/threatq/api.h"
#include "tests/sim/threatq/mutate.h"

#include <stdlib.h>

enum {
        EXPORT_ROWS = 256, /* per piece */
};

static void counter(struct buf *b, const char *key, uint64_t n)
{
        buf_printf(b, ",\"%s\":%llu", key, (unsigned long long)n);
}

static void stats(struct sim *sim, struct server_reply *reply)
{
        struct buf *b = &reply->body;

        buf_printf(b, "{\"requests\":%llu", (unsigned long long)sim->requests);
        counter(b, "pages", sim->pages);
        counter(b, "rows", sim->rows);
        counter(b, "tokens", auth_issued(sim->auth));
        counter(b, "unauthorized", sim->unauthorized);
        counter(b, "not_found", sim->not_found);
        counter(b, "faults", faults_hits(sim->faults));
        counter(b, "attributes_added", sim->attributes_added);
        counter(b, "attributes_repeated", sim->attributes_repeated);
        counter(b, "attributes_changed", sim->attributes_changed);
        counter(b, "attributes_deleted", sim->attributes_deleted);
        counter(b, "active", (uint64_t)sim->active);
        counter(b, "max_active", (uint64_t)sim->active_max);
        counter(b, "indicators", sim->library.n_rows);
        buf_str(b, ",\"routes\":{");
        api_print_routes(sim, b);
        buf_str(b, "}}");
}

static void score(struct buf *b, const char *key, int32_t n)
{
        buf_str(b, key);
        if (n == LIBRARY_NO_SCORE)
                buf_str(b, "null");
        else
                buf_hundredths(b, n);
}

static void export_attributes(struct buf *b, const struct library *library,
                              const struct library_row *row)
{
        struct library_attribute attribute;
        uint32_t at = 0;

        buf_str(b, ",\"attributes\":[");
        for (int n = 0; library_next_attribute(library, row, &at, &attribute); n++) {
                buf_printf(b, "%s{\"id\":%u,\"name\":%s,\"value\":%s,\"touched_at\":", n ? "," : "",
                           attribute.id, library->names.words[attribute.name].json,
                           library->names.words[attribute.value].json);
                buf_date(b, attribute.touched);
                buf_str(b, ",\"sources\":[");
                for (uint32_t i = 0; i < attribute.n_sources; i++)
                        buf_printf(b, "%s%s", i ? "," : "",
                                   library->names.words[attribute.sources[i]].json);
                buf_str(b, "]}");
        }
        buf_str(b, "]");
}

/* The truth about one row, independent of views and options. */
static void export_row(struct buf *b, const struct library *library, const struct library_row *row)
{
        char value[LIBRARY_VALUE_MAX];

        library_value(library, row, value);
        buf_printf(b, "{\"id\":%u,\"type\":\"%s\",\"status\":\"%s\",\"value\":", row->id,
                   library->names.types[row->type].name, library->names.statuses[row->status].name);
        buf_json(b, value);
        score(b, ",\"score\":", library_score(row));
        score(b, ",\"generated_score\":", row->generated);
        score(b, ",\"manual_score\":", row->manual);
        buf_str(b, ",\"created_at\":");
        buf_date(b, row->created);
        buf_str(b, ",\"updated_at\":");
        buf_date(b, row->updated);
        buf_str(b, ",\"touched_at\":");
        buf_date(b, row->touched);
        export_attributes(b, library, row);
        buf_str(b, "}\n");
}

struct export
{
        struct sim *sim;
        uint32_t at;
        bool hashes;
};

static bool export_more(void *userdata, struct buf *piece)
{
        struct export *export = userdata;
        struct library *library = &export->sim->library;
        struct library_row row;

        pthread_rwlock_rdlock(&library->lock);
        uint32_t end = library->n_rows;
        for (int n = 0; export->at < end && n < EXPORT_ROWS; export->at++) {
                if (!library_row(library, export->at, &row) ||
                    (export->hashes && row.type > NAMES_SHA256))
                        continue;
                export_row(piece, library, &row);
                n++;
        }
        pthread_rwlock_unlock(&library->lock);
        return piece->len > 0;
}

/* Those of `ids`, else all. */
static void export(struct sim *sim, const struct server_request *request,
                   struct server_reply *reply)
{
        const char *ids = server_arg(request, "ids");
        struct library_row row;
        char *end;

        reply->content_type = "application/x-ndjson";
        if (!ids) {
                struct export *all = calloc(1, sizeof(*all));
                if (!all)
                        abort();
                all->sim = sim;
                all->hashes = server_arg(request, "hashes");
                reply->more = export_more;
                reply->state = all;
                return;
        }
        pthread_rwlock_rdlock(&sim->library.lock);
        for (; *ids; ids = *end == ',' ? end + 1 : end) {
                int64_t id = strtoll(ids, &end, 10);
                if (end == ids)
                        break;
                if (library_find(&sim->library, id, &row))
                        export_row(&reply->body, &sim->library, &row);
        }
        pthread_rwlock_unlock(&sim->library.lock);
}

static void indicator(struct sim *sim, const char *id, struct server_reply *reply)
{
        struct library_row row;

        pthread_rwlock_rdlock(&sim->library.lock);
        if (library_find(&sim->library, strtoll(id, NULL, 10), &row))
                export_row(&reply->body, &sim->library, &row);
        else
                sim_error(reply, 404, "no such indicator");
        pthread_rwlock_unlock(&sim->library.lock);
}

static void fault(struct sim *sim, const json_t *json, struct server_reply *reply)
{
        struct buf error = {0};

        if (faults_add(sim->faults, json, &error))
                buf_str(&reply->body, "{}");
        else
                sim_error(reply, 400, buf_cstr(&error));
        buf_free(&error);
}

static void tokens(struct sim *sim, const json_t *json, struct server_reply *reply)
{
        const json_t *expires_in = json_object_get(json, "expires_in");

        if (json_is_integer(expires_in))
                auth_set_expires_in(sim->auth, json_integer_value(expires_in));
        if (json_is_true(json_object_get(json, "revoke")))
                auth_revoke(sim->auth, json_is_true(json_object_get(json, "refresh")));
        buf_str(&reply->body, "{}");
}

static void set_clock(struct sim *sim, const json_t *json, struct server_reply *reply)
{
        sim->clock_ahead = json_integer_value(json_object_get(json, "ahead_s"));
        buf_str(&reply->body, "{}");
}

/* Members that are true or false switch the option; others are left alone. */
static void options(struct sim *sim, const json_t *json, struct server_reply *reply)
{
        struct {
                const char *name;
                bool *option;
        } switches[] = {
            {"no_cursor", &sim->options.no_cursor},
            {"empty_object", &sim->options.empty_object},
            {"strict_names", &sim->options.strict_names},
            {"no_unasked_attributes", &sim->options.no_unasked_attributes},
            {"no_saved_query", &sim->options.no_saved_query},
            {"no_saved_hash", &sim->options.no_saved_hash},
            {"gzip", &sim->options.gzip},
            {"chunked", &sim->options.chunked},
        };

        pthread_rwlock_wrlock(&sim->library.lock);
        for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
                const json_t *value = json_object_get(json, switches[i].name);
                if (json_is_boolean(value))
                        *switches[i].option = json_is_true(value);
        }
        pthread_rwlock_unlock(&sim->library.lock);
        buf_str(&reply->body, "{}");
}

/* The rows of /api/connectors, or of /api/search/query, become these. */
static void replace_rows(struct sim *sim, json_t *json, bool saved, struct server_reply *reply)
{
        json_t *rows = json_object_get(json, "rows");

        if (!json_is_array(rows)) {
                sim_error(reply, 400, "rows must be a list");
                return;
        }
        pthread_rwlock_wrlock(&sim->library.lock);
        if (saved) {
                api_saved_replace(sim, rows);
        } else {
                json_decref(sim->connectors);
                sim->connectors = json_incref(rows);
        }
        pthread_rwlock_unlock(&sim->library.lock);
        buf_str(&reply->body, "{}");
}

static void post(struct sim *sim, const struct server_request *request, struct server_reply *reply)
{
        json_t *json = json_loadb(request->body, request->body_len, 0, NULL);

        if (strcmp(request->path, "/clear") == 0) {
                faults_clear(sim->faults);
                mutate_clear(sim);
                buf_str(&reply->body, "{}");
        } else if (!json) {
                sim_error(reply, 400, "the body is not valid JSON");
        } else if (strcmp(request->path, "/fault") == 0) {
                fault(sim, json, reply);
        } else if (strcmp(request->path, "/mutate") == 0) {
                mutate_request(sim, json, reply);
        } else if (strcmp(request->path, "/tokens") == 0) {
                tokens(sim, json, reply);
        } else if (strcmp(request->path, "/clock") == 0) {
                set_clock(sim, json, reply);
        } else if (strcmp(request->path, "/connectors") == 0) {
                replace_rows(sim, json, false, reply);
        } else if (strcmp(request->path, "/saved") == 0) {
                replace_rows(sim, json, true, reply);
        } else if (strcmp(request->path, "/options") == 0) {
                options(sim, json, reply);
        } else {
                sim_error(reply, 404, "no such path");
        }
        json_decref(json);
}

void admin_handle(void *userdata, const struct server_request *request, struct server_reply *reply)
{
        struct sim *sim = userdata;

        if (strcmp(request->method, "POST") == 0)
                post(sim, request, reply);
        else if (strcmp(request->path, "/stats") == 0)
                stats(sim, reply);
        else if (strcmp(request->path, "/export") == 0)
                export(sim, request, reply);
        else if (strncmp(request->path, "/indicator/", 11) == 0)
                indicator(sim, request->path + 11, reply);
        else
                sim_error(reply, 404, "no such path");
}
