#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fetcher/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 4000 };

/* A server in memory: rows by id, and what happens to them between two pages. */
struct server {
        uint64_t ids[ROWS_MAX];
        size_t count;
        bool cursors, total, unsorted;
        unsigned limit_max; /* 0: none */
        uint64_t forgets;   /* refuses a cursor this often */
        unsigned requests;
};

static bool seen[ROWS_MAX * 2];
static bool left[ROWS_MAX * 2]; /* was deleted, if only for a while */

static void fill(struct server *s, size_t count)
{
        s->count = count;
        for (size_t i = 0; i < count; i++)
                s->ids[i] = 2 * (i + 1);
        if (s->unsorted) {
                for (size_t i = 0; i < count / 2; i += 2) {
                        uint64_t id = s->ids[i];

                        s->ids[i] = s->ids[count - 1 - i];
                        s->ids[count - 1 - i] = id;
                }
        }
}

static void delete_at(struct server *s, size_t i)
{
        left[s->ids[i]] = true;
        memmove(s->ids + i, s->ids + i + 1, (s->count - i - 1) * sizeof(s->ids[0]));
        s->count--;
}

static void insert(struct server *s, uint64_t id)
{
        size_t i = 0;

        while (i < s->count && s->ids[i] < id)
                i++;
        if (s->count == ROWS_MAX || (i < s->count && s->ids[i] == id))
                return;
        memmove(s->ids + i + 1, s->ids + i, (s->count - i) * sizeof(s->ids[0]));
        s->ids[i] = id;
        s->count++;
}

/* Where the page begins: behind the id that the cursor holds, or at the offset. */
static size_t start_of(const struct server *s, const struct paging_request *request)
{
        size_t i = 0;

        if (!s->cursors || !request->cursor)
                return request->offset < s->count ? (size_t)request->offset : s->count;
        while (i < s->count && s->ids[i] <= strtoull(request->cursor, NULL, 10))
                i++;
        return i;
}

static void mark(struct indicator_page *page, const struct paging_request *request, uint64_t id)
{
        if (page->first_id == 0)
                page->first_id = id;
        if (id < page->last_id)
                page->sorted = false;
        page->last_id = id;
        page->seen++;
        page->rows += !(page->seen == 1 && id == request->known_id);
        assert_true(id < ROWS_MAX * 2);
}

static void answer(struct server *s, const struct paging_request *request, char cursor[32],
                   struct indicator_page *page)
{
        size_t start = start_of(s, request);
        unsigned limit = request->limit;

        if (s->limit_max && limit > s->limit_max)
                limit = s->limit_max;
        *page = (struct indicator_page){
            .sorted = true, .has_data = true, .has_total = s->total, .total = s->count};
        for (size_t i = start; i < s->count && i < start + limit; i++)
                mark(page, request, s->ids[i]);
        if (s->cursors && request->cursor) {
                if (page->seen > 0)
                        snprintf(cursor, 32, "%lu", (unsigned long)page->last_id);
                else
                        snprintf(cursor, 32, "%s", request->cursor);
                page->cursor = text_of(cursor);
        }
        s->requests++;
}

static void note_rows(const struct server *s, size_t start, const struct indicator_page *page)
{
        for (size_t i = start; i < start + page->seen; i++)
                seen[s->ids[i]] = true;
}

typedef void (*between_fn)(struct server *, unsigned page);

/* Walks to the end; true when it came there within a sane number of requests. */
static void walk(struct server *s, unsigned page_size, between_fn between)
{
        struct paging p;
        enum paging_step step = PAGING_PAGE;

        memset(seen, 0, sizeof(seen));
        s->requests = 0;
        paging_init(&p, page_size);
        while (step != PAGING_LAST) {
                struct paging_request request;
                struct indicator_page page;
                char cursor[32];
                size_t start;

                assert_true(s->requests < 3000);
                paging_next(&p, &request);
                if (s->forgets > 0 && request.cursor && request.cursor[0] != '*') {
                        s->forgets--;
                        assert_true(paging_refused(&p));
                        continue;
                }
                start = start_of(s, &request);
                answer(s, &request, cursor, &page);
                step = paging_take(&p, &page);
                if (step == PAGING_PAGE || step == PAGING_LAST)
                        note_rows(s, start, &page);
                if (between)
                        between(s, s->requests);
        }
}

static void assert_all_seen(const struct server *s)
{
        for (size_t i = 0; i < s->count; i++)
                assert_true(seen[s->ids[i]]);
}

static void test_still_libraries(void **state)
{
        static const struct {
                size_t count;
                unsigned page_size, limit_max;
                bool cursors, total, unsorted;
                unsigned requests_max;
        } cases[] = {
            {0, 100, 0, true, true, false, 1},        {0, 100, 0, false, true, false, 1},
            {0, 100, 0, false, false, false, 1},      {1, 100, 0, true, true, false, 2},
            {1, 100, 0, false, true, false, 1},       {100, 100, 0, true, true, false, 2},
            {100, 100, 0, false, true, false, 2},     {1000, 100, 0, true, true, false, 11},
            {1000, 100, 0, false, true, false, 11},   {1000, 100, 0, false, false, false, 12},
            {1000, 500, 30, true, true, false, 35},   {1000, 500, 30, false, true, false, 36},
            {1000, 500, 30, false, false, false, 37}, {1000, 1, 0, false, true, false, 1000},
            {1000, 2, 0, false, true, false, 1000},   {1000, 100, 0, false, true, true, 12},
            {1000, 100, 0, false, false, true, 14},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct server s = {.cursors = cases[i].cursors,
                                   .total = cases[i].total,
                                   .unsorted = cases[i].unsorted,
                                   .limit_max = cases[i].limit_max};

                fill(&s, cases[i].count);
                walk(&s, cases[i].page_size, NULL);
                assert_all_seen(&s);
                assert_true(s.requests <= cases[i].requests_max);
        }
}

/* Rows before our place vanish: more with every page. */
static void vanish_in_front(struct server *s, unsigned page)
{
        for (unsigned i = 0; i < 7 * page && s->count > 1; i++)
                delete_at(s, 0);
}

static void vanish_all_but_one(struct server *s, unsigned page)
{
        while (page == 5 && s->count > 1)
                delete_at(s, 0);
}

static void appear_in_front(struct server *s, unsigned page)
{
        for (unsigned i = 0; i < 150 && page < 10; i++)
                insert(s, 1 + 2 * (150 * page + i) % 400);
}

static void anything(struct server *s, unsigned page)
{
        for (unsigned i = 0; page < 200 && i < 20; i++) {
                if (rand() % 2 && s->count > 5)
                        delete_at(s, (size_t)rand() % s->count);
                else
                        insert(s, 1 + (uint64_t)rand() % 7000);
        }
}

static void test_moving_libraries(void **state)
{
        static const between_fn changes[] = {vanish_in_front, vanish_all_but_one};

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                for (unsigned cursors = 0; cursors < 2; cursors++) {
                        struct server s = {.cursors = cursors, .total = true};

                        fill(&s, 3000);
                        walk(&s, 100, changes[i]);
                        /* Nothing was added: what is there now was there all the time. */
                        assert_all_seen(&s);
                }
        }
}

/* Rows that were there from beginning to end must be seen, whatever the others do. */
static void test_rows_that_stay(void **state)
{
        static const between_fn changes[] = {appear_in_front, anything};

        (void)state;
        srand(7);
        for (unsigned round = 0; round < 60; round++) {
                struct server s = {.cursors = round % 3 == 0, .total = round % 2 == 0};
                struct server before;

                fill(&s, 1500);
                before = s;
                memset(left, 0, sizeof(left));
                walk(&s, 20 + round, changes[round % 2]);
                for (size_t i = 0; i < before.count; i++)
                        assert_true(seen[before.ids[i]] || left[before.ids[i]]);
        }
}

static void test_forgotten_cursor(void **state)
{
        struct server s = {.cursors = true, .total = true, .forgets = 2};

        (void)state;
        fill(&s, 500);
        walk(&s, 100, NULL);
        assert_all_seen(&s);
}

static void test_refusals(void **state)
{
        struct paging p;
        struct paging_request request;

        (void)state;
        paging_init(&p, 100);
        paging_next(&p, &request);
        assert_string_equal(request.cursor, "*");
        assert_true(paging_refused(&p));
        paging_next(&p, &request);
        assert_null(request.cursor);
        assert_int_equal(request.offset, 0);
        assert_false(paging_refused(&p));
        paging_init(&p, 100);
        strcpy(p.cursor, "x");
        for (int i = 0; i < 3; i++) {
                assert_true(paging_refused(&p));
                assert_string_equal(p.cursor, "*");
                strcpy(p.cursor, "x");
        }
        assert_false(paging_refused(&p));
}

static void test_page_size(void **state)
{
        static const struct {
                unsigned page_size;
                unsigned sizes[4];
        } cases[] = {
            {100, {50, 25, 12, 10}}, {10, {10, 10, 10, 10}}, {4, {4, 4, 4, 4}}, {1, {2, 2, 2, 2}}};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct indicator_page page = {.sorted = true, .has_data = true, .seen = 10};
                struct paging p;

                paging_init(&p, cases[i].page_size);
                for (size_t k = 0; k < 4; k++) {
                        paging_failed(&p);
                        assert_int_equal(p.limit, cases[i].sizes[k]);
                }
                for (unsigned good = 0; good < 40; good++) {
                        char cursor[16];

                        snprintf(cursor, sizeof(cursor), "c%u", good);
                        page.cursor = text_of(cursor);
                        page.first_id = page.last_id = good + 1;
                        assert_int_equal(paging_take(&p, &page), PAGING_PAGE);
                        if (good == 8)
                                assert_int_equal(p.limit, cases[i].sizes[3]);
                        if (good == 9 && cases[i].page_size == 100)
                                assert_int_equal(p.limit, 20);
                }
                assert_int_equal(p.limit, p.limit_max);
        }
}

/* An end that the answer itself contradicts is asked for twice more, then believed. */
static void test_doubtful_ends(void **state)
{
        static const struct {
                struct indicator_page page;
                enum paging_step steps[3];
        } cases[] = {
            {{.sorted = true, .has_data = true, .has_total = true, .total = 5},
             {PAGING_DOUBT, PAGING_DOUBT, PAGING_LAST}},
            {{.sorted = true}, {PAGING_DOUBT, PAGING_DOUBT, PAGING_LAST}},
            {{.sorted = true, .has_data = true, .has_total = true}, {PAGING_LAST}},
            {{.sorted = true, .has_data = true}, {PAGING_LAST}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct paging p;

                paging_init(&p, 100);
                for (size_t k = 0; k < 3; k++) {
                        enum paging_step step = paging_take(&p, &cases[i].page);

                        assert_int_equal(step, cases[i].steps[k]);
                        if (step == PAGING_LAST)
                                break;
                }
        }
}

/* A page behind the first that has rows and no cursor is no end unless the total says so. */
static void test_lost_cursor(void **state)
{
        struct indicator_page page = {.sorted = true,
                                      .has_data = true,
                                      .seen = 10,
                                      .rows = 10,
                                      .first_id = 1,
                                      .last_id = 10,
                                      .cursor = {"next", 4}};
        struct paging p;

        (void)state;
        paging_init(&p, 10);
        assert_int_equal(paging_take(&p, &page), PAGING_PAGE);
        page.cursor = (struct text){0};
        for (int i = 0; i < 5; i++)
                assert_int_equal(paging_take(&p, &page), PAGING_DOUBT);
        page.has_total = true;
        page.total = 20;
        assert_int_equal(paging_take(&p, &page), PAGING_LAST);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_still_libraries), cmocka_unit_test(test_moving_libraries),
            cmocka_unit_test(test_rows_that_stay),  cmocka_unit_test(test_forgotten_cursor),
            cmocka_unit_test(test_refusals),        cmocka_unit_test(test_page_size),
            cmocka_unit_test(test_doubtful_ends),   cmocka_unit_test(test_lost_cursor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
