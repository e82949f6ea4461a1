#include "publisher/quota.h"

#include "common/clock.h"
#include "publisher/record.h"

#include <errno.h>
#include <string.h>

enum { PRUNE_MAX = 64 /* ledger records dropped by one transaction */ };

struct reservation {
        int64_t at; /* ledger time */
        uint64_t count;
};

/* The window in memory: a ring of reservations, oldest first. */
struct quota {
        unsigned limit;
        int64_t offset; /* ledger time = CLOCK_BOOTTIME + offset */
        struct reservation *ring;
        size_t size, first, count;
        uint64_t used;
};

static const char clock_key[] = "clock", reset_key[] = "reset";

struct quota_now quota_read_clocks(void)
{
        struct quota_now now = {.boot_ms = clock_boot_ms(), .wall_ms = clock_wall_ms()};

        clock_boot_id(now.boot_id);
        return now;
}

int64_t quota_time(const struct quota *quota, int64_t boot_ms)
{
        return boot_ms + quota->offset;
}

static struct reservation *ring_at(const struct quota *quota, size_t i)
{
        return &quota->ring[(quota->first + i) % quota->size];
}

static int ring_grow(struct quota *quota)
{
        size_t size = quota->size > 0 ? 2 * quota->size : 256;
        struct reservation *ring = calloc(size, sizeof(*ring));

        if (!ring)
                return -ENOMEM;
        for (size_t i = 0; i < quota->count; i++)
                ring[i] = *ring_at(quota, i);
        free(quota->ring);
        quota->ring = ring;
        quota->size = size;
        quota->first = 0;
        return 0;
}

static int ring_push(struct quota *quota, int64_t at, uint64_t n)
{
        if (quota->count > 0 && ring_at(quota, quota->count - 1)->at >= at) {
                ring_at(quota, quota->count - 1)->count += n;
        } else {
                if (quota->count == quota->size && ring_grow(quota) < 0)
                        return -ENOMEM;
                quota->count++;
                *ring_at(quota, quota->count - 1) = (struct reservation){.at = at, .count = n};
        }
        quota->used += n;
        return 0;
}

static void ring_expire(struct quota *quota, int64_t now)
{
        while (quota->count > 0 && ring_at(quota, 0)->at + QUOTA_WINDOW_MS <= now) {
                quota->used -= ring_at(quota, 0)->count;
                quota->first = (quota->first + 1) % quota->size;
                quota->count--;
        }
}

struct opening {
        struct quota *quota;
        const struct quota_now *now;
};

static int load_ledger(struct store *store, MDB_txn *txn, struct quota *quota)
{
        uint8_t from[8] = {0};
        MDB_val key, value;
        int r;

        quota->count = 0;
        quota->used = 0;
        while ((r = store_seek(store, txn, TABLE_QUOTA, from, sizeof(from), &key, &value)) == 0) {
                if (key.mv_size != 8 || value.mv_size != 8)
                        return -EBADMSG;
                r = ring_push(quota, (int64_t)store_get_u64(key.mv_data),
                              store_get_u64(value.mv_data));
                if (r < 0)
                        return r;
                store_put_u64(from, store_get_u64(key.mv_data) + 1);
        }
        return r == STORE_E_NONE ? 0 : r;
}

/* The offset settled earlier in this boot, or a new one for a new boot. */
static int load_clock(struct store *store, MDB_txn *txn, const struct opening *opening)
{
        struct quota *quota = opening->quota;
        const struct quota_now *now = opening->now;
        int64_t last = quota->count > 0 ? ring_at(quota, quota->count - 1)->at : 0;
        MDB_val value;
        int r;

        quota->offset = (now->wall_ms > last ? now->wall_ms : last) - now->boot_ms;
        r = store_get(store, txn, TABLE_META, clock_key, sizeof(clock_key), &value);
        if (r < 0 || r == STORE_E_NONE)
                return r < 0 ? r : 0;
        if (value.mv_size == 8 + sizeof(now->boot_id) && now->boot_id[0] != '\0' &&
            memcmp((const uint8_t *)value.mv_data + 8, now->boot_id, sizeof(now->boot_id)) == 0)
                quota->offset = (int64_t)store_get_u64(value.mv_data);
        return 0;
}

static int open_readonly(struct store *store, MDB_txn *txn, void *userdata)
{
        struct opening *opening = userdata;
        int r = load_ledger(store, txn, opening->quota);

        return r == 0 ? load_clock(store, txn, opening) : r;
}

static int open_and_settle(struct store *store, MDB_txn *txn, void *userdata)
{
        struct opening *opening = userdata;
        uint8_t value[8 + sizeof(opening->now->boot_id)];
        int r = open_readonly(store, txn, userdata);

        if (r != 0)
                return r;
        store_put_u64(value, (uint64_t)opening->quota->offset);
        memcpy(value + 8, opening->now->boot_id, sizeof(opening->now->boot_id));
        return store_put(store, txn, TABLE_META, clock_key, sizeof(clock_key), value,
                         sizeof(value));
}

int quota_new(unsigned limit, const struct quota_now *now, struct quota **ret)
{
        struct quota *quota = calloc(1, sizeof(*quota));

        if (!quota)
                return -ENOMEM;
        quota->limit = limit;
        quota->offset = now->wall_ms - now->boot_ms;
        *ret = quota;
        return 0;
}

int quota_open(struct store *store, unsigned limit, const struct quota_now *now, bool readonly,
               struct quota **ret)
{
        _cleanup_(quota_closep) struct quota *quota = NULL;
        struct opening opening = {.now = now};
        int r = quota_new(limit, now, &quota);

        if (r != 0)
                return r;
        opening.quota = quota;
        r = readonly ? store_view(store, open_readonly, &opening)
                     : store_update(store, open_and_settle, &opening);
        if (r != 0)
                return r;
        *ret = quota;
        quota = NULL;
        return 0;
}

void quota_close(struct quota *quota)
{
        if (!quota)
                return;
        free(quota->ring);
        free(quota);
}

uint64_t quota_used(struct quota *quota, int64_t boot_ms)
{
        ring_expire(quota, quota_time(quota, boot_ms));
        return quota->used;
}

uint64_t quota_left(struct quota *quota, int64_t boot_ms)
{
        uint64_t used = quota_used(quota, boot_ms);

        return used < quota->limit ? quota->limit - used : 0;
}

int64_t quota_next_free_ms(struct quota *quota, int64_t boot_ms)
{
        int64_t now = quota_time(quota, boot_ms);

        ring_expire(quota, now);
        return quota->count > 0 ? ring_at(quota, 0)->at + QUOTA_WINDOW_MS - now : -1;
}

/* Slots come free in the order in which they were taken, and each for the next request: the one
 * after `limit` others leaves a window after the first of them. */
int64_t quota_wait_ms(struct quota *quota, int64_t boot_ms, uint64_t n)
{
        int64_t now = quota_time(quota, boot_ms);
        uint64_t rounds = n > 0 ? (n - 1) / quota->limit : 0;
        uint64_t nth = n > 0 ? (n - 1) % quota->limit + 1 : 0;
        int64_t wait = (int64_t)rounds * QUOTA_WINDOW_MS;
        uint64_t passed = 0;

        ring_expire(quota, now);
        /* So many of those in the window must have left it. */
        if (nth + quota->used <= quota->limit)
                return wait;
        nth = nth + quota->used - quota->limit;
        for (size_t i = 0; i < quota->count; i++) {
                passed += ring_at(quota, i)->count;
                if (passed >= nth)
                        return wait + ring_at(quota, i)->at + QUOTA_WINDOW_MS - now;
        }
        return wait;
}

void quota_set_limit(struct quota *quota, unsigned limit)
{
        quota->limit = limit;
}

unsigned quota_limit(const struct quota *quota)
{
        return quota->limit;
}

/* Drops records that have left the window, a bounded number at a time. */
static int prune(struct store *store, MDB_txn *txn, int64_t now)
{
        uint8_t first[8];
        MDB_val key, value;
        int r = 0;

        for (int i = 0; i < PRUNE_MAX; i++) {
                r = store_seek(store, txn, TABLE_QUOTA, NULL, 0, &key, &value);
                if (r != 0 || key.mv_size != 8 ||
                    (int64_t)store_get_u64(key.mv_data) + QUOTA_WINDOW_MS > now)
                        break;
                memcpy(first, key.mv_data, sizeof(first));
                r = store_del(store, txn, TABLE_QUOTA, first, sizeof(first));
                if (r != 0)
                        break;
        }
        return r == STORE_E_NONE ? 0 : r;
}

int quota_add(struct store *store, MDB_txn *txn, uint64_t n, int64_t at)
{
        uint8_t key[8], value[8];
        MDB_val old;
        int r;

        store_put_u64(key, (uint64_t)at);
        r = store_get(store, txn, TABLE_QUOTA, key, sizeof(key), &old);
        if (r == 0 && old.mv_size == 8)
                n += store_get_u64(old.mv_data);
        else if (r != STORE_E_NONE)
                return r == 0 ? -EBADMSG : r;
        store_put_u64(value, n);
        return store_put(store, txn, TABLE_QUOTA, key, sizeof(key), value, sizeof(value));
}

int quota_reserve(const struct quota *quota, struct store *store, MDB_txn *txn, uint64_t n,
                  int64_t boot_ms)
{
        int64_t now = quota_time(quota, boot_ms);
        int r = prune(store, txn, now);

        return r == 0 ? quota_add(store, txn, n, now) : r;
}

void quota_commit(struct quota *quota, uint64_t n, int64_t boot_ms)
{
        /* The ring is the smaller copy: memory out here would lose count of the quota. */
        if (ring_push(quota, quota_time(quota, boot_ms), n) < 0)
                abort();
}

static int reload(struct store *store, MDB_txn *txn, void *userdata)
{
        return load_ledger(store, txn, userdata);
}

int quota_reload(struct quota *quota, struct store *store)
{
        return store_view(store, reload, quota);
}

static int empty(struct store *store, MDB_txn *txn, void *userdata)
{
        const uint64_t *request = userdata;
        uint8_t value[8];
        MDB_val last;
        int r = store_get(store, txn, TABLE_META, reset_key, sizeof(reset_key), &last);

        if (r < 0)
                return r;
        if (r == 0 && *request != 0 && last.mv_size == 8 && store_get_u64(last.mv_data) == *request)
                return QUOTA_E_DONE;
        r = mdb_drop(txn, store_dbi(store, TABLE_QUOTA), 0);
        if (r != 0)
                return store_code(store, r);
        if (*request == 0)
                return 0;
        store_put_u64(value, *request);
        return store_put(store, txn, TABLE_META, reset_key, sizeof(reset_key), value,
                         sizeof(value));
}

int quota_reset(struct quota *quota, struct store *store, uint64_t request)
{
        int r = store_update(store, empty, &request);

        return r == 0 ? quota_reload(quota, store) : r;
}
