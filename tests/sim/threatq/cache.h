/*
 * Answers to queries, kept as one bit per row with counts per block, and kept right while rows
 * change: a page deep in a million rows costs no more than the first, and `total` is exact.
 */
#ifndef TQ_SIM_THREATQ_CACHE_H
#define TQ_SIM_THREATQ_CACHE_H

#include "tests/sim/threatq/select.h"

struct cache;
struct cache_entry;

enum cache_sort { CACHE_ID, CACHE_CREATED, CACHE_UPDATED, CACHE_TOUCHED, CACHE_SCORE };

/* The first field decides; rows equal in it are ordered by id. */
struct cache_order {
        enum cache_sort sort;
        bool descending;
        bool id_descending;
};

/* A place in an ordered answer: the row it is behind. */
struct cache_place {
        int64_t key;
        uint32_t id;
};

struct cache *cache_open(struct library *library);
void cache_close(struct cache *cache);

/* The answer to a query; takes the compiled select over. `text` is the query, the same for the
 * same query. The library is at least read-locked until cache_release. */
struct cache_entry *cache_lookup(struct cache *cache, const char *text, struct select **select);
void cache_release(struct cache *cache, struct cache_entry *entry);
uint64_t cache_total(const struct cache_entry *entry);
/* Fills positions of at most `max` rows in order, from an offset, or from behind a place when it
 * is not NULL. Returns how many. */
size_t cache_page(struct cache *cache, struct cache_entry *entry, struct cache_order order,
                  uint64_t offset, const struct cache_place *behind, uint32_t *ret, size_t max);
struct cache_place cache_place_of(const struct library_row *row, struct cache_order order);

/* Judges a changed or added row anew in all kept answers. The library is write-locked. */
void cache_row_changed(struct cache *cache, uint32_t at);

#endif
