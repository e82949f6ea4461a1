#include "publisher/trace.h"

#include "publisher/dxl/fault.h"
#include "publisher/queue.h"
#include "publisher/settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = HASH_MAX_HEX + 96 };

/* `id=7 sha256=…`; without the hash when there is no valid one. */
static const char *indicator(uint64_t id, const struct hash *hash, char out[NAME_MAX_BYTES])
{
        char hex[HASH_MAX_HEX + 1];
        int len = snprintf(out, NAME_MAX_BYTES, "id=%" PRIu64, id);

        if (hash->type != HASH_NONE) {
                hash_format(hash, hex);
                snprintf(out + len, NAME_MAX_BYTES - (size_t)len, " %s=%s",
                         hash_type_tie_name(hash->type), hex);
        }
        return out;
}

/* `id=7 sha256=… level="Known Malicious"` */
static const char *setting(uint64_t id, const struct hash *hash, enum trust_level level,
                           char out[NAME_MAX_BYTES])
{
        size_t len = strlen(indicator(id, hash, out));

        snprintf(out + len, NAME_MAX_BYTES - len, " level=\"%s\"", trust_level_name(level));
        return out;
}

static const char *rule(bool override)
{
        return override ? "override" : "score";
}

static void trace_judged(struct log *log, const struct wire_item *item, const struct item *judged)
{
        char name[NAME_MAX_BYTES];

        if (judged->reason == REASON_QUEUED)
                log_debug(log, "wanted %s by=%s score=%g",
                          setting(item->id, &item->hash, item->level, name), rule(item->override),
                          item->score);
        else if (judged->reason == REASON_SHARED)
                log_debug(log, "told already %s",
                          setting(item->id, &item->hash, item->level, name));
        else
                log_debug(log, "not wanted %s why=%s", indicator(item->id, &item->hash, name),
                          verdict_name(item->verdict));
}

struct taken {
        struct log *log;
        const struct inbox *inbox;
};

static int trace_items(struct log *log, struct work *w, struct wire_list items)
{
        struct wire_item item;
        struct item judged;

        while (wire_next_item(&items, &item)) {
                int r = item_get(w, item.id, &judged);

                if (r == 0)
                        trace_judged(log, &item, &judged);
                else if (r != STORE_E_NONE)
                        return r;
        }
        return 0;
}

static int taken_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        const struct taken *taken = userdata;
        int r = 0;

        for (unsigned i = 0; i < inbox_count(taken->inbox) && r == 0; i++) {
                const struct wire_msg *msg = inbox_at(taken->inbox, i);

                if (msg->type == WIRE_BATCH)
                        r = trace_items(taken->log, &w, msg->batch.items);
        }
        return r;
}

void trace_taken(struct log *log, struct store *store, const struct inbox *inbox)
{
        struct taken taken = {.log = log, .inbox = inbox};

        if (log_wants(log, LOG_LEVEL_DEBUG))
                (void)store_view(store, taken_in, &taken);
}

void trace_sends(struct log *log, const struct entry *entry)
{
        char name[NAME_MAX_BYTES];

        if (log_wants(log, LOG_LEVEL_DEBUG))
                log_debug(log, "sends %s by=%s score=%g errors=%u timeouts=%u",
                          setting(entry->id, &entry->hash, entry->level, name),
                          rule(entry->override), entry->score, entry->errors, entry->timeouts);
}

void trace_spent(struct log *log, struct quota *quota, int64_t boot_ms)
{
        log_debug(log, "waits for quota limit=%u next_free_in=%" PRId64 "s", quota_limit(quota),
                  (quota_next_free_ms(quota, boot_ms) + 999) / 1000);
}

/* An error answer of TIE. */
static void trace_refused(struct log *log, const struct slot *slot, int64_t retry_delay_ms,
                          const char *name)
{
        if (settle_final(&slot->entry))
                log_debug(log, "TIE refused it for good %s code=0x%08x", name, slot->error_code);
        else
                log_debug(log, "TIE refused it %s code=0x%08x: again in %.1f s", name,
                          slot->error_code,
                          (double)settle_delay_ms(retry_delay_ms, slot->entry.errors + 1U) / 1000);
}

void trace_settled(struct log *log, const struct slot *slot, int64_t retry_delay_ms)
{
        static const char *const unsettled[] = {[DXL_ERROR] = "not delivered",
                                                [DXL_TIMEOUT] = "no answer",
                                                [DXL_DISCONNECTED] = "connection lost",
                                                [DXL_NOT_SENT] = "did not leave"};
        char name[NAME_MAX_BYTES];

        if (!log_wants(log, LOG_LEVEL_DEBUG))
                return;
        setting(slot->entry.id, &slot->entry.hash, slot->entry.level, name);
        if (slot->result == DXL_ANSWERED)
                log_debug(log, "TIE took it %s", name);
        else if (slot->result == DXL_ERROR && dxl_fault_of(slot->error_code) == DXL_FAULT_NONE)
                trace_refused(log, slot, retry_delay_ms, name);
        else
                log_debug(log, "queued again %s why=\"%s\"", name, unsettled[slot->result]);
}
