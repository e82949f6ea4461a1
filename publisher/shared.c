#include "publisher/shared.h"

#include "publisher/recent.h"

#include <errno.h>

int shared_get(struct work *w, const struct hash *hash, struct shared *ret)
{
        uint8_t key[SHARED_KEY_MAX];
        MDB_val value;
        int r;

        if (recent_find(w, hash, ret))
                return 0;
        r = store_get(w->store, w->txn, TABLE_SHARED, key, shared_key(hash, key), &value);
        if (r != 0)
                return r;
        return shared_of_record(value, ret) ? 0 : -EBADMSG;
}

int shared_put(struct work *w, const struct entry *entry, uint64_t version, int64_t wall_s)
{
        struct shared shared = {
            .level = entry->level, .at = wall_s, .id = entry->id, .version = version};

        return recent_put(w, &entry->hash, &shared);
}

int shared_mark(struct work *w, const struct hash *hash, bool uncertain, bool *was)
{
        struct shared shared;
        int r = shared_get(w, hash, &shared);

        *was = r == 0 && shared.uncertain;
        if (r == STORE_E_NONE)
                return 0;
        if (r != 0 || shared.uncertain == uncertain)
                return r;
        shared.uncertain = uncertain;
        return recent_put(w, hash, &shared);
}

int shared_holds(struct work *w, const struct hash *hash, enum trust_level level, bool *ret)
{
        struct shared shared;
        int r = shared_get(w, hash, &shared);

        *ret = r == 0 && !shared.uncertain && shared.level == level;
        return r == STORE_E_NONE ? 0 : r;
}

int failed_put(struct work *w, uint64_t id, enum trust_level level, uint32_t code)
{
        uint8_t key[8], value[5];

        store_put_u64(key, id);
        value[0] = (uint8_t)level;
        store_put_u32(value + 1, code);
        return store_put(w->store, w->txn, TABLE_FAILED, key, sizeof(key), value, sizeof(value));
}

int failed_del(struct work *w, uint64_t id)
{
        uint8_t key[8];
        int r;

        store_put_u64(key, id);
        r = store_del(w->store, w->txn, TABLE_FAILED, key, sizeof(key));
        return r == STORE_E_NONE ? 0 : r;
}

int failed_get(struct work *w, uint64_t id, enum trust_level *level, uint32_t *code)
{
        uint8_t key[8];
        const uint8_t *v;
        MDB_val value;
        int r;

        store_put_u64(key, id);
        r = store_get(w->store, w->txn, TABLE_FAILED, key, sizeof(key), &value);
        if (r != 0)
                return r;
        if (value.mv_size != 5)
                return -EBADMSG;
        v = value.mv_data;
        *level = (enum trust_level)v[0];
        *code = store_get_u32(v + 1);
        return 0;
}

int failed_is(struct work *w, uint64_t id, enum trust_level level, bool *ret)
{
        enum trust_level there;
        uint32_t code;
        int r = failed_get(w, id, &there, &code);

        *ret = r == 0 && there == level;
        return r == STORE_E_NONE ? 0 : r;
}
