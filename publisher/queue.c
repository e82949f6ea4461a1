#include "publisher/queue.h"

#include <errno.h>
#include <string.h>

enum {
        DUE_KEY_SIZE = 16,          /* time, id */
        RETRY_MAX = 8 + RECORD_MAX, /* time, then the entry */
        ORDER_SCORE_SIZE = 9,       /* of an order key: override or not, score */
};

int queue_put(struct work *w, const struct entry *entry)
{
        uint8_t key[ORDER_KEY_SIZE], value[ENTRY_VALUE_MAX];

        entry_order_key(entry, key);
        return store_put(w->store, w->txn, TABLE_ORDER, key, sizeof(key), value,
                         entry_order_value(entry, value));
}

/* A key that is not there is as good as a key removed. */
static int absent_is_fine(int r)
{
        return r == STORE_E_NONE ? 0 : r;
}

static void id_key(uint64_t id, uint8_t out[8])
{
        store_put_u64(out, id);
}

int item_get(struct work *w, uint64_t id, struct item *ret)
{
        uint8_t key[8];
        MDB_val value;
        int r;

        id_key(id, key);
        r = store_get(w->store, w->txn, TABLE_ITEM, key, sizeof(key), &value);
        if (r != 0)
                return r;
        return item_of_record(id, value, ret) ? 0 : -EBADMSG;
}

int item_put(struct work *w, uint64_t id, const struct item *item)
{
        uint8_t key[8], value[ITEM_MAX];

        id_key(id, key);
        return store_put(w->store, w->txn, TABLE_ITEM, key, sizeof(key), value,
                         item_record(item, value));
}

static void due_key(int64_t due_ms, uint64_t id, uint8_t out[DUE_KEY_SIZE])
{
        store_put_u64(out, (uint64_t)due_ms);
        store_put_u64(out + 8, id);
}

static int retry_del(struct work *w, uint64_t id)
{
        uint8_t key[8], due[DUE_KEY_SIZE];
        struct entry entry;
        int64_t due_ms;
        int r = retry_get(w, id, &entry, &due_ms);

        if (r != 0)
                return absent_is_fine(r);
        due_key(due_ms, id, due);
        r = absent_is_fine(store_del(w->store, w->txn, TABLE_DUE, due, sizeof(due)));
        id_key(id, key);
        return r == 0 ? store_del(w->store, w->txn, TABLE_RETRY, key, sizeof(key)) : r;
}

int queue_remove(struct work *w, const struct entry *entry)
{
        uint8_t key[ORDER_KEY_SIZE];
        int r;

        entry_order_key(entry, key);
        r = absent_is_fine(store_del(w->store, w->txn, TABLE_ORDER, key, sizeof(key)));
        return r == 0 ? retry_del(w, entry->id) : r;
}

int queue_next(struct work *w, const uint8_t *after, struct entry *ret)
{
        uint8_t from[ORDER_KEY_SIZE + 1] = {0};
        MDB_val key, value;
        int r;

        /* one zero byte more makes the smallest key behind `after` */
        if (after)
                memcpy(from, after, ORDER_KEY_SIZE);
        r = store_seek(w->store, w->txn, TABLE_ORDER, after ? from : NULL, after ? sizeof(from) : 0,
                       &key, &value);
        if (r != 0)
                return r;
        return entry_of_order(key, value, ret) ? 0 : -EBADMSG;
}

int queue_oldest(struct work *w, int64_t *ret)
{
        uint8_t from[ORDER_KEY_SIZE + 1];
        struct entry entry;
        int64_t oldest = INT64_MAX;
        MDB_val key, value;
        int r = store_seek(w->store, w->txn, TABLE_ORDER, NULL, 0, &key, &value);

        while (r == 0) {
                if (!entry_of_order(key, value, &entry))
                        return -EBADMSG;
                if (entry.created_at < oldest)
                        oldest = entry.created_at;
                /* the older first within a score: the next to look at is behind the last of it */
                memset(from, 0xff, sizeof(from));
                memcpy(from, key.mv_data, ORDER_SCORE_SIZE);
                r = store_seek(w->store, w->txn, TABLE_ORDER, from, sizeof(from), &key, &value);
        }
        if (r == STORE_E_NONE && oldest != INT64_MAX) {
                *ret = oldest;
                return 0;
        }
        return r;
}

int queue_get(struct work *w, const struct entry *entry, struct entry *ret)
{
        uint8_t key[ORDER_KEY_SIZE];
        MDB_val value;
        int r;

        entry_order_key(entry, key);
        r = store_get(w->store, w->txn, TABLE_ORDER, key, sizeof(key), &value);
        if (r != 0)
                return r;
        return entry_of_order((MDB_val){sizeof(key), key}, value, ret) ? 0 : -EBADMSG;
}

int retry_put(struct work *w, const struct entry *entry, int64_t due_ms)
{
        uint8_t key[8], due[DUE_KEY_SIZE], value[RETRY_MAX];
        int r = retry_del(w, entry->id);

        if (r != 0)
                return r;
        id_key(entry->id, key);
        due_key(due_ms, entry->id, due);
        store_put_u64(value, (uint64_t)due_ms);
        r = store_put(w->store, w->txn, TABLE_RETRY, key, sizeof(key), value,
                      8 + entry_record(entry, value + 8));
        return r == 0 ? store_put(w->store, w->txn, TABLE_DUE, due, sizeof(due), "", 0) : r;
}

int retry_get(struct work *w, uint64_t id, struct entry *ret, int64_t *due_ms)
{
        uint8_t key[8];
        uint8_t *data;
        MDB_val value;
        int r;

        id_key(id, key);
        r = store_get(w->store, w->txn, TABLE_RETRY, key, sizeof(key), &value);
        if (r != 0)
                return r;
        data = value.mv_data;
        if (value.mv_size < 8 || !entry_of_record((MDB_val){value.mv_size - 8, data + 8}, ret))
                return -EBADMSG;
        *due_ms = (int64_t)store_get_u64(data);
        return 0;
}

int retry_release(struct work *w, int64_t now_ms, unsigned max)
{
        MDB_val key, value;
        struct entry entry;
        int64_t due_ms;
        int r = 0;

        for (unsigned i = 0; i < max && r == 0; i++) {
                uint64_t id;

                r = store_seek(w->store, w->txn, TABLE_DUE, NULL, 0, &key, &value);
                if (r != 0)
                        break;
                if (key.mv_size != DUE_KEY_SIZE)
                        return -EBADMSG;
                if ((int64_t)store_get_u64(key.mv_data) > now_ms)
                        return 0;
                id = store_get_u64((const uint8_t *)key.mv_data + 8);
                r = retry_get(w, id, &entry, &due_ms);
                if (r == 0)
                        r = retry_del(w, id);
                if (r == 0)
                        r = queue_put(w, &entry);
        }
        return absent_is_fine(r);
}

int retry_first_due(struct work *w, int64_t *ret)
{
        MDB_val key, value;
        int r = store_seek(w->store, w->txn, TABLE_DUE, NULL, 0, &key, &value);

        if (r != 0)
                return r;
        if (key.mv_size != DUE_KEY_SIZE)
                return -EBADMSG;
        *ret = (int64_t)store_get_u64(key.mv_data);
        return 0;
}

int queue_again(struct work *w, const struct entry *entry, int64_t due_ms, bool *ret)
{
        struct entry again = *entry;
        struct item item;
        int r = item_get(w, entry->id, &item);

        *ret = r == 0 && item.reason == REASON_QUEUED && item.entry.level == entry->level;
        if (!*ret)
                return absent_is_fine(r);
        /* the place it has by now, not the one it left from */
        again.override = item.entry.override;
        again.score = item.entry.score;
        again.created_at = item.entry.created_at;
        return due_ms > 0 ? retry_put(w, &again, due_ms) : queue_put(w, &again);
}

int inflight_put(struct work *w, const struct entry *entry)
{
        uint8_t key[8], value[RECORD_MAX];

        id_key(entry->id, key);
        return store_put(w->store, w->txn, TABLE_INFLIGHT, key, sizeof(key), value,
                         entry_record(entry, value));
}

int inflight_del(struct work *w, uint64_t id)
{
        uint8_t key[8];

        id_key(id, key);
        return absent_is_fine(store_del(w->store, w->txn, TABLE_INFLIGHT, key, sizeof(key)));
}

int inflight_get(struct work *w, uint64_t id, struct entry *ret)
{
        uint8_t key[8];
        MDB_val value;
        int r;

        id_key(id, key);
        r = store_get(w->store, w->txn, TABLE_INFLIGHT, key, sizeof(key), &value);
        if (r != 0)
                return r;
        return entry_of_record(value, ret) ? 0 : -EBADMSG;
}

int inflight_next(struct work *w, uint64_t from, struct entry *ret)
{
        uint8_t start[8];
        MDB_val key, value;
        int r;

        id_key(from, start);
        r = store_seek(w->store, w->txn, TABLE_INFLIGHT, start, sizeof(start), &key, &value);
        if (r != 0)
                return r;
        return entry_of_record(value, ret) ? 0 : -EBADMSG;
}
