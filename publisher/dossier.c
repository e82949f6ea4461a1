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
        const struct hash *hash;
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

static int in_items(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct item item;

        if (key.mv_size != 8 || !item_of_record(store_get_u64(key.mv_data), value, &item))
                return -EBADMSG;
        if (hash_eq(&item.entry.hash, s->hash))
                add_id(s, item.entry.id);
        return 0;
}

static int in_journal(MDB_val key, MDB_val value, void *userdata)
{
        struct search *s = userdata;
        struct journal_entry entry;

        if (!journal_of_record(key, value, &entry))
                return -EBADMSG;
        if (hash_eq(&entry.hash, s->hash))
                add_id(s, entry.id);
        return 0;
}

/* Those that have the hash, and then those that had it when it was told or asked for. */
static int search(struct work *w, struct search *s)
{
        struct shared shared;
        int r = store_walk(w->store, w->txn, TABLE_ITEM, in_items, s);

        if (r == 0)
                r = shared_get(w, s->hash, &shared);
        if (r == 0)
                add_id(s, shared.id);
        if (r == STORE_E_NONE)
                r = 0;
        if (r == 0 && store_has_table(w->store, TABLE_JOURNAL))
                r = store_walk(w->store, w->txn, TABLE_JOURNAL, in_journal, s);
        return r;
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
        if (r == 0 && d->hash.type == HASH_NONE)
                d->hash = d->item.entry.hash;
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
        struct search s = {.hash = &question->hash, .ids = {question->id}};
        int r = question->id == 0 ? search(w, &s) : 0;

        *count = s.count > 0 ? s.count : 1;
        for (unsigned i = 0; i < *count && r == 0; i++) {
                ret[i] = (struct dossier){.id = s.ids[i], .hash = question->hash};
                r = read_one(w, &ret[i]);
        }
        return r;
}
