/*
 * One row of ThreatQ's answer while its members come in, in whatever order. Pure; for indicator.c
 * alone. Every set takes the value as it stands in the JSON and ignores what makes no sense.
 */
#ifndef TQ_FETCHER_INDICATOR_ROW_H
#define TQ_FETCHER_INDICATOR_ROW_H

#include "common/text.h"
#include "fetcher/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

struct indicator_row;

int indicator_row_open(const char *const *attributes, size_t count, struct indicator_row **ret);
void indicator_row_close(struct indicator_row *row);
/* Forgets the row before. */
void indicator_row_start(struct indicator_row *row);

void indicator_row_set_id(struct indicator_row *row, struct text value);
void indicator_row_set_value(struct indicator_row *row, struct text value);
void indicator_row_set_type(struct indicator_row *row, struct text name);
void indicator_row_set_type_id(struct indicator_row *row, struct text value);
void indicator_row_set_status(struct indicator_row *row, struct text name);
void indicator_row_set_status_id(struct indicator_row *row, struct text value);
/* The one score, or the generated one of two; the manual one goes before it. */
void indicator_row_set_score(struct indicator_row *row, struct text value);
void indicator_row_set_manual_score(struct indicator_row *row, struct text value);
void indicator_row_set_created_at(struct indicator_row *row, struct text value);
void indicator_row_attribute_start(struct indicator_row *row);
void indicator_row_attribute_name(struct indicator_row *row, struct text name);
void indicator_row_attribute_value(struct indicator_row *row, struct text value);
void indicator_row_attribute_updated_at(struct indicator_row *row, struct text value);
void indicator_row_attribute_end(struct indicator_row *row);

/* 0: there is none. */
uint64_t indicator_row_id(const struct indicator_row *row);
/* Appends the row as a wire_row. False when type or status is an id only and names is NULL. */
bool indicator_row_pack(struct indicator_row *row, const struct names *names, msgpack_sbuffer *out);

/* Reads decimal digits; false and *ret untouched when it is anything else or too large. */
bool indicator_row_number(struct text value, uint64_t *ret);

#endif
