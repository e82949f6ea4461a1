/*
 * A growing text buffer and the JSON pieces the simulator prints by hand: a page of 1,000 rows has
 * to cost a few milliseconds. Nothing fails: without memory the program aborts.
 */
#ifndef TQ_SIM_THREATQ_BUF_H
#define TQ_SIM_THREATQ_BUF_H

#include "common/cleanup.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
        char *ptr; /* not NUL-terminated */
        size_t len;
        size_t cap;
};

void buf_grow(struct buf *b, size_t extra);
void buf_free(struct buf *b);

/* Text with a NUL after it that does not count; valid until the next change. */
const char *buf_cstr(struct buf *b);

static inline void buf_put(struct buf *b, const char *s, size_t n)
{
        if (n == 0)
                return;
        if (b->cap - b->len < n)
                buf_grow(b, n);
        memcpy(b->ptr + b->len, s, n);
        b->len += n;
}

static inline void buf_str(struct buf *b, const char *s)
{
        buf_put(b, s, strlen(s));
}

void buf_u64(struct buf *b, uint64_t n);
/* Hundredths as the shortest decimal: 900 is 9, 750 is 7.5. */
void buf_hundredths(struct buf *b, int64_t n);
/* Hundredths with two decimals always: 900 is 9.00. */
void buf_decimal(struct buf *b, int64_t n);
/* A date of ThreatQ, quoted: "2026-05-01 10:00:00". */
void buf_date(struct buf *b, int64_t seconds);
/* A JSON string, quoted and escaped. */
void buf_json(struct buf *b, const char *s);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *format, ...);

/* Reads "YYYY-MM-DD HH:MM:SS" as UTC; -1 when it is something else. */
int64_t buf_parse_date(const char *s);

#endif
