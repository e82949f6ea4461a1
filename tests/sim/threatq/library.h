/*
 * The Threat Library: `count` indicators that are computed from a seed whenever they are looked
 * at, and what has been changed since. Only changes take memory, so a million rows are cheap.
 *
 * Rows are numbered by position, 0 …; ids ascend with it and have gaps. Rows inserted later get the
 * next positions. Callers hold the lock: shared for reading, exclusive for changing.
 */
#ifndef TQ_SIM_THREATQ_LIBRARY_H
#define TQ_SIM_THREATQ_LIBRARY_H

#include "tests/sim/threatq/names.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        LIBRARY_NO_SCORE = INT32_MIN,
        LIBRARY_VALUE_MAX = 256,
        LIBRARY_SOURCES_MAX = 6,
        LIBRARY_OVERRIDES_MAX = 16,
};

struct library_override {
        const char *fabric;
        double percent;
};

struct library_options {
        uint64_t seed;
        uint32_t count;
        uint32_t first_id;
        int64_t created_days;
        int64_t now; /* the newest generated row is just older than this */
        uint32_t attributes;
        double other_types_percent;
        double invalid_percent;
        double upper_percent;
        double manual_percent;
        double no_score_percent;
        double active_percent;
        struct library_override overrides[LIBRARY_OVERRIDES_MAX];
        uint32_t n_overrides;
};

struct library_attribute {
        uint32_t id;
        uint32_t name; /* words */
        uint32_t value;
        uint32_t created, updated, touched;
        uint32_t sources[LIBRARY_SOURCES_MAX]; /* words */
        uint32_t n_sources;
};

/* What differs from the generated row. */
struct library_change {
        bool deleted;
        uint8_t type, status;
        int32_t generated, manual; /* hundredths or LIBRARY_NO_SCORE */
        uint32_t created, updated, touched;
        char *value;   /* of an inserted row, else NULL */
        uint64_t gone; /* generated attributes that were deleted or changed */
        struct library_attribute *attributes;
        uint32_t n_attributes;
};

struct library_row {
        uint32_t at, id;
        uint8_t type, status;
        int32_t generated, manual;
        uint32_t created, updated, touched;
        uint64_t entropy;
        const struct library_change *change; /* or NULL */
};

struct library {
        struct library_options options;
        struct names names;
        pthread_rwlock_t lock;
        uint32_t n_rows; /* deleted ones included */
        uint32_t cap;
        struct library_change **changes;
        uint32_t next_attribute_id;
        uint64_t generation; /* moves with every change */
        uint32_t own_source; /* word: the source of writes that name none */
        uint32_t source_words[8], name_words[16], value_words[64], override_words[16];
        uint32_t override_names[LIBRARY_OVERRIDES_MAX];
};

void library_open(struct library *library, const struct library_options *options,
                  const char *own_source);
void library_close(struct library *library);

/* False when the row is deleted. */
bool library_row(const struct library *library, uint32_t at, struct library_row *ret);
bool library_find(const struct library *library, int64_t id, struct library_row *ret);
/* The indicator's value, NUL-terminated. Returns its length. */
size_t library_value(const struct library *library, const struct library_row *row,
                     char out[LIBRARY_VALUE_MAX]);
/* Manual when set, else generated. */
int32_t library_score(const struct library_row *row);
/* The row's own feeds; returns how many (1 or 2). */
uint32_t library_sources(const struct library *library, const struct library_row *row,
                         uint32_t out[2]);

/* Attribute rows one after the other: start with *at = 0. */
bool library_next_attribute(const struct library *library, const struct library_row *row,
                            uint32_t *at, struct library_attribute *ret);

/* The change record of a row that is about to be changed. Moves the generation. */
struct library_change *library_change(struct library *library, uint32_t at);
/* A new row at the end, without score and attributes, of type 0 and status 0. */
uint32_t library_insert(struct library *library, const char *value, int64_t now);
/* Appends an attribute row with a new id; a copy is in *ret. */
void library_add_attribute(struct library *library, uint32_t at,
                           const struct library_attribute *attribute,
                           struct library_attribute *ret);
/* The attribute row to be changed in place, NULL when the indicator has none of that id. Valid
 * until the next change of the same indicator. */
struct library_attribute *library_edit_attribute(struct library *library, uint32_t at, int64_t id);
bool library_delete_attribute(struct library *library, uint32_t at, int64_t id);

#endif
