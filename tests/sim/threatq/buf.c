#include "tests/sim/threatq/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void buf_grow(struct buf *b, size_t extra)
{
        size_t cap = b->cap ? b->cap : 256;

        while (cap - b->len < extra)
                cap *= 2;
        char *p = realloc(b->ptr, cap);
        if (!p)
                abort();
        b->ptr = p;
        b->cap = cap;
}

void buf_free(struct buf *b)
{
        free(b->ptr);
        *b = (struct buf){0};
}

const char *buf_cstr(struct buf *b)
{
        buf_put(b, "", 1);
        b->len--;
        return b->ptr;
}

void buf_u64(struct buf *b, uint64_t n)
{
        char text[20];
        size_t at = sizeof(text);

        do {
                text[--at] = (char)('0' + n % 10);
                n /= 10;
        } while (n);
        buf_put(b, text + at, sizeof(text) - at);
}

void buf_decimal(struct buf *b, int64_t n)
{
        uint64_t u = (uint64_t)(n < 0 ? -n : n);

        if (n < 0)
                buf_put(b, "-", 1);
        buf_u64(b, u / 100);
        char tail[3] = {'.', (char)('0' + u / 10 % 10), (char)('0' + u % 10)};
        buf_put(b, tail, 3);
}

void buf_hundredths(struct buf *b, int64_t n)
{
        buf_decimal(b, n);
        if (n % 100 == 0)
                b->len -= 3;
        else if (n % 10 == 0)
                b->len -= 1;
}

static void two(char *at, unsigned n)
{
        at[0] = (char)('0' + n / 10);
        at[1] = (char)('0' + n % 10);
}

void buf_date(struct buf *b, int64_t seconds)
{
        /* Days to a civil date, with the year beginning in March. */
        uint64_t days = (uint64_t)seconds / 86400 + 719468;
        unsigned rest = (unsigned)((uint64_t)seconds % 86400);
        unsigned era = (unsigned)(days / 146097);
        unsigned doe = (unsigned)(days % 146097);
        unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        unsigned mp = (5 * doy + 2) / 153;
        unsigned month = mp < 10 ? mp + 3 : mp - 9;
        unsigned year = yoe + era * 400 + (month <= 2);
        char text[21] = "\"....-..-.. ..:..:..\"";

        two(text + 1, year / 100 % 100);
        two(text + 3, year % 100);
        two(text + 6, month);
        two(text + 9, doy - (153 * mp + 2) / 5 + 1);
        two(text + 12, rest / 3600);
        two(text + 15, rest / 60 % 60);
        two(text + 18, rest % 60);
        buf_put(b, text, sizeof(text));
}

void buf_json(struct buf *b, const char *s)
{
        buf_put(b, "\"", 1);
        for (; *s; s++) {
                unsigned char c = (unsigned char)*s;
                if (c == '"' || c == '\\') {
                        buf_put(b, "\\", 1);
                        buf_put(b, s, 1);
                } else if (c < 0x20) {
                        buf_printf(b, "\\u%04x", c);
                } else {
                        buf_put(b, s, 1);
                }
        }
        buf_put(b, "\"", 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
        _cleanup_(freep) char *text = NULL;
        va_list args;

        va_start(args, format);
        int n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                abort();
        buf_put(b, text, (size_t)n);
}

int64_t buf_parse_date(const char *s)
{
        struct tm tm = {0};
        const char *end = strptime(s, "%Y-%m-%d %H:%M:%S", &tm);

        if (!end || *end)
                return -1;
        return timegm(&tm);
}
