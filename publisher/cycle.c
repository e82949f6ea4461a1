#include "publisher/cycle.h"

#include "publisher/journal.h"
#include "publisher/outbox.h"
#include "publisher/recent.h"
#include "publisher/shared.h"

enum {
        LOOK_FACTOR = 4,    /* entries looked at for each that is wanted, at most */
        RELEASE_MAX = 1000, /* entries that become due at a time */
};

static int settle_done(struct work *w, struct cycle *c)
{
        const struct slots *slots = c->slots;
        int r = journal_prune(w, c->times.wall_s);

        for (unsigned i = 0; i < slots->size && r == 0; i++) {
                if (slots->slot[i].phase == SLOT_DONE)
                        r = settle_slot(w, &c->state, &slots->slot[i], &c->times);
        }
        return r;
}

/* Whether a setting of the same hash or indicator is reserved by this very transaction. */
static bool reserved_already(const struct cycle *c, const struct entry *entry)
{
        for (unsigned i = 0; i < c->reserved; i++) {
                if (c->next[i].id == entry->id || hash_eq(&c->next[i].hash, &entry->hash))
                        return true;
        }
        return false;
}

static int reserve_one(struct work *w, struct cycle *c, struct entry *entry)
{
        bool holds;
        int r = shared_holds(w, &entry->hash, entry->level, &holds);

        if (r == 0)
                r = queue_remove(w, entry);
        if (r != 0)
                return r;
        if (holds) /* told meanwhile, under another id or before a change was taken back */
                return outbox_put(w, &c->state, entry,
                                  entry->override ? SHARE_OVERRIDE : SHARE_SHARED,
                                  &outbox_nothing_known);
        r = shared_mark(w, &entry->hash, true, &entry->was_uncertain);
        if (r == 0)
                r = inflight_put(w, entry);
        if (r == 0)
                c->next[c->reserved++] = *entry;
        return r;
}

static int reserve_next(struct work *w, struct cycle *c)
{
        uint8_t after[ORDER_KEY_SIZE];
        struct entry entry;
        bool first = true, skipped = false;
        int r = retry_release(w, c->times.now_ms, RELEASE_MAX);

        for (unsigned looks = LOOK_FACTOR * c->want; looks > 0 && r == 0; looks--) {
                if (c->reserved == c->want)
                        break;
                r = queue_next(w, first ? NULL : after, &entry);
                if (r == STORE_E_NONE) {
                        c->more = skipped;
                        r = 0;
                        break;
                }
                if (r != 0)
                        break;
                first = false;
                entry_order_key(&entry, after);
                /* one setting of a hash at a time, or the later could arrive first */
                if (slots_busy(c->slots, &entry) || reserved_already(c, &entry))
                        skipped = true;
                else
                        r = reserve_one(w, c, &entry);
        }
        if (r == 0 && c->reserved > 0)
                r = quota_reserve(c->quota, w->store, w->txn, c->reserved, c->boot_ms);
        return r;
}

static int cycle_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct cycle *c = userdata;
        int r;

        c->state = *c->before;
        c->reserved = 0;
        c->more = true;
        r = settle_done(&w, c);
        if (r == 0 && c->want > 0)
                r = reserve_next(&w, c);
        return r == 0 ? state_save(&w, &c->state) : r;
}

int cycle_commit(struct cycle *cycle)
{
        int r = recent_tidy(cycle->store);

        return r == 0 ? store_update(cycle->store, cycle_in, cycle) : r;
}
