#include "publisher/dxl/probe.h"

#include "common/clock.h"
#include "publisher/dxl/certs.h"
#include "publisher/dxl/proxy.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

/* One look under way. */
struct look {
        SSL_CTX *ctx;
        const struct dxl_config *config;
        const char *host;
        uint16_t port;
        const struct dxl_patience *patience;
        int64_t start_ms;
        int fd;
        SSL *ssl;
        struct dxl_tls_trouble trouble;
        struct dxl_probe *ret;
};

static void reached(struct look *look, enum dxl_reached how_far)
{
        look->ret->rank = (struct dxl_rank){how_far, clock_boot_ms() - look->start_ms};
}

static int fail(struct look *look, int rc, const char *what)
{
        snprintf(look->ret->error, sizeof(look->ret->error), "%s: %s", what, strerror(-rc));
        return rc;
}

static int send_all(struct look *look, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = send(look->fd, data, len, MSG_NOSIGNAL);
                if (n < 0 && errno != EAGAIN)
                        return -errno;
                int rc = n < 0 ? dxl_patience_wait(look->patience, look->fd, POLLOUT) : 0;
                if (rc < 0)
                        return rc;
                data += n < 0 ? 0 : n;
                len -= n < 0 ? 0 : (size_t)n;
        }
        return 0;
}

/* Reads the head of the proxy's answer byte by byte, so that nothing of what follows is taken. */
static int read_head(struct look *look, char *head, size_t size, size_t *ret_len)
{
        size_t len = 0;

        while (dxl_proxy_head((struct text){head, len}) == 0) {
                if (len == size)
                        return -EPROTO;
                ssize_t n = recv(look->fd, head + len, 1, 0);
                if (n == 0)
                        return -ECONNRESET;
                if (n < 0 && errno != EAGAIN)
                        return -errno;
                int rc = n < 0 ? dxl_patience_wait(look->patience, look->fd, POLLIN) : 0;
                if (rc < 0)
                        return rc;
                len += n < 0 ? 0 : (size_t)n;
        }
        *ret_len = len;
        return 0;
}

static int through_proxy(struct look *look)
{
        const struct dxl_proxy *proxy = &look->config->proxy;
        char text[DXL_PROXY_TEXT_MAX];
        size_t len = dxl_proxy_request(proxy, look->host, look->port, text);
        int rc = len > 0 ? send_all(look, text, len) : -EMSGSIZE;

        explicit_bzero(text, sizeof(text));
        if (rc == 0)
                rc = read_head(look, text, sizeof(text), &len);
        if (rc < 0)
                return fail(look, rc, "the proxy does not answer");
        rc =
            dxl_proxy_verdict((struct text){text, len}, look->ret->error, sizeof(look->ret->error));
        if (rc < 0)
                reached(look, DXL_REACHED_REFUSED);
        return rc;
}

/* A broker that is reached by TCP, through the proxy if there is one. */
static int connect_tcp(struct look *look)
{
        const struct dxl_proxy *proxy = &look->config->proxy;
        const char *host = proxy->host ? proxy->host : look->host;
        uint16_t port = proxy->host ? proxy->port : look->port;
        char why[200] = "";
        /* paho is not told another address of the proxy, and compares names with an address. */
        bool all = !proxy->host && !look->config->verify_hostname;
        struct dxl_way way;
        int rc = dxl_reach(host, port, all, look->patience, &way, why, sizeof(why));

        if (rc < 0) {
                snprintf(look->ret->error, sizeof(look->ret->error), "%s%.100s%s%s",
                         proxy->host ? "the proxy " : "", proxy->host ? proxy->host : "",
                         proxy->host ? ": " : "", why);
                return rc;
        }
        look->fd = way.fd;
        memcpy(look->ret->address, way.address, sizeof(way.address));
        reached(look, DXL_REACHED_TCP);
        return proxy->host ? through_proxy(look) : 0;
}

/* Goes on with what wants to read or write. 0: try again; 1: `n` is no wish to wait. */
static int await_tls(struct look *look, int n)
{
        int error = SSL_get_error(look->ssl, n);

        if (error == SSL_ERROR_WANT_READ)
                return dxl_patience_wait(look->patience, look->fd, POLLIN);
        if (error == SSL_ERROR_WANT_WRITE)
                return dxl_patience_wait(look->patience, look->fd, POLLOUT);
        return 1;
}

static int explain(struct look *look)
{
        dxl_tls_note(&look->trouble);
        dxl_tls_words(look->config, look->host, &look->trouble, look->ret->expiries.client_s,
                      clock_wall_s(), look->ret->error);
        reached(look, DXL_REACHED_REFUSED);
        return -EPROTO;
}

static void note_expiries(struct look *look)
{
        STACK_OF(X509) *chain = SSL_get0_verified_chain(look->ssl);
        struct dxl_expiries *e = &look->ret->expiries;

        for (int i = 0; i < sk_X509_num(chain); i++) {
                int64_t end = dxl_certs_end(sk_X509_value(chain, i));
                if (i == 0)
                        e->broker_s = end;
                else if (e->ca_s == 0 || end < e->ca_s)
                        e->ca_s = end;
        }
}

static int shake_hands(struct look *look)
{
        look->ssl = dxl_tls_new(look->ctx, look->config, look->fd, look->host, &look->trouble);
        if (!look->ssl)
                return fail(look, -ENOMEM, "TLS");
        for (int n, rc; (n = SSL_connect(look->ssl)) != 1;) {
                rc = await_tls(look, n);
                if (rc == -ETIMEDOUT)
                        return fail(look, rc, "no answer to the TLS handshake");
                if (rc != 0)
                        return rc < 0 ? fail(look, rc, "TLS handshake") : explain(look);
        }
        note_expiries(look);
        reached(look, DXL_REACHED_TLS);
        return 0;
}

/* Waits for the broker to end the connection; it should not say anything else. */
static int await_refusal(struct look *look)
{
        char byte;
        int rc = 0;

        for (int n; rc == 0 && (n = SSL_read(look->ssl, &byte, 1)) != 1;)
                rc = await_tls(look, n);
        return explain(look);
}

static void run(struct look *look, bool refusal)
{
        struct dxl_probe *ret = look->ret;

        *ret = (struct dxl_probe){.expiries.client_s = ret->expiries.client_s};
        ERR_clear_error();
        look->start_ms = clock_boot_ms();
        look->fd = -1;
        reached(look, DXL_REACHED_NOTHING);
        ret->rc = connect_tcp(look);
        if (ret->rc == 0)
                ret->rc = shake_hands(look);
        if (ret->rc == 0 && refusal)
                ret->rc = await_refusal(look);
        if (look->ssl && ret->rc == 0)
                SSL_shutdown(look->ssl);
        SSL_free(look->ssl);
        closep(&look->fd);
}

static struct look look_at(SSL_CTX *ctx, const struct dxl_config *config, const char *host,
                           uint16_t port, const struct dxl_patience *patience,
                           struct dxl_probe *ret)
{
        return (struct look){.ctx = ctx,
                             .config = config,
                             .host = host,
                             .port = port,
                             .patience = patience,
                             .ret = ret};
}

void dxl_probe(SSL_CTX *ctx, const struct dxl_config *config, const char *host, uint16_t port,
               const struct dxl_patience *patience, struct dxl_probe *ret)
{
        struct look look = look_at(ctx, config, host, port, patience, ret);

        run(&look, false);
}

void dxl_probe_refusal(SSL_CTX *ctx, const struct dxl_config *config, const char *host,
                       uint16_t port, const struct dxl_patience *patience, struct dxl_probe *ret)
{
        struct look look = look_at(ctx, config, host, port, patience, ret);

        run(&look, true);
}
