#include "publisher/record.h"

#include "common/store.h"

#include <assert.h>
#include <string.h>

const char *const record_tables[] = {
    [TABLE_META] = "meta",       [TABLE_ITEM] = "item",
    [TABLE_ORDER] = "order",     [TABLE_RETRY] = "retry",
    [TABLE_DUE] = "due",         [TABLE_INFLIGHT] = "inflight",
    [TABLE_SHARED] = "shared",   [TABLE_FAILED] = "failed",
    [TABLE_OUTBOX] = "outbox",   [TABLE_QUOTA] = "quota",
    [TABLE_LATEST] = "latest",   [TABLE_RECENT] = "recent",
    [TABLE_JOURNAL] = "journal", NULL,
};

enum { MARK_BITS = 24 /* of the number in a sweep_mark */ };

uint64_t sweep_mark(uint64_t sweep, int64_t started_at)
{
        return (uint64_t)started_at << MARK_BITS | (sweep & ((1U << MARK_BITS) - 1));
}

int64_t sweep_mark_time(uint64_t mark)
{
        return (int64_t)(mark >> MARK_BITS);
}

/* A double as a number that sorts like it: the sign bit flipped, negative ones inverted whole. */
static uint64_t double_rank(double d)
{
        uint64_t bits;

        memcpy(&bits, &d, sizeof(bits));
        return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double rank_double(uint64_t rank)
{
        uint64_t bits = rank >> 63 ? rank & ~(UINT64_C(1) << 63) : ~rank;
        double d;

        memcpy(&d, &bits, sizeof(d));
        return d;
}

static uint64_t time_rank(int64_t t)
{
        return (uint64_t)t ^ UINT64_C(1) << 63;
}

void entry_order_key(const struct entry *entry, uint8_t out[ORDER_KEY_SIZE])
{
        out[0] = entry->override ? 0 : 1;
        /* + 0.0 makes -0 and 0 one score */
        store_put_u64(out + 1, ~double_rank(entry->score + 0.0));
        store_put_u64(out + 9, time_rank(entry->created_at));
        store_put_u64(out + 17, entry->id);
}

static void entry_take_key(const uint8_t *key, struct entry *ret)
{
        ret->override = key[0] == 0;
        ret->score = rank_double(~store_get_u64(key + 1));
        ret->created_at = (int64_t)time_rank((int64_t)store_get_u64(key + 9));
        ret->id = store_get_u64(key + 17);
}

size_t entry_order_value(const struct entry *entry, uint8_t out[ENTRY_VALUE_MAX])
{
        size_t size = hash_size(entry->hash.type);

        out[0] = (uint8_t)entry->level;
        out[1] = entry->errors;
        out[2] = entry->timeouts;
        out[3] = (uint8_t)((entry->last_try ? 1 : 0) | (entry->was_uncertain ? 2 : 0) |
                           (entry->undelivered ? 4 : 0));
        out[4] = (uint8_t)entry->hash.type;
        memcpy(out + 5, entry->hash.bytes, size);
        return 5 + size;
}

bool entry_of_order(MDB_val key, MDB_val value, struct entry *ret)
{
        const uint8_t *v = value.mv_data;
        struct entry entry = {0};

        if (key.mv_size != ORDER_KEY_SIZE || value.mv_size < 5)
                return false;
        entry_take_key(key.mv_data, &entry);
        entry.level = (enum trust_level)v[0];
        entry.errors = v[1];
        entry.timeouts = v[2];
        entry.last_try = v[3] & 1;
        entry.was_uncertain = v[3] & 2;
        entry.undelivered = v[3] & 4;
        entry.hash.type = (enum hash_type)v[4];
        if (v[4] == HASH_NONE || v[4] > HASH_SHA256 ||
            value.mv_size != 5 + hash_size(entry.hash.type))
                return false;
        memcpy(entry.hash.bytes, v + 5, value.mv_size - 5);
        *ret = entry;
        return true;
}

size_t entry_record(const struct entry *entry, uint8_t out[RECORD_MAX])
{
        entry_order_key(entry, out);
        return ORDER_KEY_SIZE + entry_order_value(entry, out + ORDER_KEY_SIZE);
}

bool entry_of_record(MDB_val record, struct entry *ret)
{
        uint8_t *data = record.mv_data;

        if (record.mv_size < ORDER_KEY_SIZE)
                return false;
        return entry_of_order((MDB_val){ORDER_KEY_SIZE, data},
                              (MDB_val){record.mv_size - ORDER_KEY_SIZE, data + ORDER_KEY_SIZE},
                              ret);
}

size_t item_record(const struct item *item, uint8_t out[ITEM_MAX])
{
        const struct hash *hash = &item->entry.hash;
        uint8_t key[ORDER_KEY_SIZE];

        store_put_u64(out, item->sweep);
        out[8] = (uint8_t)item->reason;
        out[9] = (uint8_t)item->entry.level;
        entry_order_key(&item->entry, key);
        memcpy(out + 10, key, RANK_SIZE);
        out[ITEM_HASH] = (uint8_t)hash->type;
        memcpy(out + ITEM_HASH + 1, hash->bytes, hash_size(hash->type));
        return ITEM_HASH + 1 + hash_size(hash->type);
}

bool item_of_record(uint64_t id, MDB_val record, struct item *ret)
{
        const uint8_t *v = record.mv_data;
        struct item item = {0};
        uint8_t key[ORDER_KEY_SIZE];

        if (record.mv_size < 9 || v[8] >= REASON_COUNT)
                return false;
        item.sweep = store_get_u64(v);
        item.reason = v[8];
        item.entry.id = id;
        if (record.mv_size >= ITEM_HASH) {
                item.entry.level = (enum trust_level)v[9];
                memcpy(key, v + 10, RANK_SIZE);
                store_put_u64(key + RANK_SIZE, id);
                entry_take_key(key, &item.entry);
        } else if (record.mv_size != 9 || item.reason == REASON_QUEUED) {
                return false;
        }
        if (record.mv_size > ITEM_HASH) {
                struct hash *hash = &item.entry.hash;

                if (v[ITEM_HASH] > HASH_SHA256)
                        return false;
                hash->type = (enum hash_type)v[ITEM_HASH];
                if (record.mv_size != ITEM_HASH + 1 + hash_size(hash->type))
                        return false;
                memcpy(hash->bytes, v + ITEM_HASH + 1, hash_size(hash->type));
        }
        *ret = item;
        return true;
}

bool item_is_whole(const struct item *item)
{
        return item->entry.hash.type != HASH_NONE;
}

bool item_has_level(const struct item *item)
{
        return item->reason == REASON_QUEUED ||
               (item->reason == REASON_SHARED && item_is_whole(item));
}

size_t shared_key(const struct hash *hash, uint8_t out[SHARED_KEY_MAX])
{
        out[0] = (uint8_t)hash->type;
        memcpy(out + 1, hash->bytes, hash_size(hash->type));
        return 1 + hash_size(hash->type);
}

void shared_record(const struct shared *shared, uint8_t out[SHARED_VALUE_SIZE])
{
        out[0] = (uint8_t)shared->level;
        out[1] = shared->uncertain;
        store_put_u64(out + 2, (uint64_t)shared->at);
        store_put_u64(out + 10, shared->id);
        store_put_u64(out + 18, shared->version);
}

bool shared_of_record(MDB_val record, struct shared *ret)
{
        const uint8_t *v = record.mv_data;

        if (record.mv_size != SHARED_VALUE_SIZE)
                return false;
        *ret = (struct shared){.level = (enum trust_level)v[0],
                               .uncertain = v[1] != 0,
                               .at = (int64_t)store_get_u64(v + 2),
                               .id = store_get_u64(v + 10),
                               .version = store_get_u64(v + 18)};
        return true;
}

void outbox_record(const struct outbox *outbox, uint8_t out[OUTBOX_VALUE_SIZE])
{
        const struct wire_enrichment *e = &outbox->enrichment;

        store_put_u64(out, outbox->id);
        out[8] = (uint8_t)outbox->share;
        out[9] = (uint8_t)e->prevalent; /* -1 is 255 */
        store_put_u32(out + 10, (uint32_t)e->enterprise_level);
        store_put_u32(out + 14, (uint32_t)e->gti_level);
        store_put_u32(out + 18, (uint32_t)e->atd_level);
        store_put_u64(out + 22, (uint64_t)e->detection_count);
        store_put_u64(out + 30, (uint64_t)e->enterprise_count);
        out[38] = (uint8_t)outbox->hash.type;
        memcpy(out + 39, outbox->hash.bytes, HASH_MAX_BYTES);
}

bool outbox_of_record(MDB_val key, MDB_val record, struct outbox *ret)
{
        const uint8_t *v = record.mv_data;

        if (key.mv_size != 8 || record.mv_size != OUTBOX_VALUE_SIZE || v[8] >= SHARE_COUNT ||
            v[38] > HASH_SHA256)
                return false;
        *ret = (struct outbox){
            .version = store_get_u64(key.mv_data),
            .id = store_get_u64(v),
            .share = (enum share)v[8],
            .enrichment = {.prevalent = (int8_t)v[9],
                           .enterprise_level = (int32_t)store_get_u32(v + 10),
                           .gti_level = (int32_t)store_get_u32(v + 14),
                           .atd_level = (int32_t)store_get_u32(v + 18),
                           .detection_count = (int64_t)store_get_u64(v + 22),
                           .enterprise_count = (int64_t)store_get_u64(v + 30)},
            .hash.type = (enum hash_type)v[38],
        };
        memcpy(ret->hash.bytes, v + 39, HASH_MAX_BYTES);
        return true;
}

enum { STATE_NUMBERS = 9 };
enum { REASONS_ONCE = REASON_COLLECTION }; /* of a store from before saved searches */
static_assert(8 * (STATE_NUMBERS + REASON_COUNT) <= STATE_MAX, "the state record has grown");

size_t state_record(const struct state *state, uint8_t out[STATE_MAX])
{
        const uint64_t numbers[STATE_NUMBERS] = {
            state->sweep,          (uint64_t)state->started_at,
            (uint64_t)state->kind, state->ended,
            state->fetched,        state->sent,
            state->failed,         state->version,
            state->written,
        };
        size_t at = 0;

        for (size_t i = 0; i < STATE_NUMBERS; i++, at += 8)
                store_put_u64(out + at, numbers[i]);
        for (size_t i = 0; i < REASON_COUNT; i++, at += 8)
                store_put_u64(out + at, state->counts[i]);
        return at;
}

bool state_of_record(MDB_val record, struct state *ret)
{
        const uint8_t *v = record.mv_data;
        size_t counts = record.mv_size / 8 - STATE_NUMBERS;
        struct state state;

        if (record.mv_size != 8 * (STATE_NUMBERS + REASON_COUNT) &&
            record.mv_size != 8 * (STATE_NUMBERS + REASONS_ONCE))
                return false;
        state = (struct state){
            .sweep = store_get_u64(v),
            .started_at = (int64_t)store_get_u64(v + 8),
            .kind = (enum sweep_kind)store_get_u64(v + 16),
            .ended = store_get_u64(v + 24) != 0,
            .fetched = store_get_u64(v + 32),
            .sent = store_get_u64(v + 40),
            .failed = store_get_u64(v + 48),
            .version = store_get_u64(v + 56),
            .written = store_get_u64(v + 64),
        };
        for (size_t i = 0; i < counts; i++)
                state.counts[i] = store_get_u64(v + 8 * (STATE_NUMBERS + i));
        *ret = state;
        return true;
}
