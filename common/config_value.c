#include "common/config_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000 };

char *config_dup(const char *s)
{
        char *copy = strdup(s);

        if (!copy)
                abort();
        return copy;
}

void *config_alloc(size_t count, size_t size)
{
        void *p = calloc(count ? count : 1, size);

        if (!p)
                abort();
        return p;
}

/* Digits from the front of *t; false when there is none or the number is over max. */
static bool take_digits(struct text *t, uint64_t max, uint64_t *ret)
{
        uint64_t n = 0;
        size_t i = 0;

        for (; i < t->len && t->ptr[i] >= '0' && t->ptr[i] <= '9'; i++) {
                n = n * 10 + (uint64_t)(t->ptr[i] - '0');
                if (n > max)
                        return false;
        }
        if (i == 0)
                return false;
        t->ptr += i;
        t->len -= i;
        *ret = n;
        return true;
}

bool config_parse_duration(struct text t, int64_t *ret)
{
        static const struct {
                const char *unit;
                int64_t ms;
        } units[] = {{"", 1000},   {"ms", 1},      {"s", 1000},
                     {"m", 60000}, {"h", 3600000}, {"d", DAY_MS}};
        const int64_t max = INT64_C(366) * DAY_MS;
        uint64_t n;

        t = text_trim(t);
        if (!take_digits(&t, (uint64_t)max, &n))
                return false;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
                if (!text_eq_str(t, units[i].unit))
                        continue;
                if ((int64_t)n > max / units[i].ms)
                        return false;
                *ret = (int64_t)n * units[i].ms;
                return true;
        }
        return false;
}

bool config_parse_uint(struct text t, unsigned *ret)
{
        uint64_t n;

        t = text_trim(t);
        if (!take_digits(&t, UINT32_MAX, &n) || t.len > 0)
                return false;
        *ret = (unsigned)n;
        return true;
}

bool config_parse_decimal(struct text t, double *ret)
{
        char copy[32];
        char *end;
        double value;

        t = text_trim(t);
        if (t.len == 0 || !text_copy(t, copy, sizeof copy))
                return false;
        /* strtod alone would take "inf", "nan", hex and exponents. */
        if (copy[strspn(copy, "+-.0123456789")] != '\0' || !strpbrk(copy, "0123456789"))
                return false;
        value = strtod(copy, &end);
        if (*end != '\0' || !isfinite(value))
                return false;
        *ret = value;
        return true;
}

bool config_parse_bool(struct text t, bool *ret)
{
        t = text_trim(t);
        if (text_eq_nocase(t, text_of("true")) || text_eq_nocase(t, text_of("yes")) ||
            text_eq_nocase(t, text_of("on"))) {
                *ret = true;
                return true;
        }
        if (text_eq_nocase(t, text_of("false")) || text_eq_nocase(t, text_of("no")) ||
            text_eq_nocase(t, text_of("off"))) {
                *ret = false;
                return true;
        }
        return false;
}

bool config_parse_attribute(struct text t, struct config_attribute *ret)
{
        const char *colon = t.len ? memchr(t.ptr, ':', t.len) : NULL;
        struct text name, value;

        if (!colon)
                return false;
        name = text_trim((struct text){t.ptr, (size_t)(colon - t.ptr)});
        value = text_trim((struct text){colon + 1, t.len - (size_t)(colon + 1 - t.ptr)});
        if (name.len == 0 || value.len == 0)
                return false;
        ret->name = text_dup(name);
        ret->value = text_dup(value);
        if (!ret->name || !ret->value)
                abort();
        return true;
}

/* Whether "[…]" or a name, and a port behind it, is all there is. */
static bool host_port_valid(struct text t)
{
        static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789.-_";
        size_t name_len;
        uint64_t port;

        if (t.len > 0 && t.ptr[0] == '[') {
                const char *end = memchr(t.ptr, ']', t.len);

                name_len = end ? (size_t)(end - t.ptr) + 1 : 0;
                for (size_t i = 1; i + 1 < name_len; i++) {
                        if (!memchr("0123456789abcdefABCDEF:.", t.ptr[i], 24))
                                return false;
                }
                if (name_len < 4)
                        return false;
        } else {
                for (name_len = 0; name_len < t.len; name_len++) {
                        if (!memchr(name_chars, t.ptr[name_len], sizeof name_chars - 1))
                                break;
                }
                if (name_len == 0 || name_len > 253)
                        return false;
        }
        t = (struct text){t.ptr + name_len, t.len - name_len};
        if (t.len == 0)
                return true;
        if (t.ptr[0] != ':')
                return false;
        t = (struct text){t.ptr + 1, t.len - 1};
        return take_digits(&t, 65535, &port) && port > 0 && t.len == 0;
}

const char *config_parse_host(struct text t, char **ret)
{
        const char *scheme_end;

        t = text_trim(t);
        scheme_end = t.len ? memmem(t.ptr, t.len, "://", 3) : NULL;
        if (scheme_end) {
                struct text scheme = {t.ptr, (size_t)(scheme_end - t.ptr)};

                if (text_eq_nocase(scheme, text_of("http")))
                        return "http:// would send the password in the clear: write https://";
                if (!text_eq_nocase(scheme, text_of("https")))
                        return "the scheme is not https: write https://HOST or the bare host";
                t = (struct text){scheme_end + 3, t.len - scheme.len - 3};
        }
        while (t.len > 0 && t.ptr[t.len - 1] == '/')
                t.len--;
        if (!host_port_valid(t))
                return "is not a host with or without a port: write https://HOST or "
                       "https://HOST:PORT, without user, path or spaces";
        if (asprintf(ret, "https://%.*s", (int)t.len, t.ptr) < 0)
                abort();
        return NULL;
}
