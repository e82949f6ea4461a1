/*
 * The query language: `criteria` and `filters` compiled to a tree, and rows judged by it.
 */
#ifndef TQ_SIM_THREATQ_SELECT_H
#define TQ_SIM_THREATQ_SELECT_H

#include "tests/sim/threatq/buf.h"
#include "tests/sim/threatq/library.h"

#include <jansson.h>
#include <stdbool.h>

struct select;

/* Compiles both parts (either may be NULL), joined by and. With `strict_names` an unknown type or
 * status is an error, else it matches nothing. NULL: *error says why. */
struct select *select_compile(const struct names *names, const json_t *criteria,
                              const json_t *filters, bool strict_names, struct buf *error);
void select_free(struct select *select);
DEFINE_CLEANUP(struct select *, select_free);
bool select_matches(const struct select *select, const struct library *library,
                    const struct library_row *row);
/* Whether the same query means something else a moment later (NOW). */
bool select_is_volatile(const struct select *select);

#endif
