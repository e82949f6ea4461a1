#include "tests/sim/threatq/api.h"

#include <stdlib.h>

/* One kind by the id of the path, or all of them, or those with the name that is asked for. */
static void kinds(struct api_call *call, const struct names_kind *kinds, int n,
                  void (*print)(struct buf *, const struct names_kind *, enum print_kind))
{
        struct buf *b = &call->reply->body;
        const char *name = server_arg(call->request, "name");
        int found = 0;

        for (int i = 0; i < n && call->ids[0]; i++) {
                if (kinds[i].id != call->ids[0])
                        continue;
                buf_str(b, "{\"data\":");
                print(b, &kinds[i], PRINT_KIND_RELATIONAL);
                buf_str(b, "}");
                return;
        }
        if (call->ids[0]) {
                sim_error(call->reply, 404, "Not found.");
                return;
        }
        buf_str(b, "{\"data\":[");
        for (int i = 0; i < n; i++) {
                if (name && strcmp(name, kinds[i].name) != 0)
                        continue;
                if (found++)
                        buf_str(b, ",");
                print(b, &kinds[i], PRINT_KIND_RELATIONAL);
        }
        buf_printf(b, "],\"total\":%d}", found);
}

void api_types(struct api_call *call)
{
        kinds(call, call->sim->library.names.types, NAMES_TYPES, print_type);
}

void api_statuses(struct api_call *call)
{
        kinds(call, call->sim->library.names.statuses, NAMES_STATUSES, print_status);
}

/* `json` comes back as a string in some versions; every second search shows it so. */
static void print_saved(struct buf *b, const struct sim *sim, size_t nth)
{
        const struct sim_saved *saved = &sim->saved[nth];
        json_t *json = json_object_get(saved->json, "json");
        json_t *name = json_object_get(saved->json, "name");
        _cleanup_(freep) char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

        buf_printf(b, "{\"id\":%zu,", nth + 1);
        if (!sim->options.no_saved_hash)
                buf_printf(b, "\"hash\":\"%s\",", saved->hash);
        buf_str(b, "\"name\":");
        if (json_is_string(name))
                buf_json(b, json_string_value(name));
        else
                buf_str(b, "null");
        buf_str(b, ",\"json\":");
        if (sim->options.no_saved_query || !text)
                buf_str(b, "null");
        else if (nth % 2)
                buf_json(b, text);
        else
                buf_str(b, text);
        buf_str(b, "}");
}

void api_saved_list(struct api_call *call)
{
        const struct sim *sim = call->sim;
        struct buf *b = &call->reply->body;
        size_t offset = (size_t)server_arg_number(call->request, "offset", 0);
        size_t limit = (size_t)server_arg_number(call->request, "limit", SIM_SAVED_MAX);

        if (limit > SIM_SAVED_PAGE)
                limit = SIM_SAVED_PAGE;
        buf_str(b, "{\"data\":[");
        for (size_t i = offset; i < sim->n_saved && i - offset < limit; i++) {
                if (i > offset)
                        buf_str(b, ",");
                print_saved(b, sim, i);
        }
        buf_printf(b, "],\"total\":%zu}", sim->n_saved);
}

void api_saved_get(struct api_call *call)
{
        const struct sim *sim = call->sim;

        for (size_t i = 0; i < sim->n_saved; i++) {
                if (strcmp(sim->saved[i].hash, call->tail) != 0)
                        continue;
                buf_str(&call->reply->body, "{\"data\":");
                print_saved(&call->reply->body, sim, i);
                buf_str(&call->reply->body, "}");
                return;
        }
        sim_error(call->reply, 404, "The search was not found.");
}

static void add_saved(struct sim *sim, json_t *search)
{
        struct sim_saved *saved = &sim->saved[sim->n_saved];
        uint64_t bits = names_mix(sim->library.options.seed + 77 + sim->n_saved);

        snprintf(saved->hash, sizeof(saved->hash), "%016llx%016llx", (unsigned long long)bits,
                 (unsigned long long)names_mix(bits));
        saved->json = json_incref(search);
        sim->n_saved++;
}

void api_saved_replace(struct sim *sim, json_t *searches)
{
        json_t *search;
        size_t i;

        while (sim->n_saved > 0)
                json_decref(sim->saved[--sim->n_saved].json);
        json_array_foreach(searches, i, search)
        {
                if (sim->n_saved < SIM_SAVED_MAX)
                        add_saved(sim, search);
        }
}

void api_saved_post(struct api_call *call)
{
        struct sim *sim = call->sim;
        json_t *body = api_body(call);

        if (!body)
                return;
        if (!json_is_object(json_object_get(body, "json"))) {
                sim_error_field(call->reply, 400, "json", "The json field is required.");
        } else if (sim->n_saved == SIM_SAVED_MAX) {
                sim_error(call->reply, 400, "There are too many searches.");
        } else {
                add_saved(sim, body);
                call->reply->status = 201;
                buf_str(&call->reply->body, "{\"data\":");
                print_saved(&call->reply->body, sim, sim->n_saved - 1);
                buf_str(&call->reply->body, "}");
        }
        json_decref(body);
}

void api_objects(struct api_call *call)
{
        const struct names *names = &call->sim->library.names;
        struct buf *b = &call->reply->body;

        buf_str(b, "{\"total\":1,\"data\":[{\"collection\":\"indicators\",\"display_name\":"
                   "\"Indicator\",\"display_name_plural\":\"Indicators\",\"types\":[");
        for (int i = 0; i < NAMES_TYPES; i++) {
                if (i)
                        buf_str(b, ",");
                print_type(b, &names->types[i], PRINT_KIND_INDEX);
        }
        buf_str(b, "],\"statuses\":[");
        for (int i = 0; i < NAMES_STATUSES; i++) {
                if (i)
                        buf_str(b, ",");
                print_status(b, &names->statuses[i], PRINT_KIND_INDEX);
        }
        buf_str(b, "]}]}");
}
