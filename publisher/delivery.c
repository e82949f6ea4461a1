#include "publisher/delivery.h"

#include "common/clock.h"
#include "publisher/outbox.h"

#include <errno.h>
#include <stdlib.h>

enum {
        ON_WAY_MAX = 256,           /* outcomes handed over and not receipted */
        MESSAGE_MAX = 16,           /* outcomes of one message: several enrichers share the work */
        LATE_MS = 60 * 1000,        /* longer than an enricher ever tries */
        BLOCKED_MS = 100,           /* nobody took a message: no other is made up before */
        LOOKS_MAX = 4 * ON_WAY_MAX, /* entries looked at for one message */
};

struct on_way {
        uint64_t id;
        uint64_t version;
        int64_t sent_ms;
};

struct delivery {
        struct store *store;
        struct state *state;
        const char *fabric;
        struct chan *outcomes;
        struct log *log;
        struct on_way on_way[ON_WAY_MAX];
        unsigned count;
        uint64_t cursor; /* the outbox is walked in a circle, by version */
        bool idle;       /* a whole round found nothing to send */
        bool held;
        int64_t blocked_until_ms;
        msgpack_sbuffer elements, frame;
};

int delivery_open(struct store *store, struct state *state, const char *fabric,
                  struct chan *outcomes, struct log *log, struct delivery **ret)
{
        struct delivery *delivery = calloc(1, sizeof(*delivery));

        if (!delivery)
                return -ENOMEM;
        delivery->store = store;
        delivery->state = state;
        delivery->fabric = fabric;
        delivery->outcomes = outcomes;
        delivery->log = log;
        msgpack_sbuffer_init(&delivery->elements);
        msgpack_sbuffer_init(&delivery->frame);
        *ret = delivery;
        return 0;
}

void delivery_close(struct delivery *delivery)
{
        if (!delivery)
                return;
        msgpack_sbuffer_destroy(&delivery->elements);
        msgpack_sbuffer_destroy(&delivery->frame);
        free(delivery);
}

void delivery_hold(struct delivery *delivery)
{
        delivery->held = true;
}

void delivery_wake(struct delivery *delivery)
{
        delivery->idle = false;
}

void delivery_again(struct delivery *delivery)
{
        delivery->count = 0;
        delivery->idle = false;
        delivery->blocked_until_ms = 0;
}

static struct on_way *find(struct delivery *delivery, uint64_t id)
{
        for (unsigned i = 0; i < delivery->count; i++) {
                if (delivery->on_way[i].id == id)
                        return &delivery->on_way[i];
        }
        return NULL;
}

static void forget(struct delivery *delivery, struct on_way *entry)
{
        *entry = delivery->on_way[--delivery->count];
}

static void forget_late(struct delivery *delivery, int64_t now)
{
        for (unsigned i = delivery->count; i > 0; i--) {
                if (now - delivery->on_way[i - 1].sent_ms < LATE_MS)
                        continue;
                forget(delivery, &delivery->on_way[i - 1]);
                delivery->idle = false;
        }
}

/* What one message takes, found by one read transaction. */
struct gather {
        struct delivery *delivery;
        struct wire_outcome found[MESSAGE_MAX];
        unsigned count;
        struct on_way stale[MESSAGE_MAX]; /* a newer one has taken their place */
        unsigned stale_count;
};

/* One outcome of an indicator at a time, or the older could be written last. */
static bool is_on_way(const struct gather *g, uint64_t id)
{
        for (unsigned i = 0; i < g->count; i++) {
                if (g->found[i].id == id)
                        return true;
        }
        return find(g->delivery, id) != NULL;
}

static int gather_one(struct work *w, struct gather *g, const struct outbox *outbox)
{
        bool stale;
        int r = outbox_stale(w, outbox, &stale);

        if (r != 0)
                return r;
        if (stale)
                g->stale[g->stale_count++] =
                    (struct on_way){.id = outbox->id, .version = outbox->version};
        else if (!is_on_way(g, outbox->id))
                g->found[g->count++] = (struct wire_outcome){
                    .id = outbox->id,
                    .version = outbox->version,
                    .share = outbox->share,
                    .enrichment = outbox->enrichment,
                };
        return 0;
}

static int gather_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct gather *g = userdata;
        struct delivery *d = g->delivery;
        uint64_t start = d->cursor;
        bool wrapped = false;

        for (unsigned looks = 0; looks < LOOKS_MAX; looks++) {
                struct outbox outbox;
                int r;

                if (g->count == MESSAGE_MAX || g->stale_count == MESSAGE_MAX ||
                    d->count + g->count == ON_WAY_MAX)
                        return 0;
                r = outbox_next(&w, d->cursor, &outbox);
                if (r == STORE_E_NONE && !wrapped) {
                        wrapped = true;
                        d->cursor = 0;
                        continue;
                }
                if (r == STORE_E_NONE || (r == 0 && wrapped && outbox.version >= start)) {
                        d->idle = g->count == 0 && g->stale_count == 0;
                        return 0;
                }
                if (r == 0)
                        r = gather_one(&w, g, &outbox);
                if (r != 0)
                        return r;
                d->cursor = outbox.version + 1;
        }
        return 0;
}

static int drop_stale_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        const struct gather *g = userdata;
        int r = 0;

        for (unsigned i = 0; i < g->stale_count && r == 0; i++)
                r = outbox_settle(&w, g->stale[i].id, g->stale[i].version);
        return r;
}

static int send_message(struct delivery *delivery, const struct gather *g)
{
        struct wire_msg msg = {.type = WIRE_OUTCOMES,
                               .outcomes = {.fabric = text_of(delivery->fabric)}};
        int64_t now = clock_boot_ms();
        int r;

        msgpack_sbuffer_clear(&delivery->elements);
        msgpack_sbuffer_clear(&delivery->frame);
        for (unsigned i = 0; i < g->count; i++)
                wire_pack_outcome(&delivery->elements, &g->found[i]);
        msg.outcomes.outcomes = wire_list_of(&delivery->elements, g->count);
        wire_pack(&delivery->frame, &msg);
        r = chan_send(delivery->outcomes, delivery->frame.data, delivery->frame.size);
        if (r != 0)
                return r;
        for (unsigned i = 0; i < g->count; i++)
                delivery->on_way[delivery->count++] = (struct on_way){
                    .id = g->found[i].id, .version = g->found[i].version, .sent_ms = now};
        return 0;
}

int delivery_pump(struct delivery *delivery)
{
        int64_t now = clock_boot_ms();

        if (delivery->held || now < delivery->blocked_until_ms)
                return 0;
        forget_late(delivery, now);
        while (!delivery->idle && delivery->count < ON_WAY_MAX) {
                struct gather g = {.delivery = delivery};
                uint64_t cursor = delivery->cursor;
                int r = store_view(delivery->store, gather_in, &g);

                if (r == 0 && g.stale_count > 0)
                        r = store_update(delivery->store, drop_stale_in, &g);
                if (r != 0 && r != -ENOSPC) /* with a full disk they stay, and are passed over */
                        return r;
                if (g.count == 0)
                        return 0;
                r = send_message(delivery, &g);
                if (r != 0) {
                        delivery->cursor = cursor;
                        delivery->blocked_until_ms = now + BLOCKED_MS;
                        return r == CHAN_E_AGAIN ? 0 : r;
                }
        }
        return 0;
}

struct receipts {
        const struct state *before;
        struct wire_list list;
        struct state state; /* set by the transaction */
};

static int receive_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct receipts *receipts = userdata;
        struct wire_list list = receipts->list;
        struct wire_receipt receipt;
        int r = 0;

        receipts->state = *receipts->before;
        while (r == 0 && wire_next_receipt(&list, &receipt)) {
                receipts->state.written += receipt.attributes;
                r = outbox_settle(&w, receipt.id, receipt.version);
        }
        return r == 0 ? state_save(&w, &receipts->state) : r;
}

int delivery_receive(struct delivery *delivery, const struct wire_written *written)
{
        struct receipts receipts = {.before = delivery->state, .list = written->receipts};
        struct wire_list list = written->receipts;
        struct wire_receipt receipt;
        int r = store_update(delivery->store, receive_in, &receipts);

        if (r != 0)
                return r;
        *delivery->state = receipts.state;
        while (wire_next_receipt(&list, &receipt)) {
                struct on_way *entry = find(delivery, receipt.id);

                if (entry && entry->version <= receipt.version)
                        forget(delivery, entry);
                if (receipt.result != WRITTEN_DONE)
                        log_warn(delivery->log, "ThreatQ cannot show an outcome id=%llu reason=%s",
                                 (unsigned long long)receipt.id,
                                 receipt.result == WRITTEN_GONE ? "\"no such indicator\""
                                                                : "\"refused\"");
        }
        delivery->idle = false;
        return 0;
}
