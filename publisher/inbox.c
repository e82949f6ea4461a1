#include "publisher/inbox.h"

#include "publisher/intake.h"
#include "publisher/outbox.h"
#include "publisher/recent.h"

#include <errno.h>
#include <string.h>

struct held {
        uint8_t *data; /* kept between frames: fresh pages are dear */
        size_t size;
        struct wire_msg msg; /* points into data */
};

struct inbox {
        struct held held[INBOX_MAX];
        unsigned count;
};

int inbox_open(struct inbox **ret)
{
        struct inbox *inbox = calloc(1, sizeof(*inbox));

        if (!inbox)
                return -ENOMEM;
        *ret = inbox;
        return 0;
}

void inbox_close(struct inbox *inbox)
{
        if (!inbox)
                return;
        for (unsigned i = 0; i < INBOX_MAX; i++)
                free(inbox->held[i].data);
        free(inbox);
}

int inbox_add(struct inbox *inbox, const void *frame, size_t len)
{
        struct held *held = &inbox->held[inbox->count];

        if (held->size < len) {
                uint8_t *data = realloc(held->data, len);

                if (!data)
                        return -ENOMEM;
                held->data = data;
                held->size = len;
        }
        memcpy(held->data, frame, len);
        if (wire_decode(held->data, len, &held->msg) == 0)
                inbox->count++;
        return 0;
}

bool inbox_full(const struct inbox *inbox)
{
        return inbox->count == INBOX_MAX;
}

unsigned inbox_count(const struct inbox *inbox)
{
        return inbox->count;
}

const struct wire_msg *inbox_at(const struct inbox *inbox, unsigned i)
{
        return &inbox->held[i].msg;
}

void inbox_clear(struct inbox *inbox)
{
        inbox->count = 0;
}

struct commit {
        const struct inbox *inbox;
        const struct state *before;
        struct state state;    /* set by the transaction */
        struct wire_push push; /* likewise: of the last message that was taken */
        bool taken;
};

/* What a message that is not stale says to the publisher itself. */
static int take_rule(struct work *w, struct commit *c, const struct wire_push *push)
{
        c->push = *push;
        c->taken = true;
        return rule_save(w, push);
}

static int apply_batch(struct work *w, struct commit *c, const struct wire_batch *batch)
{
        enum intake what = intake_judge(&c->state, batch->sweep, batch->started_at);
        struct wire_list items = batch->items;
        struct wire_item item;
        int r;

        if (what == INTAKE_STALE)
                return 0;
        if (what == INTAKE_NEW)
                intake_begin(&c->state, batch->sweep, batch->started_at, batch->kind);
        r = take_rule(w, c, &batch->push);
        while (r == 0 && wire_next_item(&items, &item))
                r = intake_item(w, &c->state, &item);
        return r;
}

static int apply_end(struct work *w, struct commit *c, const struct wire_sweep_end *end)
{
        enum intake what = intake_judge(&c->state, end->sweep, end->started_at);

        if (what == INTAKE_STALE)
                return 0;
        if (what == INTAKE_NEW) /* a sweep without a page */
                intake_begin(&c->state, end->sweep, end->started_at, end->kind);
        c->state.ended = true;
        return take_rule(w, c, &end->push);
}

static int commit_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct commit *c = userdata;
        int r = 0;

        c->state = *c->before;
        c->taken = false;
        for (unsigned i = 0; i < c->inbox->count && r == 0; i++) {
                const struct wire_msg *msg = &c->inbox->held[i].msg;

                if (msg->type == WIRE_BATCH)
                        r = apply_batch(&w, c, &msg->batch);
                else if (msg->type == WIRE_SWEEP_END)
                        r = apply_end(&w, c, &msg->sweep_end);
        }
        return r == 0 ? state_save(&w, &c->state) : r;
}

int inbox_commit(struct inbox *inbox, const struct config_fabric *fabric, struct vault *vault,
                 struct log *log)
{
        struct commit c = {.inbox = inbox, .before = &vault->state};
        int r =
            recent_tidy(vault->store); /* what is adopted must not pile up until the first push */

        if (r == 0)
                r = store_update(vault->store, commit_in, &c);
        if (r != 0)
                return r;
        vault->state = c.state;
        if (c.taken) {
                struct rule now = rule_of(fabric, &c.push);

                rule_log_change(log, &vault->rule, &now);
                vault->rule = now;
                quota_set_limit(vault->quota, vault->rule.daily_limit);
        }
        return 0;
}
