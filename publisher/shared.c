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
