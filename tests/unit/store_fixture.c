#include "tests/unit/store_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

const char *const fixture_tables[] = {"meta", "items", NULL};
const char fixture_block[MIB];

int fixture_setup(void **state)
{
        static struct fixture f;

        f = (struct fixture){.dir = "/tmp/test-store-XXXXXX"};
        assert_non_null(mkdtemp(f.dir));
        snprintf(f.path, sizeof(f.path), "%s/x", f.dir);
        assert_int_equal(store_open(f.path, fixture_tables, false, &f.store), 0);
        *state = &f;
        return 0;
}

int fixture_teardown(void **state)
{
        struct fixture *f = *state;
        char command[128];

        store_close(f->store);
        snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
        return system(command);
}

void fixture_reopen(struct fixture *f)
{
        store_close(f->store);
        f->store = NULL;
        assert_int_equal(store_open(f->path, fixture_tables, false, &f->store), 0);
}

int fixture_put_one(struct store *store, MDB_txn *txn, void *userdata)
{
        struct put *put = userdata;
        uint8_t key[4];
        int r;

        put->runs++;
        store_put_u32(key, put->key);
        r = store_put(store, txn, ITEMS, key, sizeof(key), fixture_block, put->size);
        return r != 0 ? r : put->fail;
}

int fixture_put(struct store *store, uint32_t key, size_t size)
{
        struct put p = {.key = key, .size = size};

        return store_update(store, fixture_put_one, &p);
}

static int get_one(struct store *store, MDB_txn *txn, void *userdata)
{
        struct put *p = userdata;
        uint8_t key[4];
        MDB_val v;
        int r;

        store_put_u32(key, p->key);
        r = store_get(store, txn, ITEMS, key, sizeof(key), &v);
        if (r == 0)
                p->size = v.mv_size;
        return r;
}

int fixture_get(struct store *store, uint32_t key, size_t *ret)
{
        struct put p = {.key = key};
        int r = store_view(store, get_one, &p);

        *ret = p.size;
        return r;
}

static int count_items(struct store *store, MDB_txn *txn, void *userdata)
{
        return store_count(store, txn, ITEMS, userdata);
}

uint64_t fixture_items(struct store *store)
{
        uint64_t n = UINT64_MAX;

        assert_int_equal(store_view(store, count_items, &n), 0);
        return n;
}
