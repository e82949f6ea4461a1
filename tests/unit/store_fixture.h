/*
 * A store in a folder of its own for each test, and puts and gets of numbered values in it.
 */
#ifndef TQ_TESTS_STORE_FIXTURE_H
#define TQ_TESTS_STORE_FIXTURE_H

#include "common/store.h"

enum { META, ITEMS };
enum { MIB = 1 << 20 };

struct fixture {
        char dir[64];
        char path[96];
        struct store *store;
};

/* A put of `size` bytes under a number, in its own transaction. */
struct put {
        uint32_t key;
        size_t size;
        int runs; /* how often the function ran */
        int fail; /* what it returns after the put, unless 0 */
};

extern const char *const fixture_tables[];
extern const char fixture_block[MIB];

int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_reopen(struct fixture *f);
/* For store_update, with a struct put. */
int fixture_put_one(struct store *store, MDB_txn *txn, void *userdata);
int fixture_put(struct store *store, uint32_t key, size_t size);
/* Looks for a number; the size of what it holds goes to ret. */
int fixture_get(struct store *store, uint32_t key, size_t *ret);
uint64_t fixture_items(struct store *store);

#endif
