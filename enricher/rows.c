#include "enricher/rows.h"

#include "common/cleanup.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

enum { ROW_NUMBER_MAX = 48 };

static void json_freep(json_t **json)
{
        json_decref(*json);
}

static json_t *body_parse(const char *body, size_t len)
{
        return body ? json_loadb(body, len, JSON_DECODE_ANY, NULL) : NULL;
}

static struct text text_of_json(const json_t *json)
{
        if (!json_is_string(json))
                return (struct text){0};
        return (struct text){json_string_value(json), json_string_length(json)};
}

void rows_init(struct rows *rows)
{
        rows->count = 0;
}

void rows_done(struct rows *rows)
{
        for (size_t i = 0; i < rows->count; i++) {
                free(rows->value[i]);
                free(rows->source[i]);
        }
        rows->count = 0;
}

/* Numbers and booleans in the words in which we write them. */
static struct text value_text(const json_t *value, char number[ROW_NUMBER_MAX])
{
        double real;

        if (json_is_string(value))
                return text_of_json(value);
        if (json_is_boolean(value))
                return text_of(json_is_true(value) ? "True" : "False");
        if (json_is_integer(value)) {
                snprintf(number, ROW_NUMBER_MAX, "%lld", (long long)json_integer_value(value));
                return text_of(number);
        }
        if (json_is_real(value)) {
                real = json_real_value(value);
                if (fabs(real) < 1e15 && floor(real) == real)
                        snprintf(number, ROW_NUMBER_MAX, "%.0f", real);
                else
                        snprintf(number, ROW_NUMBER_MAX, "%.17g", real);
                return text_of(number);
        }
        return (struct text){0};
}

static uint64_t id_of_json(const json_t *id)
{
        char *end;
        unsigned long long n;

        if (json_is_integer(id) && json_integer_value(id) > 0)
                return (uint64_t)json_integer_value(id);
        if (!json_is_string(id) || json_string_value(id)[0] < '0' || json_string_value(id)[0] > '9')
                return 0;
        errno = 0;
        n = strtoull(json_string_value(id), &end, 10);
        return errno == 0 && *end == '\0' ? n : 0;
}

/* "name", or "attribute": {"name"} as some views have it. */
static struct text row_name(const json_t *row)
{
        const json_t *name = json_object_get(row, "name");

        if (!name)
                name = json_object_get(json_object_get(row, "attribute"), "name");
        return text_of_json(name);
}

static struct text source_text(const json_t *source)
{
        return text_of_json(json_is_object(source) ? json_object_get(source, "name") : source);
}

/* Tells whose the row is. 0 or -ENOMEM. */
static int row_judge(struct attribute_row *row, const json_t *json, const char *source,
                     char **ret_source)
{
        const json_t *sources = json_object_get(json, "sources");
        size_t count = json_array_size(sources), ours = 0;

        *ret_source = NULL;
        for (size_t i = 0; source && i < count; i++)
                ours +=
                    attribute_value_eq(source_text(json_array_get(sources, i)), text_of(source));
        row->foreign = source && count > 0 && ours == 0;
        row->joint = source ? ours > 0 && ours < count : count > 0;
        if (source || count != 1)
                return 0;
        *ret_source = text_dup(source_text(json_array_get(sources, 0)));
        if (!*ret_source)
                return -ENOMEM;
        row->source = text_of(*ret_source);
        return 0;
}

static struct text wish_name(const struct attribute_wishes *wishes, struct text name)
{
        for (size_t i = 0; i < wishes->count; i++)
                if (text_eq_str(name, wishes->wish[i].name))
                        return text_of(wishes->wish[i].name);
        return (struct text){0};
}

static bool rows_have(const struct rows *rows, uint64_t id)
{
        for (size_t i = 0; i < rows->count; i++)
                if (rows->row[i].id == id)
                        return true;
        return false;
}

static int rows_add(struct rows *rows, const json_t *json, const struct attribute_wishes *wishes,
                    const char *source)
{
        struct text name = row_name(json);
        struct attribute_row *row = &rows->row[rows->count];
        char number[ROW_NUMBER_MAX];
        struct text value;
        uint64_t id;
        char *copy;

        if (!attribute_wished(wishes, name))
                return 0;
        id = id_of_json(json_object_get(json, "id"));
        if (id == 0)
                return ROWS_E_BAD;
        if (rows->count == ATTRIBUTE_ROWS_MAX || rows_have(rows, id))
                return 0;
        value = value_text(json_object_get(json, "value"), number);
        copy = text_dup(value);
        if (!copy)
                return -ENOMEM;
        *row = (struct attribute_row){
            .id = id, .name = wish_name(wishes, name), .value = {copy, value.len}};
        if (row_judge(row, json, source, &rows->source[rows->count]) != 0) {
                free(copy);
                return -ENOMEM;
        }
        rows->value[rows->count++] = copy;
        return 0;
}

/* The rows under "data", whatever its shape, as a list of the caller's; NULL when it is none. */
static json_t *data_rows(json_t *root)
{
        json_t *data = json_is_array(root) ? root : json_object_get(root, "data");
        json_t *list;
        const char *key;
        json_t *row;

        if (json_is_array(data))
                return json_incref(data);
        if (!json_is_object(root) || (data && !json_is_object(data) && !json_is_null(data)))
                return NULL;
        list = json_array();
        if (json_object_get(data, "id")) {
                json_array_append(list, data);
                return list;
        }
        json_object_foreach(data, key, row) json_array_append(list, row);
        return list;
}

int rows_add_page(struct rows *rows, const char *body, size_t len,
                  const struct attribute_wishes *wishes, const char *source, struct rows_page *ret)
{
        _cleanup_(json_freep) json_t *root = body_parse(body, len);
        _cleanup_(json_freep) json_t *list = root ? data_rows(root) : NULL;
        const json_t *total = json_object_get(root, "total");
        int r;

        if (!list)
                return ROWS_E_BAD;
        for (size_t i = 0; i < json_array_size(list); i++) {
                if (!json_is_object(json_array_get(list, i)))
                        return ROWS_E_BAD;
                r = rows_add(rows, json_array_get(list, i), wishes, source);
                if (r != 0)
                        return r;
        }
        ret->seen = json_array_size(list);
        ret->total = json_is_integer(total) ? json_integer_value(total) : -1;
        return 0;
}

/* The first text inside: errors are a text, a list, or lists by field. */
static struct text first_text(json_t *json, unsigned depth)
{
        if (json_is_string(json) || depth == 0)
                return text_of_json(json);
        if (json_is_array(json))
                return first_text(json_array_get(json, 0), depth - 1);
        return first_text(json_object_iter_value(json_object_iter(json)), depth - 1);
}

/* null, false, "", [] and {} say that nothing is wrong. */
static bool complains(const json_t *error)
{
        if (json_is_string(error))
                return json_string_length(error) > 0;
        if (json_is_array(error) || json_is_object(error))
                return json_array_size(error) + json_object_size(error) > 0;
        return error && !json_is_null(error) && !json_is_false(error);
}

bool rows_complaint(const char *body, size_t len, size_t index, char *out, size_t size)
{
        _cleanup_(json_freep) json_t *root = body_parse(body, len);
        _cleanup_(json_freep) json_t *list = root ? data_rows(root) : NULL;
        const json_t *item = json_array_get(list, index);
        json_t *error = json_object_get(item, "error");
        struct text text;

        if (!complains(error))
                error = json_object_get(item, "errors");
        if (!complains(error))
                return false;
        text = first_text(error, 4);
        text_copy(text.len > 0 ? text : text_of("an error without words"), out, size);
        return true;
}
