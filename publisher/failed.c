#include "publisher/failed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OLD_SIZE = 5, HEAD_SIZE = 14 /* level, code, time, type of the hash */ };
enum { VALUE_MAX = HEAD_SIZE + HASH_MAX_BYTES + FAILED_TEXT_MAX };

int failed_put(struct work *w, const struct failure *failure)
{
        size_t size = hash_size(failure->hash.type), len = strnlen(failure->text, FAILED_TEXT_MAX);
        uint8_t key[8], value[VALUE_MAX];

        store_put_u64(key, failure->id);
        value[0] = (uint8_t)failure->level;
        store_put_u32(value + 1, failure->code);
        store_put_u64(value + 5, (uint64_t)failure->at);
        value[13] = (uint8_t)failure->hash.type;
        memcpy(value + HEAD_SIZE, failure->hash.bytes, size);
        memcpy(value + HEAD_SIZE + size, failure->text, len);
        return store_put(w->store, w->txn, TABLE_FAILED, key, sizeof(key), value,
                         HEAD_SIZE + size + len);
}

/* A store from before has level and code only. */
static bool of_record(MDB_val key, MDB_val value, struct failure *ret)
{
        const uint8_t *v = value.mv_data;
        size_t size, len;

        if (key.mv_size != 8 || value.mv_size < OLD_SIZE)
                return false;
        *ret = (struct failure){.id = store_get_u64(key.mv_data),
                                .level = (enum trust_level)v[0],
                                .code = store_get_u32(v + 1)};
        if (value.mv_size == OLD_SIZE)
                return true;
        if (value.mv_size < HEAD_SIZE || v[13] > HASH_SHA256)
                return false;
        ret->at = (int64_t)store_get_u64(v + 5);
        ret->hash.type = (enum hash_type)v[13];
        size = hash_size(ret->hash.type);
        if (value.mv_size < HEAD_SIZE + size || value.mv_size >= HEAD_SIZE + size + FAILED_TEXT_MAX)
                return false;
        memcpy(ret->hash.bytes, v + HEAD_SIZE, size);
        len = value.mv_size - HEAD_SIZE - size;
        memcpy(ret->text, v + HEAD_SIZE + size, len);
        return true;
}

int failed_next(struct work *w, uint64_t from, struct failure *ret)
{
        uint8_t start[8];
        MDB_val key, value;
        int r;

        store_put_u64(start, from);
        r = store_seek(w->store, w->txn, TABLE_FAILED, start, sizeof(start), &key, &value);
        if (r != 0)
                return r;
        return of_record(key, value, ret) ? 0 : -EBADMSG;
}

int failed_get(struct work *w, uint64_t id, struct failure *ret)
{
        struct failure found;
        int r = failed_next(w, id, &found);

        if (r == 0 && found.id != id)
                return STORE_E_NONE;
        if (r == 0)
                *ret = found;
        return r;
}

int failed_del(struct work *w, uint64_t id)
{
        uint8_t key[8];
        int r;

        store_put_u64(key, id);
        r = store_del(w->store, w->txn, TABLE_FAILED, key, sizeof(key));
        return r == STORE_E_NONE ? 0 : r;
}

int failed_is(struct work *w, uint64_t id, enum trust_level level, bool *ret)
{
        struct failure failure;
        int r = failed_get(w, id, &failure);

        *ret = r == 0 && failure.level == level;
        return r == STORE_E_NONE ? 0 : r;
}

/* ---- orders ---- */

bool failed_parse(const char *words, struct failed_order *ret)
{
        _cleanup_(freep) char *copy = strdup(words);
        struct failed_order order = {0};
        char *rest = NULL, *word = copy ? strtok_r(copy, " ,\n", &rest) : NULL;

        if (!word || (strcmp(word, "retry") != 0 && strcmp(word, "drop") != 0))
                return false;
        order.drop = strcmp(word, "drop") == 0;
        while ((word = strtok_r(NULL, " ,\n", &rest)) != NULL) {
                if (strcmp(word, "all") == 0)
                        order.all = true;
                else if (order.count == FAILED_NAMED_MAX ||
                         !question_parse(word, &order.named[order.count++]))
                        return false;
        }
        if (order.all == (order.count > 0))
                return false;
        *ret = order;
        return true;
}

static bool is_meant(const struct failed_order *order, const struct failure *failure)
{
        for (unsigned i = 0; i < order->count; i++) {
                const struct question *q = &order->named[i];

                if (q->id != 0 ? q->id == failure->id : hash_eq(&q->hash, &failure->hash))
                        return true;
        }
        return order->all;
}

/* As the sweep that saw it last judged it. */
static int queue_anew(struct work *w, const struct failure *failure, bool *wanted)
{
        struct entry entry = {.hash = failure->hash};
        struct entry there;
        int64_t due_ms;
        struct item item;
        int r = item_get(w, failure->id, &item);

        *wanted = r == 0 && item.reason == REASON_QUEUED && item.entry.level == failure->level &&
                  failure->hash.type != HASH_NONE;
        if (!*wanted)
                return r == STORE_E_NONE ? 0 : r;
        entry.id = failure->id;
        entry.level = failure->level;
        entry.override = item.entry.override;
        entry.score = item.entry.score;
        entry.created_at = item.entry.created_at;
        r = inflight_get(w, entry.id, &there);
        if (r == STORE_E_NONE)
                r = retry_get(w, entry.id, &there, &due_ms);
        return r == STORE_E_NONE ? queue_put(w, &entry) : r;
}

int failed_execute(struct work *w, const struct failed_order *order, struct failed_done *ret)
{
        struct failed_done done = {0};
        struct failure failure = {0};
        bool wanted;
        int r;

        while ((r = failed_next(w, failure.id + 1, &failure)) == 0) {
                if (!is_meant(order, &failure))
                        continue;
                wanted = true;
                if (!order->drop)
                        r = queue_anew(w, &failure, &wanted);
                if (r == 0)
                        r = failed_del(w, failure.id);
                if (r != 0)
                        return r;
                done.done++;
                done.unwanted += !wanted;
        }
        if (r != STORE_E_NONE)
                return r;
        *ret = done;
        return 0;
}
