#include "publisher/dxl/proxy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

static const char *bracket(const char *host, const char *which)
{
        return strchr(host, ':') ? which : "";
}

/* The header of Basic authentication (RFC 7617), "" without a user. */
static bool authorization(const struct dxl_proxy *proxy, char *out, size_t size)
{
        char pair[2 * DXL_PROXY_FIELD_MAX + 2];
        unsigned char base64[4 * sizeof(pair) / 3 + 4];
        const char *password = proxy->password ? proxy->password : "";

        out[0] = '\0';
        if (!proxy->user)
                return true;
        int len = snprintf(pair, sizeof(pair), "%s:%s", proxy->user, password);
        bool fits = len > 0 && (size_t)len < sizeof(pair);
        if (fits) {
                EVP_EncodeBlock(base64, (const unsigned char *)pair, len);
                len = snprintf(out, size, "Proxy-Authorization: Basic %s\r\n", base64);
                fits = len > 0 && (size_t)len < size;
        }
        explicit_bzero(pair, sizeof(pair));
        explicit_bzero(base64, sizeof(base64));
        return fits;
}

size_t dxl_proxy_request(const struct dxl_proxy *proxy, const char *host, uint16_t port,
                         char out[DXL_PROXY_TEXT_MAX])
{
        char header[2048];
        const char *open = bracket(host, "["), *close = bracket(host, "]");
        int len = -1;

        if (authorization(proxy, header, sizeof(header)))
                len = snprintf(out, DXL_PROXY_TEXT_MAX,
                               "CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n%s\r\n", open,
                               host, close, port, open, host, close, port, header);
        explicit_bzero(header, sizeof(header));
        return len > 0 && len < DXL_PROXY_TEXT_MAX ? (size_t)len : 0;
}

size_t dxl_proxy_head(struct text answer)
{
        const char *end = answer.len > 0 ? memmem(answer.ptr, answer.len, "\r\n\r\n", 4) : NULL;

        return end ? (size_t)(end - answer.ptr) + 4 : 0;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

int dxl_proxy_verdict(struct text head, char *why, size_t why_size)
{
        const char *end = head.len > 0 ? memchr(head.ptr, '\r', head.len) : NULL;
        struct text line = {head.ptr, end ? (size_t)(end - head.ptr) : head.len};

        if (line.len < 12 || memcmp(line.ptr, "HTTP/1.", 7) != 0 || line.ptr[8] != ' ' ||
            !is_digit(line.ptr[9]) || !is_digit(line.ptr[10]) || !is_digit(line.ptr[11])) {
                snprintf(why, why_size, "the proxy does not answer as an HTTP proxy does");
                return -EPROTO;
        }
        if (line.ptr[9] == '2')
                return 0;
        bool unknown = memcmp(line.ptr + 9, "407", 3) == 0 || memcmp(line.ptr + 9, "401", 3) == 0;
        const char *mend = unknown ? "; correct User and Password in [Proxy]"
                                   : "; does it allow CONNECT to this host and port?";
        snprintf(why, why_size, "the proxy refused: \"%.*s\"%s",
                 (int)(line.len - 9 < 80 ? line.len - 9 : 80), line.ptr + 9, mend);
        return -ECONNREFUSED;
}

/* Appends in with everything but letters, digits and "-._~" as %XX. */
static bool escape(const char *in, char *out, size_t size, size_t *at)
{
        for (; *in; in++) {
                unsigned char c = (unsigned char)*in;
                bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             is_digit((char)c) || strchr("-._~", c) != NULL;
                if (size - *at < 4)
                        return false;
                *at += (size_t)sprintf(out + *at, plain ? "%c" : "%%%02X", c);
        }
        return true;
}

bool dxl_proxy_url(const struct dxl_proxy *proxy, char out[DXL_PROXY_TEXT_MAX])
{
        size_t at = 0;

        if (proxy->user) {
                if (!escape(proxy->user, out, DXL_PROXY_TEXT_MAX - 2, &at))
                        return false;
                out[at++] = ':';
                if (proxy->password && !escape(proxy->password, out, DXL_PROXY_TEXT_MAX - 1, &at))
                        return false;
                out[at++] = '@';
        }
        int len =
            snprintf(out + at, DXL_PROXY_TEXT_MAX - at, "%s%s%s:%u", bracket(proxy->host, "["),
                     proxy->host, bracket(proxy->host, "]"), proxy->port);
        return len > 0 && (size_t)len < DXL_PROXY_TEXT_MAX - at;
}
