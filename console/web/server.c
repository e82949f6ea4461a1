#include "console/web/server.h"

#include "common/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <microhttpd.h>

/* One connection. */
struct client {
        bool used;
        int fd;
        int64_t deadline;               /* boot ms */
        struct MHD_Connection *waiting; /* suspended, or NULL */
        uint64_t ticket;
};

struct server {
        struct MHD_Daemon *daemon;
        server_fn fn;
        void *userdata;
        bool closing;
        struct client clients[SERVER_CONNECTIONS_MAX];
};

static const char *const headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

static struct client *client_of(struct MHD_Connection *connection)
{
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

static void on_connection(void *userdata, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
        struct server *s = userdata;
        struct client *client = *context;

        if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
                if (client)
                        *client = (struct client){0};
                return;
        }
        for (size_t i = 0; i < SERVER_CONNECTIONS_MAX && !client; i++) {
                if (!s->clients[i].used)
                        client = &s->clients[i];
        }
        if (client)
                *client = (struct client){
                    .used = true,
                    .fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                              ->connect_fd,
                    .deadline = clock_boot_ms() + SERVER_REQUEST_MS,
                };
        *context = client;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
        return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection,
                                  const struct server_reply *reply)
{
        static char nothing[1];
        void *body = nothing;
        struct MHD_Response *response;
        enum MHD_Result result;

        if (reply->len > 0)
                memcpy(&body, &reply->body, sizeof(body));
        response = MHD_create_response_from_buffer(reply->len, body, MHD_RESPMEM_MUST_COPY);
        if (!response)
                return MHD_NO;
        for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
                MHD_add_response_header(response, headers[i][0], headers[i][1]);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
        if (reply->set_cookie)
                MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, reply->set_cookie);
        if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
                MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        if (reply->status == MHD_HTTP_UNAUTHORIZED)
                MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
        result = MHD_queue_response(connection, reply->status, response);
        MHD_destroy_response(response);
        return result;
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_len, void **context)
{
        struct server *s = userdata;
        struct client *client = client_of(connection);
        struct server_request request = {
            .method = method,
            .path = path,
            .query = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "q"),
            .host = header(connection, MHD_HTTP_HEADER_HOST),
            .accept = header(connection, MHD_HTTP_HEADER_ACCEPT),
            .authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
            .session = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, SERVER_COOKIE),
        };
        struct server_reply reply = {0};

        (void)version, (void)upload, (void)upload_len;
        if (!client || s->closing)
                return MHD_NO;
        if (!*context) {
                *context = client;
                client->ticket = 0;
                client->deadline = clock_boot_ms() + SERVER_ANSWER_MS;
                /* An answer to a head alone would close the connection: it waits for the next
                 * call. One that has a body is not read. */
                if (!header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH) &&
                    !header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING))
                        return MHD_YES;
        }
        client->waiting = NULL;
        request.ticket = &client->ticket;
        if (s->fn(&request, &reply, s->userdata))
                return send_reply(connection, &reply);
        client->waiting = connection;
        MHD_suspend_connection(connection);
        return MHD_YES;
}

static void on_completed(void *userdata, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
        struct client *client = client_of(connection);

        (void)userdata, (void)code;
        if (client)
                client->deadline = clock_boot_ms() + SERVER_REQUEST_MS;
        *context = NULL;
}

int server_open(int listener, int epoll, server_fn fn, void *userdata, struct server **ret)
{
        _cleanup_(server_closep) struct server *s = calloc(1, sizeof(*s));
        struct epoll_event event = {.events = EPOLLIN};
        const union MHD_DaemonInfo *info;

        if (!s) {
                close(listener);
                return -ENOMEM;
        }
        s->fn = fn;
        s->userdata = userdata;
        s->daemon =
            MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
                             MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
                             (unsigned)SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                             (size_t)SERVER_HEAD_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                             (unsigned)SERVER_ANSWER_MS / 1000, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                             MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                             MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_END);
        if (!s->daemon) {
                close(listener);
                return -EIO;
        }
        info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        if (!info || epoll_ctl(epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
                return -EIO;
        *ret = s;
        s = NULL;
        return 0;
}

void server_close(struct server *server)
{
        if (!server)
                return;
        if (server->daemon) {
                server->closing = true;
                server_wake(server);
                MHD_stop_daemon(server->daemon);
        }
        free(server);
}

void server_serve(struct server *server, int64_t boot_ms)
{
        for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
                struct client *client = &server->clients[i];

                if (client->used && !client->waiting && boot_ms >= client->deadline) {
                        shutdown(client->fd, SHUT_RDWR);
                        client->deadline = INT64_MAX;
                }
        }
        MHD_run(server->daemon);
}

int64_t server_next(const struct server *server, int64_t boot_ms)
{
        MHD_UNSIGNED_LONG_LONG ms;
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
                const struct client *client = &server->clients[i];

                if (client->used && !client->waiting && client->deadline < next)
                        next = client->deadline;
        }
        if (MHD_get_timeout(server->daemon, &ms) == MHD_YES && boot_ms + (int64_t)ms < next)
                next = boot_ms + (int64_t)ms;
        return next;
}

void server_wake(struct server *server)
{
        for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
                struct client *client = &server->clients[i];
                struct MHD_Connection *waiting = client->waiting;

                client->waiting = NULL;
                if (client->used && waiting)
                        MHD_resume_connection(waiting);
        }
        MHD_run(server->daemon);
}
