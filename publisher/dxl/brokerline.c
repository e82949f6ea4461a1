#include "publisher/dxl/brokerline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The text before the next ';', trimmed; takes it and the ';' off *rest. */
static struct text next_field(struct text *rest)
{
        const char *end = rest->len > 0 ? memchr(rest->ptr, ';', rest->len) : NULL;
        size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
        struct text field = text_trim((struct text){rest->ptr, len});
        size_t skip = end ? len + 1 : len;
        *rest = (struct text){rest->ptr + skip, rest->len - skip};
        return field;
}

struct text dxl_brokerline_unbracket(struct text t)
{
        if (t.len >= 2 && t.ptr[0] == '[' && t.ptr[t.len - 1] == ']')
                return (struct text){t.ptr + 1, t.len - 2};
        return t;
}

/* A byte that no host name and no address has; the rest is the resolver's to judge. */
static bool is_host(struct text t)
{
        for (size_t i = 0; i < t.len; i++) {
                unsigned char c = (unsigned char)t.ptr[i];
                if (c <= ' ' || c == 0x7f || strchr("/@[]\"'", c))
                        return false;
        }
        return t.len <= DXL_BROKERLINE_HOST_MAX;
}

int dxl_brokerline_parse(struct text value, struct dxl_brokerline *ret,
                         char fault[DXL_BROKERLINE_FAULT_MAX])
{
        struct dxl_brokerline line = {.id = {"", 0}};
        struct text rest = value;
        struct text port = next_field(&rest);
        if (!text_port(port, &line.port)) {
                line.id = port;
                port = next_field(&rest);
                if (!text_port(port, &line.port)) {
                        snprintf(fault, DXL_BROKERLINE_FAULT_MAX,
                                 "\"%.*s\" is no port; write id;port;host;ip with a port of 1 to "
                                 "65535",
                                 (int)(port.len < 100 ? port.len : 100), port.ptr);
                        return -EINVAL;
                }
        }
        line.host = dxl_brokerline_unbracket(next_field(&rest));
        line.ip = dxl_brokerline_unbracket(next_field(&rest));
        if (line.host.len == 0 || !is_host(line.host) || !is_host(line.ip)) {
                snprintf(fault, DXL_BROKERLINE_FAULT_MAX,
                         "the host name is missing, too long or none; write id;port;host;ip");
                return -EINVAL;
        }
        *ret = line;
        return 0;
}
