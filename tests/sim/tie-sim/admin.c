#include "tests/sim/tie-sim/admin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <microhttpd.h>

const char admin_manual[] =
    "Admin port (plain HTTP on 127.0.0.1, answers are JSON):\n"
    "  GET  /stats                 counters\n"
    "  GET  /reputation?hash=HEX   what is known of a hash, see reputations.h\n"
    "  GET  /faults                the faults that are on\n"
    "  POST /faults?NAME=VALUE&…   switch faults on (0 is off); others stay as they are\n"
    "  POST /faults/reset          all faults off\n"
    "  POST /reset                 forget counters and reputations (the log stays)\n"
    "Faults, N meaning every Nth (1: all):\n"
    "  drop_set=N drop_get=N       no answer, and nothing is done\n"
    "  error_set=N error_get=N     an error response, and nothing is done\n"
    "  error_hash=HEX              an error response for this hash\n"
    "  error_code=C error_text=T   what those error responses say\n"
    "  delay_ms=MS                 every answer comes later\n"
    "  garbage=N                   every Nth answer is no DXL message\n"
    "  garbage_json=N              every Nth answer to a get is DXL but no JSON\n"
    "  duplicate=N                 every Nth answer comes twice\n"
    "  oversize=N                  every Nth answer is longer than 1 MiB\n"
    "  bad_id=N                    every Nth answer has a request id of wrong characters\n"
    "  foreign_id=N                every Nth answer is one to somebody else's request\n"
    "  future=N                    every Nth answer is of version 9, with more at its end\n"
    "  no_registry=1               the broker's own topics are not answered\n"
    "  stale=N                     N dead instances are registered: error 0x80000001 for each\n"
    "  service_off=1               no service registered: error 0x80000001";

struct admin {
        struct MHD_Daemon *daemon;
};

struct fault_name {
        const char *name;
        size_t offset;
        size_t text; /* bytes of a text; 0: a number */
};

#define NUMBER(n)                                                                                  \
        {                                                                                          \
#n, offsetof(struct faults, n), 0                                                  \
        }
#define TEXT(n)                                                                                    \
        {                                                                                          \
#n, offsetof(struct faults, n), sizeof(((struct faults *)0)->n)                    \
        }
static const struct fault_name fault_names[] = {
    NUMBER(drop_set), NUMBER(drop_get),     NUMBER(error_set), NUMBER(error_get),
    TEXT(error_hash), NUMBER(error_code),   TEXT(error_text),  NUMBER(delay_ms),
    NUMBER(garbage),  NUMBER(garbage_json), NUMBER(duplicate), NUMBER(oversize),
    NUMBER(bad_id),   NUMBER(foreign_id),   NUMBER(future),    NUMBER(no_registry),
    NUMBER(stale),    NUMBER(service_off),
};
#undef NUMBER
#undef TEXT
enum { FAULT_COUNT = sizeof(fault_names) / sizeof(*fault_names) };

/* An argument of POST /faults, written into a copy of the faults. */
struct change {
        struct faults faults;
        bool bad;
};

static enum MHD_Result on_argument(void *userdata, enum MHD_ValueKind kind, const char *key,
                                   const char *value)
{
        (void)kind;
        struct change *c = userdata;
        for (size_t i = 0; i < FAULT_COUNT; i++) {
                const struct fault_name *f = &fault_names[i];
                char *field = (char *)&c->faults + f->offset;
                if (strcmp(key, f->name) != 0)
                        continue;
                if (f->text) {
                        snprintf(field, f->text, "%s", value ? value : "");
                        return MHD_YES;
                }
                char *end = NULL;
                unsigned n = value ? (unsigned)strtoul(value, &end, 0) : 0;
                c->bad |= !end || end == value || *end;
                memcpy(field, &n, sizeof(n));
                return MHD_YES;
        }
        c->bad = true;
        return MHD_YES;
}

static json_t *faults_json(const struct faults *faults)
{
        json_t *o = json_object();
        for (size_t i = 0; i < FAULT_COUNT; i++) {
                const char *field = (const char *)faults + fault_names[i].offset;
                unsigned n;
                memcpy(&n, field, sizeof(n));
                json_object_set_new(o, fault_names[i].name,
                                    fault_names[i].text ? json_string(field) : json_integer(n));
        }
        return o;
}

static json_t *stats_json(struct sim *sim)
{
        const struct stats *s = &sim->stats;
        return json_pack(
            "{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:b}", "sets", (json_int_t)s->sets,
            "sets_done", (json_int_t)s->sets_done, "gets", (json_int_t)s->gets, "sightings",
            (json_int_t)s->sightings, "errors", (json_int_t)s->errors, "dropped",
            (json_int_t)s->dropped, "bad", (json_int_t)s->bad, "answers", (json_int_t)s->answers,
            "hashes", (json_int_t)reputations_count(sim->reputations), "connections",
            (json_int_t)s->connections, "connected", s->connected, "registered", s->registered);
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *body)
{
        struct MHD_Response *response = MHD_create_response_from_buffer(
            body ? strlen(body) : 0, body ? body : NULL, MHD_RESPMEM_MUST_FREE);
        if (!response) {
                free(body);
                return MHD_NO;
        }
        MHD_add_response_header(response, "Content-Type", "application/json");
        enum MHD_Result rc = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return rc;
}

static enum MHD_Result answer_json(struct MHD_Connection *connection, unsigned status, json_t *o)
{
        char *body = json_dumps(o, JSON_COMPACT);
        json_decref(o);
        return answer(connection, status, body);
}

static enum MHD_Result bad_request(struct MHD_Connection *connection, unsigned status,
                                   const char *why)
{
        return answer_json(connection, status, json_pack("{s:s}", "error", why));
}

static enum MHD_Result do_reputation(struct sim *sim, struct MHD_Connection *connection)
{
        struct text hex =
            text_of(MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hash"));
        struct hash hash;
        if (!hash_parse(HASH_MD5, hex, &hash) && !hash_parse(HASH_SHA1, hex, &hash) &&
            !hash_parse(HASH_SHA256, hex, &hash))
                return bad_request(connection, MHD_HTTP_BAD_REQUEST, "hash=HEX is wanted");
        char text[REPUTATIONS_ANSWER_MAX];
        reputations_describe(sim->reputations, &hash, text);
        return answer(connection, MHD_HTTP_OK, strdup(text));
}

static enum MHD_Result do_faults(struct sim *sim, struct MHD_Connection *connection)
{
        struct change change = {sim->faults, false};
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, on_argument, &change);
        if (change.bad)
                return bad_request(connection, MHD_HTTP_BAD_REQUEST,
                                   "no such fault, or its value is no number; see --help");
        sim->faults = change.faults;
        return answer_json(connection, MHD_HTTP_OK, faults_json(&sim->faults));
}

static enum MHD_Result do_reset(struct sim *sim, struct MHD_Connection *connection)
{
        struct stats kept = {.connections = sim->stats.connections,
                             .connected = sim->stats.connected,
                             .registered = sim->stats.registered};
        struct reputations *fresh = reputations_open();
        if (!fresh)
                return bad_request(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
        reputations_close(sim->reputations);
        sim->reputations = fresh;
        sim->stats = kept;
        return answer_json(connection, MHD_HTTP_OK, stats_json(sim));
}

static enum MHD_Result dispatch(struct sim *sim, struct MHD_Connection *connection,
                                const char *method, const char *url)
{
        bool post = strcmp(method, "POST") == 0;
        if (strcmp(url, "/stats") == 0)
                return answer_json(connection, MHD_HTTP_OK, stats_json(sim));
        if (strcmp(url, "/reputation") == 0)
                return do_reputation(sim, connection);
        if (strcmp(url, "/faults") == 0 && post)
                return do_faults(sim, connection);
        if (strcmp(url, "/faults/reset") == 0 && post) {
                sim->faults = (struct faults){.error_text = "simulated error"};
                return answer_json(connection, MHD_HTTP_OK, faults_json(&sim->faults));
        }
        if (strcmp(url, "/faults") == 0)
                return answer_json(connection, MHD_HTTP_OK, faults_json(&sim->faults));
        if (strcmp(url, "/reset") == 0 && post)
                return do_reset(sim, connection);
        return bad_request(connection, MHD_HTTP_NOT_FOUND, "see --help");
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **context)
{
        (void)version;
        (void)upload;
        struct sim *sim = userdata;
        if (!*context) { /* the headers are here; a body may follow and is not looked at */
                *context = sim;
                return MHD_YES;
        }
        if (*upload_size > 0) {
                *upload_size = 0;
                return MHD_YES;
        }
        pthread_mutex_lock(&sim->lock);
        enum MHD_Result rc = dispatch(sim, connection, method, url);
        pthread_mutex_unlock(&sim->lock);
        return rc;
}

struct admin *admin_open(struct sim *sim, uint16_t port, uint16_t *port_ret)
{
        struct admin *admin = calloc(1, sizeof(*admin));
        if (!admin)
                return NULL;
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        admin->daemon =
            MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, port, NULL, NULL,
                             on_request, sim, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
        const union MHD_DaemonInfo *info =
            admin->daemon ? MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
        if (!info) {
                admin_close(admin);
                return NULL;
        }
        *port_ret = info->port;
        return admin;
}

void admin_close(struct admin *admin)
{
        if (!admin)
                return;
        if (admin->daemon)
                MHD_stop_daemon(admin->daemon);
        free(admin);
}
