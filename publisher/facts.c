#include "publisher/facts.h"

#include "publisher/outbox.h"
#include "publisher/queue.h"
#include "publisher/recent.h"

static int facts_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct facts *f = userdata;
        const struct {
                unsigned table;
                uint64_t *count;
        } counts[] = {
            {TABLE_ORDER, &f->ready},   {TABLE_RETRY, &f->retrying},
            {TABLE_OUTBOX, &f->outbox}, {TABLE_INFLIGHT, &f->in_flight},
            {TABLE_SHARED, &f->shared}, {TABLE_FAILED, &f->failed},
        };
        uint64_t fresh;
        int r = state_load(&w, &f->state);

        for (size_t i = 0; r == 0 && i < sizeof(counts) / sizeof(counts[0]); i++)
                r = store_count(store, txn, counts[i].table, counts[i].count);
        if (r == 0)
                r = recent_count_new(&w, &fresh);
        if (r != 0)
                return r;
        f->shared += fresh;
        r = retry_first_due(&w, &f->first_due);
        return r == STORE_E_NONE ? 0 : r;
}

int facts_read(struct store *store, struct facts *ret)
{
        *ret = (struct facts){0};
        return store_view(store, facts_in, ret);
}

static int oldest_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        int r = queue_oldest(&w, userdata);

        return r == STORE_E_NONE ? 0 : r;
}

int facts_oldest(struct store *store, int64_t *ret)
{
        *ret = 0;
        return store_view(store, oldest_in, ret);
}

bool facts_idle(const struct facts *facts, uint64_t quota_left, int64_t now_ms, int64_t horizon_ms)
{
        if (!facts->state.ended || facts->in_flight > 0)
                return false;
        if (quota_left == 0)
                return true;
        if (facts->ready > 0)
                return false;
        return facts->first_due == 0 || facts->first_due > now_ms + horizon_ms;
}
