#include "fetcher/query.h"

#include "common/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

static bool is_target(const struct query *query, size_t fabric)
{
        return query->targets >> fabric & 1;
}

/* {"+or": […]} or {"+and": […]}; takes the list over. */
static json_t *join(const char *operator, json_t * list)
{
        return json_pack("{s:o}", operator, list);
}

static json_t *compare(const char *field, const char *operator, json_t * value)
{
        return json_pack("{s:{s:o}}", field, operator, value);
}

static json_t *later_than(const char *field, int64_t s)
{
        char when[32];

        clock_format_threatq(s, when);
        return compare(field, "+gt", json_string(when));
}

static json_t *hash_types(void)
{
        json_t *list = json_array();

        for (enum hash_type type = HASH_MD5; type <= HASH_SHA256; type++)
                json_array_append_new(list, json_pack("{s:s}", "type_name", hash_type_name(type)));
        return join("+or", list);
}

static bool has_status(const json_t *list, struct text status)
{
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *name = json_object_get(json_array_get(list, i), "status_name");

                if (text_eq_nocase(text_of(json_string_value(name)), status))
                        return true;
        }
        return false;
}

static void add_status(json_t *list, struct text status, const struct names *names)
{
        struct text name = text_trim(status);

        if (names) {
                /* ThreatQ may compare in its own case, and may refuse a status it does not have. */
                name = names_status_spelling(names, status);
                if (name.len == 0)
                        return;
        }
        if (!has_status(list, name))
                json_array_append_new(list, json_pack("{s:s%}", "status_name", name.ptr, name.len));
}

/* Any of the fabrics' statuses; NULL when one of them takes all. */
static json_t *any_status(const struct config *config, const struct query *query,
                          const struct names *names)
{
        json_t *list = json_array();

        for (size_t i = 0; i < config->fabric_count; i++) {
                const struct config_selection *s = &config->fabrics[i].selection;

                if (!is_target(query, i))
                        continue;
                if (s->status_count == 0) {
                        json_decref(list);
                        return NULL;
                }
                for (size_t k = 0; k < s->status_count; k++)
                        add_status(list, text_of(s->status[k]), names);
        }
        /* None that ThreatQ knows: the mapper drops them all, and says why. */
        if (json_array_size(list) == 0) {
                json_decref(list);
                return NULL;
        }
        return join("+or", list);
}

/* What any of the fabrics could select. */
static json_t *selection(const struct config *config, const struct query *query,
                         const struct names *names)
{
        json_t *all = json_array();
        json_t *status = any_status(config, query, names);
        unsigned days = 0;
        double min_score = INFINITY;

        for (size_t i = 0; i < config->fabric_count; i++) {
                const struct config_selection *s = &config->fabrics[i].selection;

                if (!is_target(query, i))
                        continue;
                if (s->days > days)
                        days = s->days;
                if (s->min_score < min_score)
                        min_score = s->min_score;
        }
        json_array_append_new(
            all, later_than("created_at", query->started_at - (int64_t)days * 86400 - 1));
        if (status)
                json_array_append_new(all, status);
        if (min_score >= 1 && min_score < 1e6)
                json_array_append_new(
                    all, compare("score", "+gte", json_integer((json_int_t)min_score)));
        return join("+and", all);
}

static json_t *fields(void)
{
        return json_pack("[s, s, s, s, s, s, s]", "id", "value", "type", "status", "score",
                         "created_at", "attributes");
}

json_t *query_hashes(int64_t since)
{
        json_t *all = json_array();

        json_array_append_new(all, hash_types());
        if (since >= 0)
                json_array_append_new(all, later_than("touched_at", since));
        return all;
}

char *query_text(json_t *criteria, json_t *all)
{
        json_t *body = json_pack("{s:o, s:{s:o}, s:o}", "criteria", criteria, "filters", "+and",
                                 all, "fields", fields());
        char *text = json_dumps(body, JSON_COMPACT);

        json_decref(body);
        return text;
}

char *query_body(const struct config *config, const struct query *query, const struct names *names)
{
        bool full = query->kind == SWEEP_FULL;
        json_t *all = query_hashes(full ? -1 : query->since);

        if (full) {
                json_t *selected = selection(config, query, names);

                if (query->since >= 0)
                        selected = join("+or", json_pack("[o, o]", selected,
                                                         later_than("touched_at", query->since)));
                json_array_append_new(all, selected);
        }
        return query_text(json_object(), all);
}

char *query_path(const char *saved, unsigned limit, const char *cursor, uint64_t offset)
{
        char *escaped = cursor ? curl_easy_escape(NULL, cursor, 0) : NULL;
        char where[32], *path = NULL;
        int len;

        if (cursor && !escaped)
                return NULL;
        snprintf(where, sizeof(where), "%" PRIu64, offset);
        len = asprintf(&path, "/api/indicators/query%s%s?sort=id&limit=%u&%s=%s",
                       saved ? "/hash/" : "", saved ? saved : "", limit,
                       cursor ? "cursorMark" : "offset", cursor ? escaped : where);
        curl_free(escaped);
        return len < 0 ? NULL : path;
}

char *query_indicator_path(uint64_t id)
{
        char *path;

        if (asprintf(&path, "/api/indicators/%" PRIu64 "?with=attributes,score,status,type", id) <
            0)
                return NULL;
        return path;
}

char *query_values(const char *const *values, size_t count)
{
        json_t *all = query_hashes(-1), *any = json_array();

        for (size_t i = 0; i < count; i++)
                json_array_append_new(any, json_pack("{s:s}", "value", values[i]));
        json_array_append_new(all, join("+or", any));
        return query_text(json_object(), all);
}

static bool has_name(char *const *names, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++) {
                if (strcmp(names[i], name) == 0)
                        return true;
        }
        return false;
}

/* Takes the name over. */
static bool add_name(char **names, size_t *count, char *name)
{
        if (!name)
                return false;
        if (has_name(names, *count, name))
                free(name);
        else
                names[(*count)++] = name;
        return true;
}

/* "<what> - <fabric>"; NULL when memory is out. */
static char *own_name(const char *what, const struct config_fabric *fabric)
{
        char *name;

        return asprintf(&name, "%s - %s", what, fabric->name) < 0 ? NULL : name;
}

char **query_attributes(const struct config *config, size_t *count)
{
        size_t most = 2 * config->fabric_count, n = 0;
        char **names;
        bool good = true;

        for (size_t i = 0; i < config->fabric_count; i++)
                most += config->fabrics[i].selection.attribute_count;
        names = calloc(most + 1, sizeof(*names));
        if (!names)
                return NULL;
        for (size_t i = 0; i < config->fabric_count && good; i++) {
                const struct config_fabric *fabric = &config->fabrics[i];

                good = add_name(names, &n, own_name("Reputation Override", fabric));
                if (config->adopt)
                        good = good && add_name(names, &n, own_name("Share Status", fabric));
                for (size_t k = 0; k < fabric->selection.attribute_count && good; k++)
                        good = add_name(names, &n, strdup(fabric->selection.attributes[k].name));
        }
        if (!good) {
                query_attributes_free(names, n);
                return NULL;
        }
        *count = n;
        return names;
}

void query_attributes_free(char **names, size_t count)
{
        for (size_t i = 0; names && i < count; i++)
                free(names[i]);
        free(names);
}
