#include "publisher/dossier.h"

#include "common/store_walk.h"
#include "publisher/failed.h"
#include "publisher/outbox.h"
#include "publisher/recent.h"
#include "publisher/shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STOP = 1 /* what is looked for was found */ };

/* ---- which indicators ---- */

struct search {
        struct work *w;
        struct hash hash; /* looked for by hash; found when looked for by id */
        uint64_t id;
        uint64_t ids[DOSSIER_MAX];
        unsigned count;
};

static void add_id(struct search *s, uint64_t id)
{
        for (unsigned i = 0; i < s->count; i++) {
                if (s->ids[i] == id)
                        return;
        }
        if (s->count < DOSSIER_MAX)
                s->ids[s->count++] = id;
}

static int in_order(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct entry entry;

        if (!entry_of_order(key, value, &entry))
                return -EBADMSG;
        if (hash_eq(&entry.hash, &s->hash))
                add_id(s, entry.id);
        return 0;
}

static int in_flight(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct entry entry;

        (void)key;
        if (!entry_of_record(value, &entry))
                return -EBADMSG;
        if (hash_eq(&entry.hash, &s->hash))
                add_id(s, entry.id);
        return 0;
}

static int in_retry(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct entry entry;
        int64_t due_ms;
        int r;

        (void)value;
        if (key.mv_size != 8)
                return -EBADMSG;
        r = retry_get(s->w, store_get_u64(key.mv_data), &entry, &due_ms);
        if (r == 0 && hash_eq(&entry.hash, &s->hash))
                add_id(s, entry.id);
        return r;
}

static int in_journal(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct journal_entry entry;

        if (!journal_of_record(key, value, &entry))
                return -EBADMSG;
        if (s->id == 0 && hash_eq(&entry.hash, &s->hash))
                add_id(s, entry.id);
        if (s->id != 0 && entry.id == s->id)
                s->hash = entry.hash;
        return 0;
}

/* By hash: adds the indicators that requests were made for; by id: finds the hash of the last. */
static int search_journal(struct search *s)
{
        struct work *w = s->w;

        if (!store_has_table(w->store, TABLE_JOURNAL))
                return 0;
        return store_walk(w->store, w->txn, TABLE_JOURNAL, in_journal, s);
}

static int of_hash(struct search *s)
{
        struct work *w = s->w;
        struct shared shared;
        int r = store_walk(w->store, w->txn, TABLE_ORDER, in_order, s);

        if (r == 0)
                r = store_walk(w->store, w->txn, TABLE_RETRY, in_retry, s);
        if (r == 0)
                r = store_walk(w->store, w->txn, TABLE_INFLIGHT, in_flight, s);
        if (r != 0)
                return r;
        r = shared_get(w, &s->hash, &shared);
        if (r == 0)
                add_id(s, shared.id);
        return r == 0 || r == STORE_E_NONE ? search_journal(s) : r;
}

/* The hash of a key of `shared`. */
static bool key_hash(MDB_val key, struct hash *ret)
{
        const uint8_t *k = key.mv_data;
        struct hash hash = {0};

        if (key.mv_size < 1 || k[0] == HASH_NONE || k[0] > HASH_SHA256)
                return false;
        hash.type = (enum hash_type)k[0];
        if (key.mv_size != 1 + hash_size(hash.type))
                return false;
        memcpy(hash.bytes, k + 1, key.mv_size - 1);
        *ret = hash;
        return true;
}

static int in_shared(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct shared shared;

        if (!shared_of_record(value, &shared))
                return -EBADMSG;
        if (shared.id != s->id)
                return 0;
        return key_hash(key, &s->hash) ? STOP : -EBADMSG;
}

/* The hash that a request was made for on behalf of the indicator, or that counts as told. */
static int asked_hash(struct work *w, uint64_t id, struct hash *ret)
{
        struct search s = {.w = w, .id = id};
        int r;

        if (recent_find_id(w, id, ret))
                return 0;
        r = search_journal(&s);
        *ret = s.hash;
        if (r != 0 || s.hash.type != HASH_NONE)
                return r;
        r = store_walk(w->store, w->txn, TABLE_SHARED, in_shared, &s);
        if (r == STOP)
                *ret = s.hash;
        return r == STOP ? 0 : r;
}

/* ---- what is known of one ---- */

struct rank {
        const uint8_t *key;
        uint64_t before;
};

static int count_before(MDB_val key, MDB_val value, void *userdata)
{
        struct rank *rank = userdata;

        (void)value;
        if (key.mv_size != ORDER_KEY_SIZE)
                return -EBADMSG;
        if (memcmp(key.mv_data, rank->key, ORDER_KEY_SIZE) >= 0)
                return STOP;
        rank->before++;
        return 0;
}

static int read_place(struct work *w, struct dossier *d)
{
        uint8_t key[ORDER_KEY_SIZE];
        struct rank rank = {.key = key};
        int r;

        entry_order_key(&d->queue, key);
        r = store_walk(w->store, w->txn, TABLE_ORDER, count_before, &rank);
        d->place = rank.before + 1;
        return r == STOP ? 0 : r;
}

/* Whether it is there, from the code of a get. */
static int found(int r, bool *ret)
{
        *ret = r == 0;
        return r == STORE_E_NONE ? 0 : r;
}

static int read_queue(struct work *w, struct dossier *d)
{
        int r = found(item_get(w, d->id, &d->item), &d->judged);

        if (r == 0 && d->judged) {
                d->current = d->item.sweep == sweep_mark(d->state.sweep, d->state.started_at);
                if (d->item.reason == REASON_QUEUED)
                        r = found(queue_get(w, &d->item.entry, &d->queue), &d->queued);
        }
        if (r == 0)
                r = store_count(w->store, w->txn, TABLE_ORDER, &d->ready);
        if (r == 0 && d->queued)
                r = read_place(w, d);
        if (r == 0)
                r = found(retry_get(w, d->id, &d->retry, &d->due_ms), &d->retrying);
        return r == 0 ? found(inflight_get(w, d->id, &d->flight), &d->in_flight) : r;
}

static int read_outbox(struct work *w, struct dossier *d)
{
        struct outbox outbox = {0};
        int r;

        while ((r = outbox_next(w, outbox.version + 1, &outbox)) == 0) {
                if (outbox.id != d->id)
                        continue;
                d->outcome = outbox;
                d->outbox = true;
        }
        return r == STORE_E_NONE ? 0 : r;
}

static int take_request(MDB_val key, MDB_val value, void *userdata)
{
        struct dossier *d = userdata;
        struct journal_entry entry;

        if (!journal_of_record(key, value, &entry))
                return -EBADMSG;
        if (entry.id != d->id && !hash_eq(&entry.hash, &d->hash))
                return 0;
        if (d->requests >= DOSSIER_REQUESTS)
                memmove(d->request, d->request + 1, sizeof(d->request) - sizeof(d->request[0]));
        d->request[d->requests < DOSSIER_REQUESTS ? d->requests : DOSSIER_REQUESTS - 1] = entry;
        d->requests++;
        return 0;
}

static int read_requests(struct work *w, struct dossier *d)
{
        if (!store_has_table(w->store, TABLE_JOURNAL))
                return 0;
        return store_walk(w->store, w->txn, TABLE_JOURNAL, take_request, d);
}

static int read_one(struct work *w, struct dossier *d)
{
        int r = state_load(w, &d->state);

        if (r == 0 && d->id != 0)
                r = read_queue(w, d);
        if (r == 0 && d->hash.type == HASH_NONE) {
                if (d->queued || d->retrying || d->in_flight)
                        d->hash = d->queued     ? d->queue.hash
                                  : d->retrying ? d->retry.hash
                                                : d->flight.hash;
                else
                        r = asked_hash(w, d->id, &d->hash);
        }
        if (r == 0 && d->hash.type != HASH_NONE)
                r = found(shared_get(w, &d->hash, &d->shared), &d->told);
        if (r == 0)
                r = read_requests(w, d);
        if (r != 0 || d->id == 0)
                return r;
        r = found(failed_get(w, d->id, &d->failure), &d->failed);
        return r == 0 ? read_outbox(w, d) : r;
}

int dossier_read(struct work *w, const struct question *question, struct dossier ret[DOSSIER_MAX],
                 unsigned *count)
{
        struct search s = {.w = w, .hash = question->hash, .ids = {question->id}, .count = 1};
        int r = 0;

        if (question->id == 0) {
                s.count = 0;
                r = of_hash(&s);
        }
        *count = s.count > 0 ? s.count : 1;
        for (unsigned i = 0; i < *count && r == 0; i++) {
                ret[i] = (struct dossier){.id = s.ids[i], .hash = question->hash};
                r = read_one(w, &ret[i]);
        }
        return r;
}
