#include "tests/sim/threatq/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <zlib.h>

enum {
        BODY_MAX = 64 << 20,
        POOL = 16,
        PIECE = 16 << 10,
};

struct server {
        struct MHD_Daemon *daemon;
        struct server_options options;
        /* Buffers of sent answers are used again: fresh memory costs more than printing into it. */
        pthread_mutex_t mutex;
        struct buf pool[POOL];
        size_t n_pool;
};

/* What libmicrohttpd keeps for us while it sends a body. */
struct sending {
        struct server *server;
        struct buf body;
        size_t cut_at;
        int64_t drip_ms;
        uint64_t offset; /* of the piece in body, when streaming */
        bool (*more)(void *state, struct buf *piece);
        void *state;
};

static struct buf pool_take(struct server *server)
{
        struct buf b = {0};

        pthread_mutex_lock(&server->mutex);
        if (server->n_pool)
                b = server->pool[--server->n_pool];
        pthread_mutex_unlock(&server->mutex);
        b.len = 0;
        return b;
}

static void pool_give(struct server *server, struct buf *b)
{
        pthread_mutex_lock(&server->mutex);
        bool keep = b->cap && server->n_pool < POOL;
        if (keep)
                server->pool[server->n_pool++] = *b;
        pthread_mutex_unlock(&server->mutex);
        if (!keep)
                buf_free(b);
}

static void sending_free(void *userdata)
{
        struct sending *sending = userdata;

        pool_give(sending->server, &sending->body);
        free(sending->state);
        free(sending);
}

static ssize_t sending_stream(struct sending *sending, uint64_t at, char *out, size_t max)
{
        while (at == sending->offset + sending->body.len) {
                sending->offset = at;
                sending->body.len = 0;
                if (!sending->more(sending->state, &sending->body))
                        return MHD_CONTENT_READER_END_OF_STREAM;
        }
        size_t from = (size_t)(at - sending->offset);
        size_t n = sending->body.len - from < max ? sending->body.len - from : max;
        memcpy(out, sending->body.ptr + from, n);
        return (ssize_t)n;
}

static ssize_t sending_read(void *userdata, uint64_t at, char *out, size_t max)
{
        struct sending *sending = userdata;

        if (sending->more)
                return sending_stream(sending, at, out, max);
        if (at >= sending->cut_at)
                return sending->cut_at == sending->body.len ? MHD_CONTENT_READER_END_OF_STREAM
                                                            : MHD_CONTENT_READER_END_WITH_ERROR;
        if (sending->drip_ms && at)
                nanosleep(&(struct timespec){.tv_sec = sending->drip_ms / 1000,
                                             .tv_nsec = sending->drip_ms % 1000 * 1000000},
                          NULL);
        size_t n = sending->cut_at - (size_t)at < max ? sending->cut_at - (size_t)at : max;
        memcpy(out, sending->body.ptr + at, n);
        return (ssize_t)n;
}

static void compress_body(struct server *server, struct buf *body)
{
        struct buf packed = pool_take(server);
        z_stream z = {0};

        if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                abort();
        uLong bound = deflateBound(&z, (uLong)body->len);
        buf_grow(&packed, bound + 1);
        z.next_in = (Bytef *)body->ptr;
        z.avail_in = (uInt)body->len;
        z.next_out = (Bytef *)packed.ptr;
        z.avail_out = (uInt)bound;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END)
                abort();
        packed.len = z.total_out;
        deflateEnd(&z);
        pool_give(server, body);
        *body = packed;
}

static void header_add(struct MHD_Response *response, const char *name, const char *value)
{
        MHD_add_response_header(response, name, value);
}

/* The Date header, which libmicrohttpd would set by the machine's clock. */
static void date_add(struct MHD_Response *response, int64_t date)
{
        time_t t = date ? (time_t)date : time(NULL);
        char text[40];
        struct tm tm;

        gmtime_r(&t, &tm);
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        header_add(response, "Date", text);
}

/* Hands the reply's body over to libmicrohttpd. */
static struct MHD_Response *make_response(struct server *server, struct server_reply *reply)
{
        struct sending *sending = calloc(1, sizeof(*sending));
        struct MHD_Response *response;

        if (!sending)
                abort();
        *sending = (struct sending){
            .server = server,
            .body = reply->body,
            .cut_at = reply->end == SERVER_TRUNCATED ? reply->cut_at : reply->body.len,
            .drip_ms = reply->drip_ms,
            .more = reply->more,
            .state = reply->state,
        };
        size_t len = reply->body.len;
        reply->body = (struct buf){0};
        bool unknown = sending->more || (reply->chunked && len);
        if (unknown || reply->end == SERVER_TRUNCATED || reply->drip_ms)
                response = MHD_create_response_from_callback(
                    unknown ? MHD_SIZE_UNKNOWN : len, PIECE, sending_read, sending, sending_free);
        else
                response = MHD_create_response_from_buffer_with_free_callback_cls(
                    len, sending->body.ptr, sending_free, sending);
        return response;
}

static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection,
                              struct server_reply *reply)
{
        const char *encodings =
            MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding");
        bool pack = reply->gzip && reply->body.len > 1024 && encodings && strstr(encodings, "gzip");

        if (pack)
                compress_body(server, &reply->body);
        if (reply->body.cap == 0)
                buf_grow(&reply->body, 1);
        struct MHD_Response *response = make_response(server, reply);
        if (!response)
                abort();
        date_add(response, reply->date);
        if (reply->status != MHD_HTTP_NO_CONTENT)
                header_add(response, "Content-Type", reply->content_type);
        if (pack)
                header_add(response, "Content-Encoding", "gzip");
        if (reply->challenge)
                header_add(response, "WWW-Authenticate", "Bearer realm=\"OAuth\"");
        if (reply->basic)
                header_add(response, "WWW-Authenticate", "Basic realm=\"ePO\"");
        if (*reply->retry_after)
                header_add(response, "Retry-After", reply->retry_after);
        if (reply->location)
                header_add(response, "Location", reply->location);
        enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
        MHD_destroy_response(response);
        return result;
}

static enum MHD_Result reset(struct MHD_Connection *connection)
{
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct linger now = {.l_onoff = 1, .l_linger = 0};

        if (info)
                setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        return MHD_NO;
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *data, size_t *data_len, void **context)
{
        struct server *server = userdata;
        struct buf *body = *context;

        (void)version;
        if (!body) {
                body = calloc(1, sizeof(*body));
                *context = body;
                return body ? MHD_YES : MHD_NO;
        }
        if (*data_len) {
                if (body->len + *data_len > BODY_MAX)
                        return MHD_NO;
                buf_put(body, data, *data_len);
                *data_len = 0;
                return MHD_YES;
        }
        struct server_request request = {.method = method,
                                         .path = url,
                                         .body = buf_cstr(body),
                                         .body_len = body->len,
                                         .connection = connection};
        struct server_reply reply = {
            .status = 200, .content_type = "application/json", .body = pool_take(server)};
        server->options.handler(server->options.userdata, &request, &reply);
        if (reply.end == SERVER_RESET) {
                pool_give(server, &reply.body);
                free(reply.state);
                return reset(connection);
        }
        return answer(server, connection, &reply);
}

static void on_completed(void *userdata, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
        struct buf *body = *context;

        (void)userdata;
        (void)connection;
        (void)code;
        if (body)
                buf_free(body);
        free(body);
        *context = NULL;
}

struct server *server_open(const struct server_options *options)
{
        _cleanup_(server_closep) struct server *server = calloc(1, sizeof(*server));
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(options->port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                         MHD_USE_POLL | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
        struct MHD_OptionItem tls[] = {
            {MHD_OPTION_HTTPS_MEM_CERT, 0, options->cert},
            {MHD_OPTION_HTTPS_MEM_KEY, 0, options->key},
            {MHD_OPTION_END, 0, NULL},
        };

        if (!server)
                abort();
        server->options = *options;
        pthread_mutex_init(&server->mutex, NULL);
        if (options->cert)
                flags |= MHD_USE_TLS;
        else
                tls[0].option = MHD_OPTION_END;
        errno = 0;
        server->daemon = MHD_start_daemon(
            flags, options->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
            (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
            MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            (size_t)128 << 10, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_ARRAY, tls,
            MHD_OPTION_END);
        if (!server->daemon) {
                errno = errno ? errno : EINVAL;
                return NULL;
        }
        struct server *ret = server;
        server = NULL;
        return ret;
}

void server_close(struct server *server)
{
        if (!server)
                return;
        if (server->daemon)
                MHD_stop_daemon(server->daemon);
        for (size_t i = 0; i < server->n_pool; i++)
                buf_free(&server->pool[i]);
        pthread_mutex_destroy(&server->mutex);
        free(server);
}

uint16_t server_port(const struct server *server)
{
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

        return info ? info->port : 0;
}

const char *server_arg(const struct server_request *request, const char *name)
{
        return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

int64_t server_arg_number(const struct server_request *request, const char *name, int64_t missing)
{
        const char *text = server_arg(request, name);
        char *end;

        if (!text)
                return missing;
        int64_t n = strtoll(text, &end, 10);
        return end == text || *end || n < 0 ? -1 : n;
}

const char *server_header(const struct server_request *request, const char *name)
{
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}
