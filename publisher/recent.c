#include "publisher/recent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
        LONG = 8192,     /* entries that are worth a merge */
        BUCKETS = 16384, /* a power of two */
        GROW = 1024,
        VALUE_MAX = SHARED_VALUE_SIZE + SHARED_KEY_MAX,
};

static const uint32_t END = UINT32_MAX;

struct told {
        struct hash hash;
        struct shared shared;
        uint32_t older; /* the next of its bucket's chain */
};

struct recent {
        struct store *store;
        uint64_t next_key;
        struct told *told; /* in the order of the log */
        uint32_t count, room;
        uint32_t committed;       /* those behind it belong to the open transaction */
        uint32_t newest[BUCKETS]; /* the head of each chain */
};

/* The value of shared, then its key. */
static size_t record(const struct hash *hash, const struct shared *shared, uint8_t out[VALUE_MAX])
{
        shared_record(shared, out);
        return SHARED_VALUE_SIZE + shared_key(hash, out + SHARED_VALUE_SIZE);
}

static bool of_record(MDB_val record, struct hash *hash, struct shared *ret)
{
        const uint8_t *v = record.mv_data;
        struct hash found = {0};

        if (record.mv_size <= SHARED_VALUE_SIZE)
                return false;
        found.type = (enum hash_type)v[SHARED_VALUE_SIZE];
        if (found.type == HASH_NONE || found.type > HASH_SHA256 ||
            record.mv_size != SHARED_VALUE_SIZE + 1 + hash_size(found.type) ||
            !shared_of_record((MDB_val){SHARED_VALUE_SIZE, record.mv_data}, ret))
                return false;
        memcpy(found.bytes, v + SHARED_VALUE_SIZE + 1, hash_size(found.type));
        *hash = found;
        return true;
}

static uint32_t bucket_of(const struct hash *hash)
{
        uint32_t n = 2166136261u ^ hash->type; /* FNV-1a */

        for (size_t i = 0; i < hash_size(hash->type); i++)
                n = (n ^ hash->bytes[i]) * 16777619u;
        return (n ^ n >> 16) & (BUCKETS - 1);
}

static void clear(struct recent *recent)
{
        for (size_t i = 0; i < BUCKETS; i++)
                recent->newest[i] = END;
        recent->count = recent->committed = 0;
}

static int remember(struct recent *recent, const struct hash *hash, const struct shared *shared)
{
        uint32_t *head = &recent->newest[bucket_of(hash)];

        if (recent->count == recent->room) {
                size_t size = (recent->room + (size_t)GROW) * sizeof(*recent->told);
                struct told *more = realloc(recent->told, size);

                if (!more)
                        return -ENOMEM;
                recent->told = more;
                recent->room += GROW;
        }
        recent->told[recent->count] = (struct told){*hash, *shared, *head};
        *head = recent->count++;
        return 0;
}

/* Those of a transaction are the heads of their chains, youngest first. */
static void on_end(bool committed, void *userdata)
{
        struct recent *recent = userdata;

        while (!committed && recent->count > recent->committed) {
                const struct told *last = &recent->told[--recent->count];

                recent->newest[bucket_of(&last->hash)] = last->older;
        }
        recent->committed = recent->count;
}

static const struct told *find(const struct recent *recent, const struct hash *hash)
{
        uint32_t i = recent->newest[bucket_of(hash)];

        while (i != END && !hash_eq(&recent->told[i].hash, hash))
                i = recent->told[i].older;
        return i == END ? NULL : &recent->told[i];
}

static int load(struct work *w, struct recent *recent)
{
        uint8_t from[8];
        MDB_val key, value;
        struct shared shared;
        struct hash hash;
        int r;

        clear(recent);
        for (recent->next_key = 0;; recent->next_key = store_get_u64(key.mv_data) + 1) {
                store_put_u64(from, recent->next_key);
                r = store_seek(w->store, w->txn, TABLE_RECENT, from, sizeof(from), &key, &value);
                if (r != 0)
                        break;
                if (key.mv_size != sizeof(from) || !of_record(value, &hash, &shared))
                        return -EBADMSG;
                r = remember(recent, &hash, &shared);
                if (r != 0)
                        break;
        }
        recent->committed = recent->count;
        return r == STORE_E_NONE ? 0 : r;
}

static int load_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};

        return load(&w, userdata);
}

int recent_open(struct store *store, struct recent **ret)
{
        _cleanup_(recent_closep) struct recent *recent = calloc(1, sizeof(*recent));
        int r;

        if (!recent)
                return -ENOMEM;
        r = store_view(store, load_in, recent);
        if (r != 0)
                return r;
        recent->store = store;
        store_attach(store, recent, on_end);
        *ret = recent;
        recent = NULL;
        return 0;
}

void recent_close(struct recent *recent)
{
        if (!recent)
                return;
        if (recent->store)
                store_attach(recent->store, NULL, NULL);
        free(recent->told);
        free(recent);
}

int recent_put(struct work *w, const struct hash *hash, const struct shared *shared)
{
        struct recent *recent = store_attached(w->store);
        uint8_t key[8], value[VALUE_MAX];
        int r;

        store_put_u64(key, recent->next_key);
        r = store_put(w->store, w->txn, TABLE_RECENT, key, sizeof(key), value,
                      record(hash, shared, value));
        if (r == 0)
                r = remember(recent, hash, shared);
        if (r == 0)
                recent->next_key++; /* an aborted transaction leaves a gap, no more */
        return r;
}

bool recent_find(const struct work *w, const struct hash *hash, struct shared *ret)
{
        const struct told *told = find(store_attached(w->store), hash);

        if (told)
                *ret = told->shared;
        return told;
}

/* In the order of the keys of `shared`, the newest of a hash first. */
static int compare(const void *a, const void *b)
{
        const struct told *const *x = a, *const *y = b;
        uint8_t key_x[SHARED_KEY_MAX], key_y[SHARED_KEY_MAX];
        size_t size_x = shared_key(&(*x)->hash, key_x), size_y = shared_key(&(*y)->hash, key_y);
        int r = memcmp(key_x, key_y, size_x < size_y ? size_x : size_y);

        if (r != 0)
                return r;
        return (*x < *y) - (*x > *y);
}

static int merge_sorted(struct work *w, const struct told **sorted, uint32_t count)
{
        int r = 0;

        for (uint32_t i = 0; r == 0 && i < count; i++) {
                uint8_t key[SHARED_KEY_MAX], value[SHARED_VALUE_SIZE];

                if (i > 0 && hash_eq(&sorted[i]->hash, &sorted[i - 1]->hash))
                        continue;
                shared_record(&sorted[i]->shared, value);
                r = store_put(w->store, w->txn, TABLE_SHARED, key,
                              shared_key(&sorted[i]->hash, key), value, sizeof(value));
        }
        return r == 0 ? store_empty(w->store, w->txn, TABLE_RECENT) : r;
}

static int merge_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        const struct recent *recent = userdata;
        _cleanup_(freep) const struct told **sorted = calloc(recent->count, sizeof(*sorted));

        if (!sorted)
                return -ENOMEM;
        for (uint32_t i = 0; i < recent->count; i++)
                sorted[i] = &recent->told[i];
        qsort(sorted, recent->count, sizeof(*sorted), compare);
        return merge_sorted(&w, sorted, recent->count);
}

int recent_tidy(struct store *store)
{
        struct recent *recent = store_attached(store);
        int r;

        if (recent->count < LONG)
                return 0;
        r = store_update(store, merge_in, recent);
        if (r == 0)
                clear(recent);
        return r;
}

int recent_count_new(struct work *w, uint64_t *ret)
{
        _cleanup_(recent_closep) struct recent *recent = calloc(1, sizeof(*recent));
        uint8_t key[SHARED_KEY_MAX];
        uint64_t count = 0;
        MDB_val value;
        int r = recent ? load(w, recent) : -ENOMEM;

        for (uint32_t i = 0; r == 0 && i < recent->count; i++) {
                const struct told *told = &recent->told[i];

                if (find(recent, &told->hash) != told)
                        continue;
                r = store_get(w->store, w->txn, TABLE_SHARED, key, shared_key(&told->hash, key),
                              &value);
                count += r == STORE_E_NONE;
                r = r == STORE_E_NONE ? 0 : r;
        }
        if (r == 0)
                *ret = count;
        return r;
}
