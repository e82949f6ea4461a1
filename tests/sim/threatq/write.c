#include "tests/sim/threatq/write.h"

#include <stdlib.h>

enum {
        NAME_MAX_LEN = 255,
        VALUE_MAX_LEN = 65535,
};

static void add_source(struct library_attribute *attribute, uint32_t source)
{
        for (uint32_t i = 0; i < attribute->n_sources; i++)
                if (attribute->sources[i] == source)
                        return;
        if (attribute->n_sources < LIBRARY_SOURCES_MAX)
                attribute->sources[attribute->n_sources++] = source;
}

static void add_sources(struct library_attribute *attribute, const struct write_sources *sources)
{
        for (uint32_t i = 0; sources && i < sources->n; i++)
                add_source(attribute, sources->words[i]);
}

bool write_read_sources(struct sim *sim, const json_t *item, struct write_sources *ret)
{
        const json_t *list = json_object_get(item, "sources");
        struct write_sources sources = {0};

        if (list && !json_is_array(list))
                return false;
        for (size_t i = 0; i < json_array_size(list); i++) {
                const char *name =
                    json_string_value(json_object_get(json_array_get(list, i), "name"));
                if (!name || !*name)
                        return false;
                if (sources.n < LIBRARY_SOURCES_MAX)
                        sources.words[sources.n++] = names_word(&sim->library.names, name);
        }
        if (!sources.n)
                sources.words[sources.n++] = sim->library.own_source;
        *ret = sources;
        return true;
}

char *write_read_text(const json_t *item, const char *key)
{
        const json_t *value = json_object_get(item, key);

        if (json_is_string(value))
                return *json_string_value(value) ? strdup(json_string_value(value)) : NULL;
        if (json_is_boolean(value))
                return strdup(json_is_true(value) ? "1" : "0");
        if (json_is_number(value))
                return json_dumps(value, JSON_ENCODE_ANY);
        return NULL;
}

const char *write_check_attribute(struct sim *sim, const json_t *item)
{
        _cleanup_(freep) char *name = write_read_text(item, "name");
        _cleanup_(freep) char *value = write_read_text(item, "value");
        struct write_sources sources;

        if (!name || strlen(name) > NAME_MAX_LEN)
                return "name";
        if (!value || strlen(value) > VALUE_MAX_LEN)
                return "value";
        return write_read_sources(sim, item, &sources) ? NULL : "sources";
}

/* The row that has this name and value. */
static struct library_attribute *find_same(struct sim *sim, uint32_t at, uint32_t name,
                                           uint32_t value)
{
        struct library_attribute attribute;
        struct library_row row;
        uint32_t i = 0;

        if (!library_row(&sim->library, at, &row))
                return NULL;
        while (library_next_attribute(&sim->library, &row, &i, &attribute))
                if (attribute.name == name && attribute.value == value)
                        return library_edit_attribute(&sim->library, at, attribute.id);
        return NULL;
}

void write_attribute(struct sim *sim, uint32_t at, const char *name, const char *value,
                     const struct write_sources *sources, struct library_attribute *ret)
{
        uint32_t now = (uint32_t)sim_now(sim);
        struct library_attribute attribute = {
            .name = names_word(&sim->library.names, name),
            .value = names_word(&sim->library.names, value),
            .created = now,
            .updated = now,
            .touched = now,
        };
        struct library_attribute *same = find_same(sim, at, attribute.name, attribute.value);

        if (same) {
                same->updated = same->touched = now;
                add_sources(same, sources);
                *ret = *same;
                sim->attributes_repeated++;
        } else {
                add_sources(&attribute, sources);
                library_add_attribute(&sim->library, at, &attribute, ret);
                sim->attributes_added++;
        }
        sim_touched(sim, at, false);
}

void write_attribute_item(struct sim *sim, uint32_t at, const json_t *item,
                          struct library_attribute *ret)
{
        _cleanup_(freep) char *name = write_read_text(item, "name");
        _cleanup_(freep) char *value = write_read_text(item, "value");
        struct write_sources sources;

        if (name && value && write_read_sources(sim, item, &sources))
                write_attribute(sim, at, name, value, &sources, ret);
}

bool write_attribute_value(struct sim *sim, uint32_t at, int64_t id, const char *name,
                           const char *value, const struct write_sources *sources,
                           struct library_attribute *ret)
{
        struct library_attribute *attribute = library_edit_attribute(&sim->library, at, id);

        if (!attribute)
                return false;
        if (name)
                attribute->name = names_word(&sim->library.names, name);
        attribute->value = names_word(&sim->library.names, value);
        attribute->updated = attribute->touched = (uint32_t)sim_now(sim);
        add_sources(attribute, sources);
        *ret = *attribute;
        sim->attributes_changed++;
        sim_touched(sim, at, false);
        return true;
}

bool write_attribute_delete(struct sim *sim, uint32_t at, int64_t id)
{
        if (!library_delete_attribute(&sim->library, at, id))
                return false;
        sim->attributes_deleted++;
        sim_touched(sim, at, false);
        return true;
}

void write_status(struct sim *sim, uint32_t at, int status)
{
        library_change(&sim->library, at)->status = (uint8_t)status;
        sim_touched(sim, at, true);
}

void write_scores(struct sim *sim, uint32_t at, int32_t generated, int32_t manual)
{
        struct library_change *change = library_change(&sim->library, at);

        change->generated = generated;
        change->manual = manual;
        sim_touched(sim, at, false);
}

void write_delete(struct sim *sim, uint32_t at)
{
        library_change(&sim->library, at)->deleted = true;
        sim_rejudge(sim, at);
}

uint32_t write_insert(struct sim *sim, const char *value, int type, int status)
{
        uint32_t at = library_insert(&sim->library, value, sim_now(sim));
        struct library_change *change = library_change(&sim->library, at);

        change->type = (uint8_t)type;
        change->status = (uint8_t)status;
        sim_rejudge(sim, at);
        return at;
}

/* What an item says under `key` (name or object) or under `id_key`. */
static int read_kind(const struct sim *sim, const json_t *item, const char *key, const char *id_key,
                     int (*by_name)(const struct names *, const char *),
                     int (*by_id)(const struct names *, int64_t))
{
        const struct names *names = &sim->library.names;
        const json_t *id = json_object_get(item, id_key);
        const json_t *kind = json_object_get(item, key);
        const json_t *name = json_is_object(kind) ? json_object_get(kind, "name") : kind;

        if (!id && json_is_object(kind))
                id = json_object_get(kind, "id");
        if (json_is_integer(id))
                return by_id(names, json_integer_value(id));
        if (json_is_string(name))
                return by_name(names, json_string_value(name));
        return id || kind ? -1 : -2;
}

int write_read_status(const struct sim *sim, const json_t *item)
{
        return read_kind(sim, item, "status", "status_id", names_status_of, names_status_by_id);
}

int write_read_type(const struct sim *sim, const json_t *item)
{
        return read_kind(sim, item, "type", "type_id", names_type_of, names_type_by_id);
}

bool write_read_score(const json_t *value, int32_t *ret)
{
        const char *text = json_string_value(value);
        char *end = NULL;
        double number = text ? strtod(text, &end) : json_number_value(value);

        if ((text ? end == text || *end : !json_is_number(value)) || number < 0 || number > 1e6)
                return false;
        *ret = (int32_t)(number * 100 + 0.5);
        return true;
}
