#include "fetcher/collection.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "fetcher/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, as in config_mark. */
static const uint64_t fnv_prime = 0x100000001b3, fnv_start = 0xcbf29ce484222325;

static uint64_t mark_of(const char *s)
{
        uint64_t mark = fnv_start;

        for (; *s; s++)
                mark = (mark ^ (unsigned char)*s) * fnv_prime;
        return mark ? mark : 1;
}

char *collection_list_path(const struct collection_scan *scan)
{
        char *path;

        if (asprintf(&path, "/api/search/query?limit=%d&offset=%" PRIu64, COLLECTION_LIST_LIMIT,
                     scan->rows) < 0)
                return NULL;
        return path;
}

/* The api_query of a row: under `json`, which some versions give as a text. New reference or NULL.
 */
static json_t *api_query_of(const json_t *row)
{
        json_t *inner = json_object_get(row, "json");
        json_t *read = json_is_string(inner) ? json_loads(json_string_value(inner), 0, NULL)
                                             : json_incref(inner);
        json_t *query = json_incref(json_object_get(read, "api_query"));

        json_decref(read);
        return query;
}

/* An object, or nothing at all; an empty list is how PHP writes an empty object. */
static bool is_part(const json_t *part)
{
        return !part || json_is_null(part) || json_is_object(part) ||
               (json_is_array(part) && json_array_size(part) == 0);
}

static bool is_hash(const char *hash)
{
        size_t len = hash ? strlen(hash) : 0;

        return len > 0 && len < COLLECTION_HASH_MAX &&
               strspn(hash, "0123456789abcdefABCDEF") == len;
}

static void take_row(struct collection_scan *scan, const json_t *row)
{
        struct collection *c = &scan->found;
        const char *hash = json_string_value(json_object_get(row, "hash"));
        json_t *query = api_query_of(row);
        json_t *criteria = json_object_get(query, "criteria");
        json_t *filters = json_object_get(query, "filters");

        collection_done(c);
        if (is_hash(hash))
                text_copy(text_of(hash), c->hash, sizeof(c->hash));
        /* One that names neither would search for everything. */
        if (json_is_object(query) && (criteria || filters) && is_part(criteria) &&
            is_part(filters)) {
                c->criteria = json_is_object(criteria) ? json_incref(criteria) : json_object();
                c->filters = json_is_object(filters) ? json_incref(filters) : json_object();
        }
        json_decref(query);
}

bool collection_list(struct collection_scan *scan, const char *body, size_t len,
                     char error[COLLECTION_ERROR_MAX])
{
        _cleanup_(json_decrefp) json_t *answer = json_loadb(body, len, 0, NULL);
        const json_t *data = json_object_get(answer, "data");
        const json_t *total = json_object_get(answer, "total");
        json_t *row;
        size_t i;

        if (!json_is_array(data) && !(json_is_object(data) && json_object_size(data) == 0)) {
                snprintf(error, COLLECTION_ERROR_MAX,
                         "ThreatQ's list of saved searches cannot be read");
                return false;
        }
        json_array_foreach(data, i, row)
        {
                const char *name = json_string_value(json_object_get(row, "name"));

                if (!name || !text_eq_str(text_trim(text_of(name)), scan->name))
                        continue;
                if (scan->count++ == 0)
                        take_row(scan, row);
        }
        scan->rows += json_array_size(data);
        scan->more = json_array_size(data) > 0 && json_is_integer(total) &&
                     (json_int_t)scan->rows < json_integer_value(total);
        return true;
}

static void set_mark(struct collection *c)
{
        json_t *both = c->criteria ? json_pack("[O, O]", c->criteria, c->filters) : NULL;
        _cleanup_(freep) char *text = both ? json_dumps(both, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        json_decref(both);
        c->mark = mark_of(text ? text : c->hash);
}

bool collection_settle(struct collection_scan *scan, struct collection *ret,
                       char error[COLLECTION_ERROR_MAX])
{
        const char *name = LOG_Q(text_of(scan->name));

        if (scan->count == 0)
                snprintf(error, COLLECTION_ERROR_MAX,
                         "ThreatQ has no Data Collection %s that this account may see: correct "
                         "threatq.data_collection",
                         name);
        else if (scan->count > 1)
                snprintf(error, COLLECTION_ERROR_MAX,
                         "ThreatQ has %u Data Collections %s: rename all but one", scan->count,
                         name);
        else if (!scan->found.criteria && !scan->found.hash[0])
                snprintf(error, COLLECTION_ERROR_MAX,
                         "ThreatQ's Data Collection %s cannot be read: save it anew in ThreatQ",
                         name);
        else {
                set_mark(&scan->found);
                *ret = scan->found;
                scan->found = (struct collection){0};
                return true;
        }
        return false;
}

void collection_done(struct collection *c)
{
        json_decref(c->criteria);
        json_decref(c->filters);
        *c = (struct collection){0};
}

/* The hashes of the collection that fulfil these conditions too; takes them over. */
static char *body_of(const struct collection *c, json_t *all)
{
        if (json_object_size(c->filters) > 0)
                json_array_insert(all, 0, c->filters);
        return query_text(json_incref(c->criteria), all);
}

char *collection_body(const struct collection *c, int64_t since)
{
        return c->criteria ? body_of(c, query_hashes(since)) : NULL;
}

char *collection_value_body(const struct collection *c, struct text value)
{
        json_t *all;

        if (!c->criteria)
                return NULL;
        all = query_hashes(-1);
        json_array_append_new(all, json_pack("{s:s%}", "value", value.ptr, value.len));
        return body_of(c, all);
}
