#include "fetcher/names.h"

#include <errno.h>

#include <jansson.h>

/* A list as ThreatQ sends it; ids are few, so they are looked up one after the other. */
struct names {
        json_t *types;
        json_t *statuses;
};

static int parse_list(const char *body, size_t len, json_t **ret)
{
        json_t *answer = json_loadb(body, len, 0, NULL);
        json_t *data = json_object_get(answer, "data");

        if (!json_is_array(data)) {
                json_decref(answer);
                return -EBADMSG;
        }
        *ret = json_incref(data);
        json_decref(answer);
        return 0;
}

int names_parse(const char *types, size_t types_len, const char *statuses, size_t statuses_len,
                struct names **ret)
{
        _cleanup_(names_freep) struct names *names = calloc(1, sizeof(*names));
        int r;

        if (!names)
                return -ENOMEM;
        r = parse_list(types, types_len, &names->types);
        if (r == 0)
                r = parse_list(statuses, statuses_len, &names->statuses);
        if (r < 0)
                return r;
        *ret = names;
        names = NULL;
        return 0;
}

void names_free(struct names *names)
{
        if (!names)
                return;
        json_decref(names->types);
        json_decref(names->statuses);
        free(names);
}

static struct text name_of(const json_t *row)
{
        return text_of(json_string_value(json_object_get(row, "name")));
}

static struct text find(const json_t *list, uint64_t id)
{
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *row = json_array_get(list, i);

                if (json_integer_value(json_object_get(row, "id")) == (json_int_t)id)
                        return name_of(row);
        }
        return (struct text){0};
}

struct text names_type(const struct names *names, uint64_t id)
{
        return find(names->types, id);
}

struct text names_status(const struct names *names, uint64_t id)
{
        return find(names->statuses, id);
}

struct text names_status_spelling(const struct names *names, struct text status)
{
        for (size_t i = 0; i < json_array_size(names->statuses); i++) {
                struct text name = name_of(json_array_get(names->statuses, i));

                if (text_eq_nocase(text_trim(name), text_trim(status)))
                        return name;
        }
        return (struct text){0};
}
