#include "publisher/push.h"

#include "common/clock.h"
#include "publisher/cycle.h"
#include "publisher/dxl/tie.h"
#include "publisher/outbox.h"
#include "publisher/settle.h"
#include "publisher/slots.h"
#include "publisher/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PUSH_HOLD_MS = 50 /* what is done waits at most this long for company in its commit */ };

struct push {
        struct push_options o;
        unsigned window;
        struct slots slots;
        struct health health;
        bool allowed;
        bool spent;            /* no quota was left when it was wanted last */
        bool looked;           /* the queue was looked at and had no more to give */
        int64_t hold_since_ms; /* since when something could be committed; -1: nothing */
};

struct crash {
        const struct state *before;
        struct state state; /* set by the transaction */
        unsigned in_flight;
};

static int after_crash(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};
        struct crash *crash = userdata;
        int r;

        crash->state = *crash->before;
        r = settle_after_crash(&w, &crash->state, clock_wall_s(), &crash->in_flight);
        return r == 0 ? state_save(&w, &crash->state) : r;
}

int push_open(const struct push_options *options, struct push **ret)
{
        _cleanup_(push_closep) struct push *push = calloc(1, sizeof(*push));
        struct crash crash = {.before = options->state};
        int r;

        if (!push)
                return -ENOMEM;
        push->o = *options;
        push->window = options->config->publisher.window;
        push->hold_since_ms = -1;
        push->health =
            (struct health){.dxl = options->dxl,
                            .log = options->log,
                            .request_timeout_ms = options->config->publisher.request_timeout_ms,
                            .retry_delay_ms = options->config->publisher.retry_delay_ms};
        r = slots_init(&push->slots, push->window);
        if (r == 0)
                r = store_update(options->store, after_crash, &crash);
        if (r != 0)
                return r;
        *options->state = crash.state;
        if (crash.in_flight > 0)
                log_info(options->log, "requests that were in flight go out again count=%u",
                         crash.in_flight);
        *ret = push;
        push = NULL;
        return 0;
}

void push_close(struct push *push)
{
        if (!push)
                return;
        slots_done(&push->slots);
        free(push);
}

void push_rest(struct push *push)
{
        push->looked = true;
}

void push_allow(struct push *push, bool allowed)
{
        push->allowed = allowed;
        push->looked = false;
}

unsigned push_outstanding(const struct push *push)
{
        return slots_outstanding(&push->slots);
}

const struct health *push_health(const struct push *push)
{
        return &push->health;
}

/* ---- what came back ---- */

static void ask(struct push *push, struct slot *slot)
{
        char payload[TIE_PAYLOAD_MAX];
        size_t len = tie_get_payload(&slot->entry.hash, 1, payload);

        slot->phase = SLOT_GET;
        if (dxl_fabric_request(push->o.dxl, slots_tag(&push->slots, slot), tie_topic_get, payload,
                               len) != 0)
                slots_finish(&push->slots, slot);
}

static bool may_ask(const struct push *push)
{
        return push->o.rule->enrichment &&
               breaker_allowance(&push->health.get, push->window, clock_boot_ms()) > 0;
}

static void finish_set(struct push *push, struct slot *slot, const struct dxl_completion *c)
{
        slot->result = c->result;
        slot->error_code = c->error_code;
        text_copy(text_of(c->error_text), slot->error_text, sizeof(slot->error_text));
        health_set_ended(&push->health, c, clock_boot_ms());
        if (c->result == DXL_ERROR)
                log_debug(push->o.log, "set refused id=%llu code=0x%08x text=%s",
                          (unsigned long long)slot->entry.id, c->error_code,
                          LOG_Q(text_of(c->error_text)));
        if (c->result == DXL_ANSWERED && may_ask(push))
                ask(push, slot);
        else
                slots_finish(&push->slots, slot);
}

static void finish_get(struct push *push, struct slot *slot, const struct dxl_completion *c)
{
        health_get_ended(&push->health, c, clock_boot_ms());
        if (c->result == DXL_ANSWERED &&
            tie_get_parse(c->payload, c->payload_len, &slot->enrichment) != 0)
                log_debug(push->o.log, "reputation answer not understood id=%llu",
                          (unsigned long long)slot->entry.id);
        slots_finish(&push->slots, slot);
}

static void take_completions(struct push *push)
{
        struct dxl_completion c;

        while (dxl_fabric_next(push->o.dxl, &c)) {
                struct slot *slot = slots_find(&push->slots, c.tag);

                if (slot && slot->phase == SLOT_SET)
                        finish_set(push, slot, &c);
                else if (slot)
                        finish_get(push, slot, &c);
                else
                        health_take(&push->health, &c);
                free(c.payload);
        }
}

static void send_set(struct push *push, const struct entry *entry)
{
        struct slot *slot = slots_take(&push->slots, entry);
        struct tie_set set = {.hashes = &entry->hash, .hash_count = 1, .level = entry->level};
        char payload[TIE_PAYLOAD_MAX];
        size_t len = tie_set_payload(&set, payload);

        if (dxl_fabric_request(push->o.dxl, slots_tag(&push->slots, slot), tie_topic_set, payload,
                               len) != 0) {
                slot->result = DXL_NOT_SENT;
                slots_finish(&push->slots, slot);
        }
}

static unsigned min_u(uint64_t a, uint64_t b)
{
        return (unsigned)(a < b ? a : b);
}

unsigned push_carried(unsigned window)
{
        return window > 2 * PREFLIGHT_REQUESTS ? window : window + PREFLIGHT_REQUESTS;
}

static uint64_t left(struct push *push, int64_t now)
{
        uint64_t left = quota_left(push->o.quota, now);

        if (left == 0 && !push->spent)
                trace_spent(push->o.log, push->o.quota, now);
        push->spent = left == 0;
        return left;
}

/* How many entries may be reserved now. Slots that are done come free with the transaction. */
static unsigned wanted(struct push *push, int64_t now)
{
        unsigned busy = push_outstanding(push);
        unsigned room = push_carried(push->window) - preflight_awaited(&push->health.preflight);
        unsigned allowance = breaker_allowance(&push->health.set, push->window, now);

        if (!push->allowed || push->looked || !push->health.connected)
                return 0;
        if (allowance > room)
                allowance = room;
        return allowance > busy ? min_u(allowance - busy, left(push, now)) : 0;
}

static int cycle_run(struct push *push, unsigned want, int64_t now)
{
        _cleanup_(freep) struct entry *next = calloc(want > 0 ? want : 1, sizeof(*next));
        struct cycle c = {.store = push->o.store,
                          .quota = push->o.quota,
                          .slots = &push->slots,
                          .before = push->o.state,
                          .want = want,
                          .boot_ms = now,
                          .next = next,
                          .times = {.now_ms = quota_time(push->o.quota, now),
                                    .wall_s = clock_wall_s(),
                                    .retry_delay_ms = push->o.config->publisher.retry_delay_ms}};
        bool again = false; /* what did not succeed may be queued again */
        int r = next ? cycle_commit(&c) : -ENOMEM;

        if (r != 0)
                return r;
        *push->o.state = c.state;
        if (want > 0)
                push->looked = !c.more;
        for (unsigned i = 0; i < push->slots.size; i++) {
                struct slot *slot = &push->slots.slot[i];

                if (slot->phase != SLOT_DONE)
                        continue;
                again = again || slot->result != DXL_ANSWERED;
                trace_settled(push->o.log, slot, c.times.retry_delay_ms);
                slots_release(&push->slots, slot);
        }
        if (c.reserved > 0)
                quota_commit(push->o.quota, c.reserved, now);
        for (unsigned i = 0; i < c.reserved; i++) {
                trace_sends(push->o.log, &next[i]);
                send_set(push, &next[i]);
        }
        push->looked = push->looked && !again;
        push->hold_since_ms = again ? now : -1;
        return 0;
}

/* A commit waits for company: for a quarter of the window, an empty wire, or PUSH_HOLD_MS. */
static bool cycle_due(const struct push *push, unsigned want, int64_t now)
{
        unsigned enough = push->window / 4 > 0 ? push->window / 4 : 1;
        unsigned work = push->slots.done > want ? push->slots.done : want;

        if (work == 0)
                return false;
        return work >= enough || push_outstanding(push) == 0 ||
               (push->hold_since_ms >= 0 && now - push->hold_since_ms >= PUSH_HOLD_MS);
}

int push_pump(struct push *push)
{
        int64_t now = clock_boot_ms();
        unsigned want;
        int r = 0;

        health_look(&push->health, now);
        take_completions(push);
        if (push->allowed)
                health_wants(&push->health);
        want = wanted(push, now);
        if (cycle_due(push, want, now))
                r = cycle_run(push, want, now);
        else if (want == 0 && push->slots.done == 0)
                push->hold_since_ms = -1; /* nothing to hold */
        else if (push->hold_since_ms < 0)
                push->hold_since_ms = now;
        return r;
}

int64_t push_wait_ms(const struct push *push)
{
        int64_t left;

        if (push->hold_since_ms < 0)
                return -1;
        left = push->hold_since_ms + PUSH_HOLD_MS - clock_boot_ms();
        return left > 0 ? left : 0;
}
