/*
 * Rows as JSON, in the shapes that the API's two views and its versions have.
 */
#ifndef TQ_SIM_THREATQ_PRINT_H
#define TQ_SIM_THREATQ_PRINT_H

#include "tests/sim/threatq/buf.h"
#include "tests/sim/threatq/library.h"

enum print_field {
        PRINT_ID = 1 << 0,
        PRINT_CLASS = 1 << 1,
        PRINT_VALUE = 1 << 2,
        PRINT_HASH = 1 << 3,
        PRINT_SCORE = 1 << 4,
        PRINT_TYPE_ID = 1 << 5,
        PRINT_STATUS_ID = 1 << 6,
        PRINT_TYPE = 1 << 7,
        PRINT_STATUS = 1 << 8,
        PRINT_DESCRIPTION = 1 << 9,
        PRINT_PUBLISHED = 1 << 10,
        PRINT_CREATED = 1 << 11,
        PRINT_UPDATED = 1 << 12,
        PRINT_TOUCHED = 1 << 13,
        PRINT_EXPIRES_CALCULATED = 1 << 14,
        PRINT_ADVERSARIES = 1 << 15,
        PRINT_ATTRIBUTES = 1 << 16,
        PRINT_SOURCES = 1 << 17,
        PRINT_TAGS = 1 << 18,
        PRINT_NULLS = 1 << 19, /* dates that are null in the relational view */
        PRINT_SCALARS = PRINT_ID | PRINT_CLASS | PRINT_VALUE | PRINT_HASH | PRINT_TYPE_ID |
                        PRINT_STATUS_ID | PRINT_DESCRIPTION | PRINT_PUBLISHED | PRINT_CREATED |
                        PRINT_UPDATED | PRINT_TOUCHED | PRINT_EXPIRES_CALCULATED,
        PRINT_RELATIONS = PRINT_SCORE | PRINT_TYPE | PRINT_STATUS | PRINT_ADVERSARIES |
                          PRINT_ATTRIBUTES | PRINT_SOURCES,
};

enum print_score { PRINT_SCORE_NUMBER, PRINT_SCORE_STRING, PRINT_SCORE_OBJECT };
enum print_kind { PRINT_KIND_NAME, PRINT_KIND_INDEX, PRINT_KIND_RELATIONAL };

struct print_view {
        uint32_t fields;
        enum print_score score;
        enum print_kind kind; /* of type, status and sources */
        bool attribute_sources;
        size_t row_bytes; /* rows are padded to this by their description */
};

/* The field's bit, 0 when there is no such field. */
uint32_t print_field_of(const char *name);
void print_row(struct buf *b, const struct library *library, const struct library_row *row,
               const struct print_view *view);
void print_attribute(struct buf *b, const struct library *library, const struct library_row *row,
                     const struct library_attribute *attribute, bool sources, bool key);
void print_score(struct buf *b, const struct library_row *row);
void print_type(struct buf *b, const struct names_kind *type, enum print_kind kind);
void print_status(struct buf *b, const struct names_kind *status, enum print_kind kind);

#endif
