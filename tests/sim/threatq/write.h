/*
 * Changes to the library by their meaning, for the API and for the admin port: dates move, sources
 * are added, kept answers follow. The library is write-locked.
 */
#ifndef TQ_SIM_THREATQ_WRITE_H
#define TQ_SIM_THREATQ_WRITE_H

#include "tests/sim/threatq/sim.h"

struct write_sources {
        uint32_t words[LIBRARY_SOURCES_MAX];
        uint32_t n;
};

/* Reads `sources` of an item; without any it is the account's own. False when malformed. */
bool write_read_sources(struct sim *sim, const json_t *item, struct write_sources *ret);
/* A string, or a number or boolean as text, as the attribute's name or value; NULL when it is
 * something else or empty. The caller frees. */
char *write_read_text(const json_t *item, const char *key);
/* What is wrong with an attribute item: the field's name, or NULL. */
const char *write_check_attribute(struct sim *sim, const json_t *item);

/* Adds name and value, or touches the row that has both. */
void write_attribute(struct sim *sim, uint32_t at, const char *name, const char *value,
                     const struct write_sources *sources, struct library_attribute *ret);
/* The same for a checked item. */
void write_attribute_item(struct sim *sim, uint32_t at, const json_t *item,
                          struct library_attribute *ret);
/* Name may be NULL: as it was. False when there is no such row. */
bool write_attribute_value(struct sim *sim, uint32_t at, int64_t id, const char *name,
                           const char *value, const struct write_sources *sources,
                           struct library_attribute *ret);
bool write_attribute_delete(struct sim *sim, uint32_t at, int64_t id);

void write_status(struct sim *sim, uint32_t at, int status);
void write_scores(struct sim *sim, uint32_t at, int32_t generated, int32_t manual);
void write_delete(struct sim *sim, uint32_t at);
uint32_t write_insert(struct sim *sim, const char *value, int type, int status);

/* The position that {status_id} or {status: name | {name} | {id}} mean (the same for type), -1
 * when the instance has none, -2 when the item names none. */
int write_read_status(const struct sim *sim, const json_t *item);
int write_read_type(const struct sim *sim, const json_t *item);
/* A score in hundredths; a number or a numeric string. False when it is none. */
bool write_read_score(const json_t *value, int32_t *ret);

#endif
