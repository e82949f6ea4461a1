#include "common/text.h"

#include <stdlib.h>
#include <string.h>

struct text text_of(const char *s)
{
        return (struct text){.ptr = s, .len = s ? strlen(s) : 0};
}

/* memcmp and friends may not be given NULL, which the empty text may hold. */
bool text_eq(struct text a, struct text b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool text_eq_str(struct text a, const char *b)
{
        return text_eq(a, text_of(b));
}

/* Not strncasecmp: it would stop at a NUL and follow the locale. */
static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_eq_nocase(struct text a, struct text b)
{
        if (a.len != b.len)
                return false;
        for (size_t i = 0; i < a.len; i++) {
                if (lower(a.ptr[i]) != lower(b.ptr[i]))
                        return false;
        }
        return true;
}

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_trim(struct text t)
{
        while (t.len > 0 && is_space(t.ptr[0])) {
                t.ptr++;
                t.len--;
        }
        while (t.len > 0 && is_space(t.ptr[t.len - 1]))
                t.len--;
        return t;
}

char *text_dup(struct text t)
{
        char *copy = malloc(t.len + 1);

        if (!copy)
                return NULL;
        if (t.len > 0)
                memcpy(copy, t.ptr, t.len);
        copy[t.len] = '\0';
        return copy;
}

bool text_copy(struct text t, char *out, size_t size)
{
        size_t n = t.len < size ? t.len : size - 1;

        if (n > 0)
                memcpy(out, t.ptr, n);
        out[n] = '\0';
        return n == t.len;
}

bool text_port(struct text t, uint16_t *ret)
{
        unsigned long n = 0;

        if (t.len == 0 || t.len > 5)
                return false;
        for (size_t i = 0; i < t.len; i++) {
                if (t.ptr[i] < '0' || t.ptr[i] > '9')
                        return false;
                n = n * 10 + (unsigned long)(t.ptr[i] - '0');
        }
        if (n < 1 || n > UINT16_MAX)
                return false;
        *ret = (uint16_t)n;
        return true;
}
