#include "publisher/outbox.h"

#include "publisher/shared.h"

#include <errno.h>

const struct wire_enrichment outbox_nothing_known = {-1, -1, -1, -1, -1, -1};

static const char state_key[] = "state";

static int latest_get(struct work *w, uint64_t id, uint64_t *ret)
{
        uint8_t key[8];
        MDB_val value;
        int r;

        store_put_u64(key, id);
        r = store_get(w->store, w->txn, TABLE_LATEST, key, sizeof(key), &value);
        *ret = r == 0 && value.mv_size == 8 ? store_get_u64(value.mv_data) : 0;
        return r == STORE_E_NONE ? 0 : r;
}

static int latest_put(struct work *w, uint64_t id, uint64_t version)
{
        uint8_t key[8], value[8];

        store_put_u64(key, id);
        store_put_u64(value, version);
        return store_put(w->store, w->txn, TABLE_LATEST, key, sizeof(key), value, sizeof(value));
}

static int latest_del(struct work *w, uint64_t id)
{
        uint8_t key[8];
        int r;

        store_put_u64(key, id);
        r = store_del(w->store, w->txn, TABLE_LATEST, key, sizeof(key));
        return r == STORE_E_NONE ? 0 : r;
}

int outbox_put(struct work *w, struct state *state, const struct entry *entry, enum share share,
               const struct wire_enrichment *enrichment)
{
        bool told = share == SHARE_SHARED || share == SHARE_OVERRIDE;
        struct outbox outbox = {.version = ++state->version,
                                .id = entry->id,
                                .hash = entry->hash,
                                .share = share,
                                .enrichment = *enrichment};
        uint8_t key[8], value[OUTBOX_VALUE_SIZE];
        int r = told ? latest_del(w, entry->id) : latest_put(w, entry->id, outbox.version);

        if (r != 0)
                return r;
        store_put_u64(key, outbox.version);
        outbox_record(&outbox, value);
        return store_put(w->store, w->txn, TABLE_OUTBOX, key, sizeof(key), value, sizeof(value));
}

int outbox_next(struct work *w, uint64_t from, struct outbox *ret)
{
        uint8_t start[8];
        MDB_val key, value;
        int r;

        store_put_u64(start, from);
        r = store_seek(w->store, w->txn, TABLE_OUTBOX, start, sizeof(start), &key, &value);
        if (r != 0)
                return r;
        return outbox_of_record(key, value, ret) ? 0 : -EBADMSG;
}

int outbox_stale(struct work *w, const struct outbox *outbox, bool *ret)
{
        struct shared shared;
        uint64_t latest;
        int r = latest_get(w, outbox->id, &latest);

        if (r != 0)
                return r;
        *ret = latest > outbox->version;
        r = shared_get(w, &outbox->hash, &shared);
        if (r == 0 && shared.id == outbox->id && shared.version > outbox->version)
                *ret = true;
        return r == STORE_E_NONE ? 0 : r;
}

int outbox_settle(struct work *w, uint64_t id, uint64_t version)
{
        uint8_t key[8];
        uint64_t latest;
        int r = latest_get(w, id, &latest);

        if (r == 0 && latest == version)
                r = latest_del(w, id);
        if (r != 0)
                return r;
        store_put_u64(key, version);
        r = store_del(w->store, w->txn, TABLE_OUTBOX, key, sizeof(key));
        return r == STORE_E_NONE ? 0 : r;
}

int state_load(struct work *w, struct state *ret)
{
        MDB_val value;
        int r = store_get(w->store, w->txn, TABLE_META, state_key, sizeof(state_key), &value);

        if (r == STORE_E_NONE) {
                *ret = (struct state){.ended = true};
                return 0;
        }
        if (r != 0)
                return r;
        return state_of_record(value, ret) ? 0 : -EBADMSG;
}

int state_save(struct work *w, const struct state *state)
{
        uint8_t value[STATE_MAX];

        return store_put(w->store, w->txn, TABLE_META, state_key, sizeof(state_key), value,
                         state_record(state, value));
}
