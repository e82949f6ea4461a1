#include "fetcher/paging.h"

#include <string.h>

enum {
        LIMIT_MIN = 10,
        GROW_AFTER = 10,  /* good pages */
        DOUBTS_MAX = 2,   /* asked again so often before a doubtful end is believed */
        RESTARTS_MAX = 3, /* refused cursors in one sweep */
};

static const char first_cursor[] = "*";

void paging_init(struct paging *p, unsigned page_size)
{
        *p = (struct paging){.by_cursor = true, .overlap = 1};
        memcpy(p->cursor, first_cursor, sizeof(first_cursor));
        /* By offset a page of one would hold nothing but the row seen last. */
        p->limit = p->limit_max = page_size < 2 ? 2 : page_size;
}

static uint64_t start_of(const struct paging *p)
{
        return p->offset > p->overlap ? p->offset - p->overlap : 0;
}

void paging_next(const struct paging *p, struct paging_request *ret)
{
        *ret = (struct paging_request){.limit = p->limit, .known_id = p->last_id};
        if (p->by_cursor)
                ret->cursor = p->cursor;
        else
                ret->offset = start_of(p);
}

static void grow(struct paging *p)
{
        p->doubts = 0;
        if (p->limit == p->limit_max || ++p->good < GROW_AFTER)
                return;
        p->good = 0;
        p->limit = p->limit * 2 < p->limit_max ? p->limit * 2 : p->limit_max;
}

void paging_failed(struct paging *p)
{
        unsigned least = p->limit_max < LIMIT_MIN ? p->limit_max : LIMIT_MIN;

        p->good = 0;
        p->limit = p->limit / 2 > least ? p->limit / 2 : least;
}

bool paging_refused(struct paging *p)
{
        if (!p->by_cursor)
                return false;
        if (strcmp(p->cursor, first_cursor) == 0) {
                p->by_cursor = false;
                return true;
        }
        /* The server has forgotten it. */
        if (p->restarts++ == RESTARTS_MAX)
                return false;
        memcpy(p->cursor, first_cursor, sizeof(first_cursor));
        p->offset = 0;
        return true;
}

/* The answer says it is the end: what it says of the whole must not speak against it. */
static enum paging_step believe(struct paging *p, const struct indicator_page *page, uint64_t end)
{
        bool doubtful = !page->has_data || (page->has_total && page->total > end);

        if (doubtful && p->doubts++ < DOUBTS_MAX)
                return PAGING_DOUBT;
        return PAGING_LAST;
}

static void move(struct paging *p, const struct indicator_page *page, uint64_t end)
{
        p->offset = end;
        if (page->last_id > p->last_id || p->unsorted)
                p->last_id = page->last_id;
        p->overlap = 1;
}

static enum paging_step take_by_cursor(struct paging *p, const struct indicator_page *page)
{
        uint64_t end = p->offset + page->seen;
        enum paging_step step = PAGING_PAGE;

        if (page->seen == 0 || page->cursor.len == 0 || text_eq_str(page->cursor, p->cursor)) {
                /* Without a next cursor rows can still follow: only the total tells. */
                if (page->seen > 0 && page->cursor.len == 0 &&
                    !(page->has_total && page->total <= end))
                        return PAGING_DOUBT;
                step = believe(p, page, end);
        } else {
                text_copy(page->cursor, p->cursor, sizeof(p->cursor));
        }
        if (step != PAGING_DOUBT)
                move(p, page, end);
        return step;
}

static enum paging_step take_unsorted(struct paging *p, const struct indicator_page *page,
                                      uint64_t end)
{
        bool nothing_new = page->rows == 0 && page->seen < p->limit;
        enum paging_step step = PAGING_PAGE;

        if (nothing_new || (page->seen < p->limit && page->has_total && end >= page->total))
                step = believe(p, page, end);
        if (step != PAGING_DOUBT)
                move(p, page, end);
        return step;
}

static enum paging_step take_by_offset(struct paging *p, const struct indicator_page *page)
{
        uint64_t start = start_of(p), end = start + page->seen;
        bool is_short = page->seen < p->limit;
        bool nothing_new = page->last_id <= p->last_id;
        enum paging_step step = PAGING_PAGE;

        if (!page->sorted)
                p->unsorted = true;
        if (p->unsorted)
                return take_unsorted(p, page, end);
        if (start > 0 && (page->first_id == 0 || page->first_id > p->last_id)) {
                p->overlap *= 2;
                return PAGING_AGAIN;
        }
        if (is_short && (nothing_new || (page->has_total && end >= page->total)))
                step = believe(p, page, end);
        if (step != PAGING_DOUBT)
                move(p, page, end);
        return step;
}

enum paging_step paging_take(struct paging *p, const struct indicator_page *page)
{
        enum paging_step step;

        /* Asked with the first cursor, a server without cursors answers with its first page. */
        if (p->by_cursor && page->has_data && page->cursor.len == 0 &&
            strcmp(p->cursor, first_cursor) == 0)
                p->by_cursor = false;
        step = p->by_cursor ? take_by_cursor(p, page) : take_by_offset(p, page);
        if (step == PAGING_PAGE || step == PAGING_LAST)
                grow(p);
        return step;
}
