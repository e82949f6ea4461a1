/*
 * The seeded part of the library: each row and each of its attributes as a pure function of seed
 * and position.
 */
#ifndef TQ_SIM_THREATQ_GENERATE_H
#define TQ_SIM_THREATQ_GENERATE_H

#include "tests/sim/threatq/library.h"

enum {
        GENERATE_ID_STEP = 3,      /* ids have gaps */
        GENERATE_ATTRIBUTE_IDS = 6 /* bits: room for the ids of a row's generated attributes */
};

/* Enters the strings that generated rows use. */
void generate_words(struct library *library);
uint32_t generate_id(const struct library *library, uint32_t at);
void generate_row(const struct library *library, uint32_t at, struct library_row *ret);
size_t generate_value(const struct library *library, const struct library_row *row,
                      char out[LIBRARY_VALUE_MAX]);
uint32_t generate_sources(const struct library *library, uint32_t at, uint32_t out[2]);
/* The j-th attribute; false when the row has fewer. An override that the row lacks has n_sources
 * 0. */
bool generate_attribute(const struct library *library, const struct library_row *row, uint32_t j,
                        struct library_attribute *ret);

#endif
