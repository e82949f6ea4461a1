/*
 * A Data Collection, which is a saved search of ThreatQ, found by its name (threatq-api.md section
 * 2.4): as its `api_query`, to which we can add conditions, else by its hash, which ThreatQ runs as
 * it is. Pure.
 */
#ifndef TQ_FETCHER_COLLECTION_H
#define TQ_FETCHER_COLLECTION_H

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum { COLLECTION_HASH_MAX = 65, COLLECTION_ERROR_MAX = 256, COLLECTION_LIST_LIMIT = 1000 };

struct collection {
        json_t *criteria, *filters;     /* of the api_query; both NULL: run it by its hash */
        char hash[COLLECTION_HASH_MAX]; /* "": not known */
        uint64_t mark;                  /* the same for two that search the same; never 0 */
};

/* Looks through the list of saved searches, page by page. */
struct collection_scan {
        const char *name;
        struct collection found;
        unsigned count; /* of this name */
        uint64_t rows;  /* looked at, in all pages: the offset of the next */
        bool more;      /* there are further pages */
};

/* "/api/search/query?limit=…&offset=…"; the caller frees. NULL when memory is out. */
char *collection_list_path(const struct collection_scan *scan);
/* Takes one page of the list; false with a sentence in error when it is none. */
bool collection_list(struct collection_scan *scan, const char *body, size_t len,
                     char error[COLLECTION_ERROR_MAX]);
/* What was found when there are no more pages; false with a sentence in error when there is none,
 * or two, or it cannot be run. The caller calls collection_done on *ret, and on scan->found when
 * this was false. */
bool collection_settle(struct collection_scan *scan, struct collection *ret,
                       char error[COLLECTION_ERROR_MAX]);
void collection_done(struct collection *collection);

/* The body of a query for the hashes of the collection, those touched since when that is not -1.
 * The caller frees. NULL when memory is out, or when it is run by its hash. */
char *collection_body(const struct collection *collection, int64_t since);
/* Likewise for those of them that have this value. */
char *collection_value_body(const struct collection *collection, struct text value);

#endif
