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

static int apply_batch(struct work *w, struct state *state, const struct wire_batch *batch)
{
        enum intake what = intake_judge(state, batch->sweep, batch->started_at);
        struct wire_list items = batch->items;
        struct wire_item item;
        int r = 0;

        if (what == INTAKE_STALE)
                return 0;
        if (what == INTAKE_NEW)
                intake_begin(state, batch->sweep, batch->started_at, batch->kind);
        while (r == 0 && wire_next_item(&items, &item))
                r = intake_item(w, state, &item);
        return r;
}

static void apply_end(struct state *state, const struct wire_sweep_end *end)
{
        enum intake what = intake_judge(state, end->sweep, end->started_at);

        if (what == INTAKE_STALE)
                return;
        if (what == INTAKE_NEW) /* a sweep without a page */
                intake_begin(state, end->sweep, end->started_at, end->kind);
        state->ended = true;
}

struct commit {
        const struct inbox *inbox;
        const struct state *before;
        struct state state; /* set by the transaction */
};

static int commit_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct commit *c = userdata;
        int r = 0;

        c->state = *c->before;
        for (unsigned i = 0; i < c->inbox->count && r == 0; i++) {
                const struct wire_msg *msg = &c->inbox->held[i].msg;

                if (msg->type == WIRE_BATCH)
                        r = apply_batch(&w, &c->state, &msg->batch);
                else if (msg->type == WIRE_SWEEP_END)
                        apply_end(&c->state, &msg->sweep_end);
        }
        return r == 0 ? state_save(&w, &c->state) : r;
}

int inbox_commit(struct inbox *inbox, struct store *store, struct state *state)
{
        struct commit c = {.inbox = inbox, .before = state};
        int r = recent_tidy(store); /* what is adopted must not pile up until the first push */

        if (r == 0)
                r = store_update(store, commit_in, &c);
        if (r == 0)
                *state = c.state;
        return r;
}
