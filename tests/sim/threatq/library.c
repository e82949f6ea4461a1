#include "tests/sim/threatq/library.h"

#include "tests/sim/threatq/generate.h"

#include <stdlib.h>
#include <string.h>

void library_open(struct library *library, const struct library_options *options,
                  const char *own_source)
{
        pthread_rwlockattr_t attr;

        *library = (struct library){.options = *options};
        names_init(&library->names, options->seed);
        /* Writers first: pages follow each other so closely that a write might never get in. */
        pthread_rwlockattr_init(&attr);
        pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        pthread_rwlock_init(&library->lock, &attr);
        pthread_rwlockattr_destroy(&attr);
        library->n_rows = options->count;
        library->cap = options->count + 1024;
        library->changes = calloc(library->cap, sizeof(*library->changes));
        if (!library->changes)
                abort();
        library->next_attribute_id = (options->count + 1) << GENERATE_ATTRIBUTE_IDS;
        library->own_source = names_word(&library->names, own_source);
        generate_words(library);
}

void library_close(struct library *library)
{
        for (uint32_t i = 0; i < library->n_rows; i++) {
                if (!library->changes[i])
                        continue;
                free(library->changes[i]->value);
                free(library->changes[i]->attributes);
                free(library->changes[i]);
        }
        free(library->changes);
        names_done(&library->names);
        pthread_rwlock_destroy(&library->lock);
}

static void apply_change(const struct library_change *change, struct library_row *row)
{
        row->type = change->type;
        row->status = change->status;
        row->generated = change->generated;
        row->manual = change->manual;
        row->created = change->created;
        row->updated = change->updated;
        row->touched = change->touched;
        row->change = change;
}

bool library_row(const struct library *library, uint32_t at, struct library_row *ret)
{
        const struct library_change *change = library->changes[at];

        if (change && change->deleted)
                return false;
        if (change && change->value)
                *ret = (struct library_row){.at = at, .id = generate_id(library, at)};
        else
                generate_row(library, at, ret);
        if (change)
                apply_change(change, ret);
        return true;
}

bool library_find(const struct library *library, int64_t id, struct library_row *ret)
{
        int64_t at = (id - library->options.first_id) / GENERATE_ID_STEP;

        if (id < library->options.first_id || at >= library->n_rows)
                return false;
        return library_row(library, (uint32_t)at, ret) && ret->id == id;
}

size_t library_value(const struct library *library, const struct library_row *row,
                     char out[LIBRARY_VALUE_MAX])
{
        if (!row->change || !row->change->value)
                return generate_value(library, row, out);
        size_t len = strlen(row->change->value);
        memcpy(out, row->change->value, len + 1);
        return len;
}

int32_t library_score(const struct library_row *row)
{
        return row->manual != LIBRARY_NO_SCORE ? row->manual : row->generated;
}

uint32_t library_sources(const struct library *library, const struct library_row *row,
                         uint32_t out[2])
{
        if (row->change && row->change->value) {
                out[0] = library->own_source;
                return 1;
        }
        return generate_sources(library, row->at, out);
}

bool library_next_attribute(const struct library *library, const struct library_row *row,
                            uint32_t *at, struct library_attribute *ret)
{
        const struct library_change *change = row->change;

        /* Positions below 64 are generated rows, the others what was added. */
        if (change && change->value && *at < 64)
                *at = 64;
        while (*at < 64) {
                uint32_t j = (*at)++;
                if (!generate_attribute(library, row, j, ret))
                        *at = 64;
                else if (ret->n_sources && !(change && change->gone >> j & 1))
                        return true;
        }
        if (!change || *at - 64 >= change->n_attributes)
                return false;
        *ret = change->attributes[(*at)++ - 64];
        return true;
}

struct library_change *library_change(struct library *library, uint32_t at)
{
        struct library_change *change = library->changes[at];

        library->generation++;
        if (change)
                return change;
        struct library_row row;
        generate_row(library, at, &row);
        change = calloc(1, sizeof(*change));
        if (!change)
                abort();
        change->type = row.type;
        change->status = row.status;
        change->generated = row.generated;
        change->manual = row.manual;
        change->created = row.created;
        change->updated = row.updated;
        change->touched = row.touched;
        library->changes[at] = change;
        return change;
}

uint32_t library_insert(struct library *library, const char *value, int64_t now)
{
        uint32_t at = library->n_rows;

        if (at == library->cap) {
                library->cap *= 2;
                library->changes =
                    realloc(library->changes, library->cap * sizeof(*library->changes));
                if (!library->changes)
                        abort();
        }
        struct library_change *change = calloc(1, sizeof(*change));
        if (!change)
                abort();
        *change = (struct library_change){
            .generated = LIBRARY_NO_SCORE,
            .manual = LIBRARY_NO_SCORE,
            .created = (uint32_t)now,
            .updated = (uint32_t)now,
            .touched = (uint32_t)now,
            .value = strndup(value, LIBRARY_VALUE_MAX - 1),
        };
        if (!change->value)
                abort();
        library->changes[at] = change;
        library->n_rows++;
        library->generation++;
        return at;
}

static struct library_attribute *append(struct library_change *change,
                                        const struct library_attribute *attribute)
{
        struct library_attribute *grown =
            realloc(change->attributes, (change->n_attributes + 1) * sizeof(*change->attributes));

        if (!grown)
                abort();
        change->attributes = grown;
        grown[change->n_attributes] = *attribute;
        return &grown[change->n_attributes++];
}

void library_add_attribute(struct library *library, uint32_t at,
                           const struct library_attribute *attribute, struct library_attribute *ret)
{
        struct library_attribute *added = append(library_change(library, at), attribute);

        added->id = library->next_attribute_id++;
        *ret = *added;
}

/* The j of a generated attribute of this row that is still as generated, else -1. */
static int generated_at(const struct library_row *row, int64_t id)
{
        int64_t j = id - 1 - ((int64_t)row->at << GENERATE_ATTRIBUTE_IDS);

        if (j < 0 || j >= 64 || (row->change && (row->change->value || row->change->gone >> j & 1)))
                return -1;
        return (int)j;
}

struct library_attribute *library_edit_attribute(struct library *library, uint32_t at, int64_t id)
{
        struct library_attribute attribute;
        struct library_row row;

        if (!library_row(library, at, &row))
                return NULL;
        struct library_change *change = library->changes[at];
        for (uint32_t i = 0; change && i < change->n_attributes; i++) {
                if (change->attributes[i].id != id)
                        continue;
                library->generation++;
                return &change->attributes[i];
        }
        int j = generated_at(&row, id);
        if (j < 0 || !generate_attribute(library, &row, (uint32_t)j, &attribute) ||
            !attribute.n_sources)
                return NULL;
        change = library_change(library, at);
        change->gone |= 1ULL << j;
        return append(change, &attribute);
}

bool library_delete_attribute(struct library *library, uint32_t at, int64_t id)
{
        struct library_attribute *attribute = library_edit_attribute(library, at, id);

        if (!attribute)
                return false;
        struct library_change *change = library->changes[at];
        struct library_attribute *end = change->attributes + change->n_attributes;
        memmove(attribute, attribute + 1, (size_t)((char *)end - (char *)(attribute + 1)));
        change->n_attributes--;
        return true;
}
