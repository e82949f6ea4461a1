#include "publisher/rule.h"

#include "common/clock.h"

#include <errno.h>

/* Record: active, enrichment, then the limit. */
enum { RULE_SIZE = 6 };

static const char rule_key[] = "rule";

struct rule rule_of(const struct config_fabric *fabric, const struct wire_push *push)
{
        if (push->given)
                return (struct rule){push->active, push->daily_limit, push->enrichment};
        return (struct rule){true, fabric->daily_limit, fabric->enrichment};
}

uint64_t rule_left(const struct rule *rule, struct quota *quota)
{
        return rule->active ? quota_left(quota, clock_boot_ms()) : 0;
}

void rule_log_change(struct log *log, const struct rule *before, const struct rule *now)
{
        if (before->active && !now->active)
                log_warn(log,
                         "the connector is switched off in ThreatQ: nothing is set, and what is "
                         "queued is kept, until it is switched on again");
        else if (!before->active && now->active)
                log_info(log, "the connector is switched on again in ThreatQ");
        if (before->daily_limit != now->daily_limit || before->enrichment != now->enrichment)
                log_info(log, "ThreatQ's configuration holds daily_limit=%u enrichment=%d",
                         now->daily_limit, now->enrichment);
}

int rule_save(struct work *w, const struct wire_push *push)
{
        uint8_t record[RULE_SIZE] = {push->active, push->enrichment};
        int r;

        if (push->given) {
                store_put_u32(record + 2, push->daily_limit);
                return store_put(w->store, w->txn, TABLE_META, rule_key, sizeof(rule_key), record,
                                 sizeof(record));
        }
        r = store_del(w->store, w->txn, TABLE_META, rule_key, sizeof(rule_key));
        return r == STORE_E_NONE ? 0 : r;
}

static int load_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct wire_push *push = userdata;
        const uint8_t *record;
        MDB_val value;
        int r = store_get(store, txn, TABLE_META, rule_key, sizeof(rule_key), &value);

        if (r == STORE_E_NONE)
                return 0;
        if (r != 0)
                return r;
        if (value.mv_size != RULE_SIZE)
                return -EBADMSG;
        record = value.mv_data;
        *push = (struct wire_push){true, record[0] != 0, store_get_u32(record + 2), record[1] != 0};
        return 0;
}

int rule_load(struct store *store, const struct config_fabric *fabric, struct rule *ret)
{
        struct wire_push push = {0};
        int r = store_view(store, load_in, &push);

        if (r == 0)
                *ret = rule_of(fabric, &push);
        return r;
}
