/*
 * How a sweep walks through ThreatQ's pages, and when it has come to the end. Pure.
 *
 * By cursor when the server answers with one, else by offset. Rows come sorted by id. By offset,
 * each page is asked to begin with the last row seen: when it begins behind that row, rows before
 * our place have vanished and the page would miss others, so it is asked again from further back.
 * An end is believed only from a page that joins what was seen, and twice in doubt.
 */
#ifndef TQ_FETCHER_PAGING_H
#define TQ_FETCHER_PAGING_H

#include "fetcher/indicator.h"

#include <stdbool.h>
#include <stdint.h>

struct paging {
        bool by_cursor;
        char cursor[INDICATOR_CURSOR_MAX]; /* of the next page; "*": the first */
        uint64_t offset;                   /* end of the rows seen */
        uint64_t last_id;                  /* the last id seen, 0 when there is none */
        bool unsorted;                     /* the server does not sort: nothing can be proven */
        uint64_t overlap;                  /* rows asked again */
        unsigned limit, limit_max;
        unsigned good;     /* pages since the limit was changed */
        unsigned doubts;   /* doubtful ends in a row */
        unsigned restarts; /* because a cursor was refused */
};

struct paging_request {
        const char *cursor; /* NULL: by offset. Valid until the paging changes */
        uint64_t offset;
        unsigned limit;
        uint64_t known_id; /* for the reader */
};

enum paging_step {
        PAGING_PAGE,  /* the page holds; more follow */
        PAGING_LAST,  /* the page, which may be empty, was the last */
        PAGING_AGAIN, /* drop the page and ask again at once */
        PAGING_DOUBT, /* drop it and ask again after a pause */
};

void paging_init(struct paging *p, unsigned page_size);
void paging_next(const struct paging *p, struct paging_request *ret);
/* Takes a whole answer to the request that paging_next gave. */
enum paging_step paging_take(struct paging *p, const struct indicator_page *page);
/* The server could not give a page of this size: asks for half, at least 10. */
void paging_failed(struct paging *p);
/* The server refused the request: true when there is another way to ask, which is taken. */
bool paging_refused(struct paging *p);

#endif
