#include "tests/sim/threatq/api.h"

#include <stdlib.h>

enum {
        ROW_BYTES_GUESS = 2048,
};

/* What a query asks for beside its selection. */
struct page {
        int64_t limit, offset;
        struct cache_order order;
        const char *cursor; /* or NULL */
        bool from_start;    /* cursor "*" */
        struct cache_place behind;
};

static struct cache_order read_order(const char *sort)
{
        static const struct {
                const char *name;
                enum cache_sort sort;
        } names[] = {
            {"id", CACHE_ID},
            {"created_at", CACHE_CREATED},
            {"updated_at", CACHE_UPDATED},
            {"touched_at", CACHE_TOUCHED},
            {"score", CACHE_SCORE},
        };
        struct cache_order order = {.sort = CACHE_ID};
        bool first = true;

        /* An unknown field is ignored. */
        while (sort && *sort) {
                size_t len = strcspn(sort, ",");
                bool descending = *sort == '-';
                for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                        if (strlen(names[i].name) != len - descending ||
                            memcmp(names[i].name, sort + descending, len - descending) != 0)
                                continue;
                        if (first) {
                                order.sort = names[i].sort;
                                order.descending = descending;
                                first = false;
                        } else if (names[i].sort == CACHE_ID) {
                                order.id_descending = descending;
                        }
                }
                sort += len + (sort[len] == ',');
        }
        return order;
}

/* A cursor names the order it belongs to and the row it is behind. */
static void print_cursor(struct buf *b, struct cache_order order, struct cache_place place)
{
        buf_printf(b, "AoJ%d%d%d%016llx%08x", (int)order.sort, order.descending,
                   order.id_descending, (unsigned long long)place.key, place.id);
}

static bool read_cursor(struct page *page)
{
        struct buf check = {0};
        unsigned long long key = 0;

        page->from_start = strcmp(page->cursor, "*") == 0;
        if (page->from_start)
                return true;
        if (strlen(page->cursor) != 30 ||
            sscanf(page->cursor + 6, "%16llx%8x", &key, &page->behind.id) != 2)
                return false;
        page->behind.key = (int64_t)key;
        print_cursor(&check, page->order, page->behind);
        bool same = strcmp(buf_cstr(&check), page->cursor) == 0;
        buf_free(&check);
        return same;
}

static bool read_page(struct api_call *call, struct page *page)
{
        int64_t max = call->sim->options.max_limit;

        *page = (struct page){
            .limit = server_arg_number(call->request, "limit", max),
            .offset = server_arg_number(call->request, "offset", 0),
            .order = read_order(server_arg(call->request, "sort")),
        };
        if (!call->sim->options.no_cursor)
                page->cursor = server_arg(call->request, "cursorMark");
        if (page->limit < 0 || page->offset < 0) {
                sim_error_field(call->reply, 400, page->limit < 0 ? "limit" : "offset",
                                "The value must be a number of at least 0.");
                return false;
        }
        if (page->limit > max)
                page->limit = max;
        if (page->cursor && (page->offset > 0 || !read_cursor(page))) {
                sim_error(call->reply, 400, "The cursorMark is not valid for this search.");
                return false;
        }
        return true;
}

static void print_tail(struct api_call *call, const struct page *page, uint64_t total,
                       const struct library_row *last)
{
        struct buf *b = &call->reply->body;

        buf_str(b, ",\"total\":");
        buf_u64(b, total);
        buf_str(b, ",\"limit\":");
        buf_u64(b, (uint64_t)page->limit);
        if (!page->cursor) {
                buf_str(b, ",\"offset\":");
                buf_u64(b, (uint64_t)page->offset);
        } else {
                buf_str(b, ",\"nextCursorMark\":\"");
                if (last)
                        print_cursor(b, page->order, cache_place_of(last, page->order));
                else
                        buf_str(b, page->cursor);
                buf_str(b, "\"");
        }
        buf_str(b, "}");
}

static void print_rows(struct api_call *call, const struct page *page,
                       const struct print_view *view, const uint32_t *rows, size_t n,
                       uint64_t total)
{
        struct sim *sim = call->sim;
        struct buf *b = &call->reply->body;
        struct library_row row = {0};

        if (b->cap < n * ROW_BYTES_GUESS / 2)
                buf_grow(b, n * ROW_BYTES_GUESS / 2);
        if (n == 0 && sim->options.empty_object) {
                buf_str(b, "{\"data\":{}");
        } else {
                buf_str(b, "{\"data\":[");
                for (size_t i = 0; i < n; i++) {
                        if (i)
                                buf_str(b, ",");
                        library_row(&sim->library, rows[i], &row);
                        print_row(b, &sim->library, &row, view);
                }
                buf_str(b, "]");
        }
        print_tail(call, page, total, n ? &row : NULL);
        sim->rows += n;
        if (n)
                sim->last_at = row.at;
}

/* Answers one page of a compiled search. */
static void answer(struct api_call *call, const char *text, struct select **select,
                   const struct print_view *view)
{
        struct sim *sim = call->sim;
        struct page page;

        if (!read_page(call, &page))
                return;
        uint32_t *rows = malloc((size_t)(page.limit + 1) * sizeof(*rows));
        if (!rows)
                abort();
        struct cache_entry *entry = cache_lookup(sim->cache, text, select);
        bool behind = page.cursor && !page.from_start;
        size_t n = cache_page(sim->cache, entry, page.order, (uint64_t)page.offset,
                              behind ? &page.behind : NULL, rows, (size_t)page.limit);
        print_rows(call, &page, view, rows, n, cache_total(entry));
        cache_release(sim->cache, entry);
        free(rows);
}

static void instance_view(const struct sim *sim, struct print_view *view)
{
        bool index = sim->options.view == SIM_INDEX;

        *view = (struct print_view){
            .kind = index ? PRINT_KIND_INDEX : PRINT_KIND_RELATIONAL,
            .score = index ? PRINT_SCORE_NUMBER : PRINT_SCORE_OBJECT,
            .attribute_sources = sim->options.attribute_sources == SIM_SOURCES_ALWAYS,
            .row_bytes = sim->options.row_bytes,
        };
        if (sim->options.score >= 0)
                view->score = (enum print_score)sim->options.score;
}

/* What a search returns of each row. */
static void query_view(const struct sim *sim, const json_t *fields, struct print_view *view)
{
        instance_view(sim, view);
        for (size_t i = 0; i < json_array_size(fields); i++) {
                const char *name = json_string_value(json_array_get(fields, i));
                view->fields |= name ? print_field_of(name) : 0;
        }
        if (view->fields && sim->options.view == SIM_INDEX)
                view->kind = PRINT_KIND_NAME;
        if (!view->fields) {
                view->fields = PRINT_SCALARS | PRINT_RELATIONS;
                if (sim->options.no_unasked_attributes)
                        view->fields &= ~(uint32_t)PRINT_ATTRIBUTES;
                if (sim->options.view != SIM_INDEX)
                        view->fields |= PRINT_NULLS;
        }
        if (sim->options.view == SIM_IDS) {
                if (view->fields & PRINT_TYPE)
                        view->fields |= PRINT_TYPE_ID;
                if (view->fields & PRINT_STATUS)
                        view->fields |= PRINT_STATUS_ID;
                view->fields &= ~(uint32_t)(PRINT_TYPE | PRINT_STATUS);
        }
}

static char *canonical(const json_t *criteria, const json_t *filters)
{
        json_t *both = json_pack("[O?,O?]", criteria, filters);
        char *text = both ? json_dumps(both, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        json_decref(both);
        if (!text)
                abort();
        return text;
}

static void run(struct api_call *call, const json_t *query)
{
        struct sim *sim = call->sim;
        json_t *criteria = json_object_get(query, "criteria");
        json_t *filters = json_object_get(query, "filters");
        struct buf error = {0};
        struct print_view view;
        _cleanup_(select_freep) struct select *select = select_compile(
            &sim->library.names, criteria, filters, sim->options.strict_names, &error);

        if (!select) {
                sim_error(call->reply, 400, buf_cstr(&error));
                buf_free(&error);
                return;
        }
        _cleanup_(freep) char *text = canonical(criteria, filters);
        query_view(sim, json_object_get(query, "fields"), &view);
        answer(call, text, &select, &view);
        if (call->reply->status == 200)
                sim->pages++;
}

void api_query(struct api_call *call)
{
        json_t *query = api_body(call);

        if (json_is_object(query))
                run(call, query);
        else if (query)
                sim_error(call->reply, 400, "The query must be an object.");
        json_decref(query);
}

void api_query_saved(struct api_call *call)
{
        const struct sim *sim = call->sim;

        for (size_t i = 0; i < sim->n_saved; i++) {
                if (strcmp(sim->saved[i].hash, call->tail) != 0)
                        continue;
                const json_t *json = json_object_get(sim->saved[i].json, "json");
                run(call, json_object_get(json, "api_query"));
                return;
        }
        sim_error(call->reply, 404, "The search was not found.");
}

bool api_with_view(struct api_call *call, struct print_view *ret)
{
        const char *with = server_arg(call->request, "with");

        *ret = (struct print_view){.fields = PRINT_SCALARS | PRINT_NULLS,
                                   .kind = PRINT_KIND_RELATIONAL,
                                   .score = PRINT_SCORE_OBJECT};
        while (with && *with) {
                char name[64];
                size_t len = strcspn(with, ",");
                size_t n = len < sizeof(name) ? len : sizeof(name) - 1;
                memcpy(name, with, n);
                name[n] = '\0';
                /* A known defect of some versions. */
                if (strchr(name, '_')) {
                        sim_error(call->reply, 500, "An unexpected error occurred.");
                        return false;
                }
                if (strcmp(name, "attributes.sources") == 0) {
                        ret->attribute_sources =
                            call->sim->options.attribute_sources != SIM_SOURCES_NEVER;
                        ret->fields |= PRINT_ATTRIBUTES;
                }
                ret->fields |= print_field_of(name) & (PRINT_RELATIONS | PRINT_TAGS);
                with += len + (with[len] == ',');
        }
        if (call->sim->options.attribute_sources == SIM_SOURCES_ALWAYS)
                ret->attribute_sources = true;
        return true;
}

/* The column filters of the relational list become a search. */
static json_t *column_filters(struct api_call *call)
{
        const struct names *names = &call->sim->library.names;
        json_t *filters = json_object();
        const char *value = server_arg(call->request, "value");
        int64_t type_id = server_arg_number(call->request, "type_id", 0);
        int64_t status_id = server_arg_number(call->request, "status_id", 0);
        int64_t id = server_arg_number(call->request, "id", 0);

        if (value && strchr(value, '%')) {
                json_t *text = json_stringn(value + strspn(value, "%"),
                                            strcspn(value + strspn(value, "%"), "%"));
                json_object_set_new(filters, "value", json_pack("{s:o}", "+contains", text));
        } else if (value) {
                json_object_set_new(filters, "value", json_string(value));
        }
        if (type_id) {
                int at = names_type_by_id(names, type_id);
                json_object_set_new(filters, "type_name",
                                    json_string(at < 0 ? "?" : names->types[at].name));
        }
        if (status_id) {
                int at = names_status_by_id(names, status_id);
                json_object_set_new(filters, "status_name",
                                    json_string(at < 0 ? "?" : names->statuses[at].name));
        }
        if (id)
                json_object_set_new(filters, "id", json_integer(id));
        return filters;
}

void api_list(struct api_call *call)
{
        struct buf error = {0};
        struct print_view view;

        if (!api_with_view(call, &view))
                return;
        json_t *filters = column_filters(call);
        _cleanup_(select_freep) struct select *select =
            select_compile(&call->sim->library.names, NULL, filters, false, &error);
        _cleanup_(freep) char *text = canonical(NULL, filters);
        json_decref(filters);
        buf_free(&error);
        if (select)
                answer(call, text, &select, &view);
        else
                sim_error(call->reply, 400, "The filter is not valid.");
}
