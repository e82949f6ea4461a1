#include "tests/sim/epo-sim/admin.h"

#include "tests/sim/epo-sim/commands.h"

#include <jansson.h>

const char admin_manual[] =
    "Admin port (plain HTTP on 127.0.0.1, answers are JSON):\n"
    "  GET  /stats              requests, refused (401), issued (certificates), hanging,\n"
    "                           subject (of the last request for a certificate)\n"
    "  POST /fault?name=NAME    switch a fault on; \"none\" switches it off\n"
    "  POST /brokers            {\"brokers\": [LINE...], \"websockets\": [LINE...]}\n";

bool admin_add_line(struct sim_lines *lines, const char *line)
{
        if (lines->count == SIM_BROKERS_MAX || !strchr(line, '='))
                return false;
        lines->all[lines->count] = strdup(line);
        return lines->all[lines->count++] != NULL;
}

static void clear(struct sim_lines *lines)
{
        while (lines->count > 0)
                free(lines->all[--lines->count]);
}

static bool take_lines(const json_t *list, struct sim_lines *lines)
{
        clear(lines);
        for (size_t i = 0; i < json_array_size(list); i++) {
                const char *line = json_string_value(json_array_get(list, i));

                if (!line || !admin_add_line(lines, line))
                        return false;
        }
        return true;
}

static bool set_brokers(struct sim *sim, const struct server_request *request)
{
        json_t *json = json_loadb(request->body, request->body_len, 0, NULL);
        bool good = json && take_lines(json_object_get(json, "brokers"), &sim->brokers) &&
                    take_lines(json_object_get(json, "websockets"), &sim->websockets);

        json_decref(json);
        return good;
}

static bool set_fault(struct sim *sim, const struct server_request *request)
{
        const char *name = server_arg(request, "name");
        const char *fault = name ? commands_fault(name) : NULL;

        if (!name || (!fault && strcmp(name, "none") != 0))
                return false;
        sim->fault = fault;
        pthread_cond_broadcast(&sim->changed);
        return true;
}

static void put_stats(const struct sim *sim, struct buf *out)
{
        buf_printf(out, "{\"requests\":%u,\"refused\":%u,\"issued\":%u,\"hanging\":%u,\"subject\":",
                   sim->requests, sim->refused, sim->issued, sim->hanging);
        buf_json(out, sim->last_subject ? sim->last_subject : "");
        buf_str(out, "}\n");
}

void admin_handle(void *userdata, const struct server_request *request, struct server_reply *reply)
{
        struct sim *sim = userdata;
        bool post = strcmp(request->method, "POST") == 0, good = true;

        pthread_mutex_lock(&sim->lock);
        if (post && strcmp(request->path, "/fault") == 0)
                good = set_fault(sim, request);
        else if (post && strcmp(request->path, "/brokers") == 0)
                good = set_brokers(sim, request);
        else
                good = strcmp(request->path, "/stats") == 0;
        if (good) {
                put_stats(sim, &reply->body);
        } else {
                reply->status = 400;
                buf_str(&reply->body, "{\"error\":\"see --help\"}\n");
        }
        pthread_mutex_unlock(&sim->lock);
}
