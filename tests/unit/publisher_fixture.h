/*
 * A publisher's store in a temporary folder, and short words for what its tests do with it.
 */
#ifndef TQ_TESTS_PUBLISHER_FIXTURE_H
#define TQ_TESTS_PUBLISHER_FIXTURE_H

#include "publisher/intake.h"
#include "publisher/queue.h"
#include "publisher/recent.h"

#include <stdbool.h>

struct fixture {
        char folder[64];
        struct store *store;
        struct recent *recent;
        struct state state;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
/* Closes and opens the store, as a restart does. */
void fixture_reopen(struct fixture *f);

/* Runs fn in a write transaction that must succeed. */
void fixture_do(struct fixture *f, int (*fn)(struct work *w, void *userdata), void *userdata);
/* A hash that belongs to the number. */
struct hash fixture_hash(uint64_t n);
/* A candidate for indicator `id` whose hash belongs to the id. */
struct wire_item fixture_candidate(uint64_t id, enum trust_level level, double score);
/* One that the mapper left out. */
struct wire_item fixture_dropped(uint64_t id, enum verdict verdict);
/* Takes one item into the sweep of f->state. */
void fixture_take(struct fixture *f, const struct wire_item *item);
/* The ids in `order`, first to last; returns how many. */
unsigned fixture_order(struct fixture *f, uint64_t *ids, unsigned max);
uint64_t fixture_count(struct fixture *f, enum table table);

#endif
