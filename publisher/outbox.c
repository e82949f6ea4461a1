#include "publisher/outbox.h"

#include <errno.h>

const struct wire_enrichment outbox_nothing_known = {-1, -1, -1, -1, -1, -1};

static const char state_key[] = "state";

int outbox_put(struct work *w, struct state *state, uint64_t id, enum share share,
               const struct wire_enrichment *enrichment)
{
        struct outbox outbox = {
            .version = ++state->version, .share = share, .enrichment = *enrichment};
        uint8_t key[8], value[OUTBOX_VALUE_SIZE];

        store_put_u64(key, id);
        outbox_record(&outbox, value);
        return store_put(w->store, w->txn, TABLE_OUTBOX, key, sizeof(key), value, sizeof(value));
}

int outbox_next(struct work *w, uint64_t from, uint64_t *id, struct outbox *ret)
{
        uint8_t start[8];
        MDB_val key, value;
        int r;

        store_put_u64(start, from);
        r = store_seek(w->store, w->txn, TABLE_OUTBOX, start, sizeof(start), &key, &value);
        if (r != 0)
                return r;
        if (key.mv_size != 8 || !outbox_of_record(value, ret))
                return -EBADMSG;
        *id = store_get_u64(key.mv_data);
        return 0;
}

int outbox_settle(struct work *w, uint64_t id, uint64_t version)
{
        struct outbox outbox;
        uint8_t key[8];
        MDB_val value;
        int r;

        store_put_u64(key, id);
        r = store_get(w->store, w->txn, TABLE_OUTBOX, key, sizeof(key), &value);
        if (r == STORE_E_NONE)
                return 0;
        if (r != 0)
                return r;
        if (!outbox_of_record(value, &outbox))
                return -EBADMSG;
        if (outbox.version > version)
                return 0;
        return store_del(w->store, w->txn, TABLE_OUTBOX, key, sizeof(key));
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
