/*
 * Reads ThreatQ's answers about attributes. Pure. A server may give `data` as a list, as one
 * object, as an object of rows, as {} or not at all; values as text, number or boolean; sources or
 * none.
 */
#ifndef TQ_ENRICHER_ROWS_H
#define TQ_ENRICHER_ROWS_H

#include "enricher/attribute.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROWS_E_BAD = 1 /* not an answer that can be understood */ };

/* The rows of the wished names, gathered page by page; a row that is met twice counts once. */
struct rows {
        struct attribute_row row[ATTRIBUTE_ROWS_MAX]; /* names point into the wishes */
        char *value[ATTRIBUTE_ROWS_MAX];              /* what row[].value points to */
        char *source[ATTRIBUTE_ROWS_MAX];             /* and row[].source; NULL: to nothing */
        size_t count;
};

/* How a page fits into the whole. */
struct rows_page {
        size_t seen;   /* rows in this page, of all names */
        int64_t total; /* rows in all, -1: not said */
};

void rows_init(struct rows *rows);
/* For _cleanup_ too. */
void rows_done(struct rows *rows);

/* Adds a page. `source`: the source our rows carry, or NULL: it is not known, and rows that name
 * any are joint. 0, ROWS_E_BAD, -ENOMEM. */
int rows_add_page(struct rows *rows, const char *body, size_t len,
                  const struct attribute_wishes *wishes, const char *source, struct rows_page *ret);

/* The complaint about item `index` of a 2xx answer to a POST of several; false when it was taken.
 * An answer that is no JSON complains of nothing. */
bool rows_complaint(const char *body, size_t len, size_t index, char *out, size_t size);

#endif
