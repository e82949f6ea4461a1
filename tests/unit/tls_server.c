#include "tests/unit/tls_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { SCRIPT_MAX = 64, REQUEST_MAX = 64 << 10, CONNECTIONS_MAX = 32 };

struct tls_server {
        int listener;
        int port;
        char ca_file[64];
        SSL_CTX *ctx;
        pthread_t thread;
        pthread_t workers[CONNECTIONS_MAX];
        atomic_bool stop;
        atomic_size_t connections;
        pthread_mutex_t mutex;
        struct {
                void *bytes;
                size_t len;
                bool cut;
        } script[SCRIPT_MAX];
        size_t scripted, played;
        char *requests[SCRIPT_MAX];
};

struct connection {
        struct tls_server *server;
        int fd;
};

static X509 *make_certificate(EVP_PKEY *key)
{
        X509 *cert = X509_new();
        X509_NAME *name = X509_get_subject_name(cert);
        X509_EXTENSION *alt;

        X509_set_version(cert, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
        X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
        X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
        X509_set_pubkey(cert, key);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
                                   0);
        X509_set_issuer_name(cert, name);
        alt = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
        X509_add_ext(cert, alt, -1);
        X509_EXTENSION_free(alt);
        X509_sign(cert, key, EVP_sha256());
        return cert;
}

static void make_context(struct tls_server *server)
{
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *cert = make_certificate(key);
        int fd;
        FILE *out;

        strcpy(server->ca_file, "/tmp/tls-server-XXXXXX");
        fd = mkstemp(server->ca_file);
        out = fdopen(fd, "w");
        assert(out);
        PEM_write_X509(out, cert);
        fclose(out);
        server->ctx = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(server->ctx, cert);
        SSL_CTX_use_PrivateKey(server->ctx, key);
        X509_free(cert);
        EVP_PKEY_free(key);
}

/* Reads one request, head and body; NULL at the end of the connection. */
static char *read_request(SSL *ssl)
{
        char *text = calloc(1, REQUEST_MAX);
        size_t len = 0;

        assert(text);
        for (;;) {
                const char *end = strstr(text, "\r\n\r\n");
                const char *length = strcasestr(text, "\r\ncontent-length:");
                size_t want = length ? strtoul(length + 17, NULL, 10) : 0;
                int n;

                if (end && len >= (size_t)(end - text) + 4 + want)
                        return text;
                n = SSL_read(ssl, text + len, (int)(REQUEST_MAX - 1 - len));
                if (n <= 0)
                        break;
                len += (size_t)n;
        }
        free(text);
        return NULL;
}

/* Notes the request and plays the next answer; false when the connection ends here. */
static bool play(struct tls_server *server, SSL *ssl, char *request)
{
        size_t n;
        bool more;

        pthread_mutex_lock(&server->mutex);
        n = server->played;
        more = n < server->scripted;
        if (more) {
                server->requests[n] = request;
                server->played++;
        }
        pthread_mutex_unlock(&server->mutex);
        if (!more) {
                free(request);
                return false;
        }
        if (server->script[n].len > 0)
                SSL_write(ssl, server->script[n].bytes, (int)server->script[n].len);
        return !server->script[n].cut;
}

static void *serve_connection(void *userdata)
{
        struct connection *c = userdata;
        SSL *ssl = SSL_new(c->server->ctx);

        SSL_set_fd(ssl, c->fd);
        if (SSL_accept(ssl) == 1) {
                char *request = read_request(ssl);

                while (request && play(c->server, ssl, request))
                        request = read_request(ssl);
        }
        SSL_free(ssl);
        close(c->fd);
        free(c);
        return NULL;
}

static void *serve(void *userdata)
{
        struct tls_server *server = userdata;

        while (!atomic_load(&server->stop)) {
                struct pollfd p = {.fd = server->listener, .events = POLLIN};
                struct connection *c;
                size_t n = atomic_load(&server->connections);

                if (poll(&p, 1, 20) != 1 || n == CONNECTIONS_MAX)
                        continue;
                c = calloc(1, sizeof(*c));
                assert(c);
                c->server = server;
                c->fd = accept(server->listener, NULL, NULL);
                pthread_create(&server->workers[n], NULL, serve_connection, c);
                atomic_store(&server->connections, n + 1);
        }
        return NULL;
}

struct tls_server *tls_server_open(void)
{
        struct tls_server *server = calloc(1, sizeof(*server));
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof(address);
        int r;

        assert(server);
        pthread_mutex_init(&server->mutex, NULL);
        make_context(server);
        server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        r = bind(server->listener, (struct sockaddr *)&address, sizeof(address));
        assert(r == 0);
        r = listen(server->listener, 16);
        assert(r == 0);
        getsockname(server->listener, (struct sockaddr *)&address, &len);
        server->port = ntohs(address.sin_port);
        pthread_create(&server->thread, NULL, serve, server);
        return server;
}

void tls_server_close(struct tls_server *server)
{
        atomic_store(&server->stop, true);
        pthread_join(server->thread, NULL);
        /* The clients are closed by now, so every worker has met its end of connection. */
        for (size_t i = 0; i < server->connections; i++)
                pthread_join(server->workers[i], NULL);
        for (size_t i = 0; i < server->scripted; i++) {
                free(server->script[i].bytes);
                free(server->requests[i]);
        }
        SSL_CTX_free(server->ctx);
        close(server->listener);
        unlink(server->ca_file);
        pthread_mutex_destroy(&server->mutex);
        free(server);
}

int tls_server_port(const struct tls_server *server)
{
        return server->port;
}

const char *tls_server_ca_file(const struct tls_server *server)
{
        return server->ca_file;
}

void tls_server_add_bytes(struct tls_server *server, const void *answer, size_t len, bool cut)
{
        pthread_mutex_lock(&server->mutex);
        assert(server->scripted < SCRIPT_MAX);
        server->script[server->scripted].bytes = malloc(len + 1);
        assert(server->script[server->scripted].bytes);
        memcpy(server->script[server->scripted].bytes, answer, len);
        server->script[server->scripted].len = len;
        server->script[server->scripted].cut = cut;
        server->scripted++;
        pthread_mutex_unlock(&server->mutex);
}

void tls_server_add(struct tls_server *server, const char *answer, bool cut)
{
        tls_server_add_bytes(server, answer, strlen(answer), cut);
}

void tls_server_add_json(struct tls_server *server, int status, const char *json)
{
        char *answer = NULL;
        int len = asprintf(&answer,
                           "HTTP/1.1 %d Scripted\r\nContent-Type: application/json\r\n"
                           "Content-Length: %zu\r\n\r\n%s",
                           status, strlen(json), json);

        assert(len > 0);
        tls_server_add_bytes(server, answer, (size_t)len, false);
        free(answer);
}

size_t tls_server_count(struct tls_server *server)
{
        size_t n;

        pthread_mutex_lock(&server->mutex);
        n = server->played;
        pthread_mutex_unlock(&server->mutex);
        return n;
}

const char *tls_server_request(struct tls_server *server, size_t n)
{
        const char *request;

        pthread_mutex_lock(&server->mutex);
        request = n < server->played ? server->requests[n] : "";
        pthread_mutex_unlock(&server->mutex);
        return request;
}

size_t tls_server_connections(struct tls_server *server)
{
        return atomic_load(&server->connections);
}
