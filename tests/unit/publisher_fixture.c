#include "tests/unit/publisher_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fixture_setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        snprintf(f->folder, sizeof(f->folder), "/tmp/tq-publisher-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        assert_int_equal(store_open(f->folder, record_tables, false, &f->store), 0);
        assert_int_equal(recent_open(f->store, &f->recent), 0);
        intake_begin(&f->state, 1, 1000, SWEEP_FULL);
        *state = f;
        return 0;
}

int fixture_teardown(void **state)
{
        static const char *const files[] = {"data.mdb", "lock.mdb"};
        struct fixture *f = *state;
        char path[128];

        recent_close(f->recent);
        store_close(f->store);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                snprintf(path, sizeof(path), "%s/%s", f->folder, files[i]);
                unlink(path);
        }
        rmdir(f->folder);
        free(f);
        return 0;
}

void fixture_reopen(struct fixture *f)
{
        recent_close(f->recent);
        store_close(f->store);
        f->store = NULL;
        assert_int_equal(store_open(f->folder, record_tables, false, &f->store), 0);
        assert_int_equal(recent_open(f->store, &f->recent), 0);
}

struct job {
        int (*fn)(struct work *w, void *userdata);
        void *userdata;
};

static int run_job(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct job *job = userdata;

        return job->fn(&w, job->userdata);
}

void fixture_do(struct fixture *f, int (*fn)(struct work *w, void *userdata), void *userdata)
{
        struct job job = {.fn = fn, .userdata = userdata};

        assert_int_equal(store_update(f->store, run_job, &job), 0);
}

struct hash fixture_hash(uint64_t n)
{
        struct hash hash = {.type = HASH_SHA256};

        store_put_u64(hash.bytes, n);
        return hash;
}

struct wire_item fixture_candidate(uint64_t id, enum trust_level level, double score)
{
        return (struct wire_item){.id = id,
                                  .verdict = VERDICT_CANDIDATE,
                                  .hash = fixture_hash(id),
                                  .level = level,
                                  .score = score,
                                  .created_at = (int64_t)id};
}

struct wire_item fixture_dropped(uint64_t id, enum verdict verdict)
{
        struct wire_item item = fixture_candidate(id, 0, 2.5);

        item.verdict = verdict;
        return item;
}

struct take {
        struct state state;
        const struct wire_item *item;
};

static int take_item(struct work *w, void *userdata)
{
        struct take *take = userdata;
        int r = intake_item(w, &take->state, take->item);

        return r == 0 ? state_save(w, &take->state) : r;
}

void fixture_take(struct fixture *f, const struct wire_item *item)
{
        struct take take = {.state = f->state, .item = item};

        fixture_do(f, take_item, &take);
        f->state = take.state;
}

struct listing {
        uint64_t *ids;
        unsigned max, count;
};

static int list_order(struct work *w, void *userdata)
{
        struct listing *l = userdata;
        uint8_t after[ORDER_KEY_SIZE];
        struct entry entry;

        l->count = 0;
        while (l->count < l->max && queue_next(w, l->count ? after : NULL, &entry) == 0) {
                entry_order_key(&entry, after);
                l->ids[l->count++] = entry.id;
        }
        return 0;
}

unsigned fixture_order(struct fixture *f, uint64_t *ids, unsigned max)
{
        struct listing l = {.ids = ids, .max = max};

        fixture_do(f, list_order, &l);
        return l.count;
}

struct counting {
        enum table table;
        uint64_t count;
};

static int count_table(struct work *w, void *userdata)
{
        struct counting *c = userdata;

        return store_count(w->store, w->txn, c->table, &c->count);
}

uint64_t fixture_count(struct fixture *f, enum table table)
{
        struct counting c = {.table = table};

        fixture_do(f, count_table, &c);
        return c.count;
}
