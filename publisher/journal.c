#include "publisher/journal.h"

#include "common/cleanup.h"
#include "common/store.h"

#include <errno.h>
#include <string.h>

DEFINE_CLEANUP(MDB_cursor *, mdb_cursor_close);

const char *journal_answer_name(enum journal_answer answer)
{
        static const char *const names[JOURNAL_ANSWERS] = {
            [JOURNAL_TAKEN] = "taken",
            [JOURNAL_REFUSED] = "error",
            [JOURNAL_UNDELIVERED] = "not delivered",
            [JOURNAL_SILENT] = "no answer",
            [JOURNAL_CUT] = "connection lost",
            [JOURNAL_ORPHANED] = "unknown",
        };

        return answer < JOURNAL_ANSWERS ? names[answer] : "?";
}

struct journal_entry journal_entry_of(const struct entry *entry, enum journal_answer answer,
                                      uint32_t code, int64_t wall_s)
{
        return (struct journal_entry){.at = wall_s,
                                      .id = entry->id,
                                      .hash = entry->hash,
                                      .level = entry->level,
                                      .override = entry->override,
                                      .score = entry->score,
                                      .answer = answer,
                                      .code = code};
}

static size_t record(const struct journal_entry *entry, uint8_t out[JOURNAL_VALUE_MAX])
{
        size_t size = hash_size(entry->hash.type);
        uint64_t score;

        memcpy(&score, &entry->score, sizeof(score));
        store_put_u64(out, (uint64_t)entry->at);
        store_put_u64(out + 8, entry->id);
        store_put_u64(out + 16, score);
        store_put_u32(out + 24, entry->code);
        out[28] = (uint8_t)entry->level;
        out[29] = entry->override;
        out[30] = (uint8_t)entry->answer;
        out[31] = (uint8_t)entry->hash.type;
        memcpy(out + 32, entry->hash.bytes, size);
        return 32 + size;
}

bool journal_of_record(MDB_val key, MDB_val value, struct journal_entry *ret)
{
        const uint8_t *v = value.mv_data;
        uint64_t score;

        if (key.mv_size != 8 || value.mv_size < 32 || v[30] >= JOURNAL_ANSWERS ||
            v[31] == HASH_NONE || v[31] > HASH_SHA256 ||
            value.mv_size != 32 + hash_size((enum hash_type)v[31]))
                return false;
        *ret = (struct journal_entry){.number = store_get_u64(key.mv_data),
                                      .at = (int64_t)store_get_u64(v),
                                      .id = store_get_u64(v + 8),
                                      .code = store_get_u32(v + 24),
                                      .level = (enum trust_level)v[28],
                                      .override = v[29] != 0,
                                      .answer = (enum journal_answer)v[30],
                                      .hash.type = (enum hash_type)v[31]};
        score = store_get_u64(v + 16);
        memcpy(&ret->score, &score, sizeof(score));
        memcpy(ret->hash.bytes, v + 32, value.mv_size - 32);
        return true;
}

static int open_cursor(struct work *w, MDB_cursor **ret)
{
        return store_code(w->store,
                          mdb_cursor_open(w->txn, store_dbi(w->store, TABLE_JOURNAL), ret));
}

int journal_put(struct work *w, const struct journal_entry *entry)
{
        _cleanup_(mdb_cursor_closep) MDB_cursor *cursor = NULL;
        uint8_t number[8], out[JOURNAL_VALUE_MAX];
        MDB_val key, value;
        uint64_t next = 1;
        int r = open_cursor(w, &cursor);

        if (r == 0)
                r = store_code(w->store, mdb_cursor_get(cursor, &key, &value, MDB_LAST));
        if (r == 0)
                next = key.mv_size == sizeof(number) ? store_get_u64(key.mv_data) + 1 : 0;
        if (r != 0 && r != STORE_E_NONE)
                return r;
        if (next == 0)
                return -EBADMSG;
        store_put_u64(number, next);
        key = (MDB_val){sizeof(number), number};
        value = (MDB_val){record(entry, out), out};
        /* appended, pages are filled to their end */
        return store_code(w->store, mdb_cursor_put(cursor, &key, &value, MDB_APPEND));
}

static bool older(MDB_val key, MDB_val value, int64_t wall_s, int days)
{
        struct journal_entry entry;

        return !journal_of_record(key, value, &entry) || entry.at < wall_s - (int64_t)days * 86400;
}

int journal_prune(struct work *w, int64_t wall_s)
{
        _cleanup_(mdb_cursor_closep) MDB_cursor *cursor = NULL;
        MDB_val key, value;
        uint64_t count;
        int r = store_count(w->store, w->txn, TABLE_JOURNAL, &count);

        if (r == 0)
                r = open_cursor(w, &cursor);
        if (r == 0)
                r = store_code(w->store, mdb_cursor_get(cursor, &key, &value, MDB_FIRST));
        if (r == 0 && count <= JOURNAL_MAX + JOURNAL_SLACK &&
            !older(key, value, wall_s, JOURNAL_DAYS + 1))
                return 0;
        for (unsigned i = 0; r == 0 && i < JOURNAL_SLACK; i++, count--) {
                if (count <= JOURNAL_MAX && !older(key, value, wall_s, JOURNAL_DAYS))
                        return 0;
                r = store_code(w->store, mdb_cursor_del(cursor, 0));
                if (r == 0)
                        r = store_code(w->store, mdb_cursor_get(cursor, &key, &value, MDB_FIRST));
        }
        return r == STORE_E_NONE ? 0 : r;
}

int journal_read(struct work *w, uint64_t from, struct journal_entry *ret, unsigned max,
                 unsigned *count)
{
        _cleanup_(mdb_cursor_closep) MDB_cursor *cursor = NULL;
        uint8_t number[8];
        MDB_val key = {sizeof(number), number}, value;
        int r;

        *count = 0;
        if (!store_has_table(w->store, TABLE_JOURNAL))
                return 0;
        store_put_u64(number, from);
        r = open_cursor(w, &cursor);
        if (r == 0)
                r = store_code(w->store, mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE));
        while (r == 0 && *count < max) {
                if (!journal_of_record(key, value, &ret[(*count)++]))
                        return -EBADMSG;
                r = store_code(w->store, mdb_cursor_get(cursor, &key, &value, MDB_NEXT));
        }
        return r == STORE_E_NONE ? 0 : r;
}
