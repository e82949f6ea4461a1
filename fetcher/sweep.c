#include "fetcher/sweep.h"

#include "common/wire.h"

#include <errno.h>

/* When something unacknowledged is sent again. */
struct resend {
        bool sent;
        int64_t first_at; /* when it was sent first */
        int64_t due_at;
        int64_t gap_ms;
};

struct waiting_page {
        uint32_t number;
        struct sweep_page content;
        struct resend resend;
        uint64_t acked;
        uint64_t urgent; /* fabrics that have restarted since */
};

struct fabric_state {
        int64_t heard_at;
        int64_t acked_at;
        struct resend end;
};

struct sweep {
        struct sweep_spec spec;
        uint64_t active;
        uint64_t ended;
        uint64_t off;
        uint64_t urgent_ends;
        bool paged;
        struct waiting_page *window[SWEEP_WINDOW_MAX]; /* the oldest first */
        unsigned count;
        size_t bytes;
        struct fabric_state fabrics[SWEEP_FABRICS_MAX];
};

static uint64_t bit(unsigned fabric)
{
        return (uint64_t)1 << fabric;
}

static void note_sent(struct resend *r, int64_t now)
{
        if (!r->sent) {
                r->sent = true;
                r->first_at = now;
                r->gap_ms = SWEEP_RESEND_MS;
        } else {
                r->gap_ms *= 2;
                if (r->gap_ms > SWEEP_RESEND_MAX_MS)
                        r->gap_ms = SWEEP_RESEND_MAX_MS;
        }
        r->due_at = now + r->gap_ms;
}

/* Who was sent it has restarted: it starts over. */
static void restart(struct resend *r, int64_t now)
{
        r->gap_ms = SWEEP_RESEND_MS / 2;
        if (r->due_at > now + SWEEP_RESEND_AGAIN_MS)
                r->due_at = now + SWEEP_RESEND_AGAIN_MS;
}

int sweep_open(const struct sweep_spec *spec, int64_t now, struct sweep **ret)
{
        struct sweep *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->spec = *spec;
        if (s->spec.window > SWEEP_WINDOW_MAX)
                s->spec.window = SWEEP_WINDOW_MAX;
        s->active = spec->targets;
        s->ended = spec->ended & spec->targets;
        for (unsigned f = 0; f < SWEEP_FABRICS_MAX; f++) {
                /* The targets were heard just now: that is why they are targets. */
                s->fabrics[f].heard_at = spec->targets & bit(f) ? now : INT64_MIN / 2;
        }
        *ret = s;
        return 0;
}

static void free_page(struct waiting_page *page)
{
        msgpack_sbuffer_destroy(&page->content.packed);
        free(page);
}

void sweep_close(struct sweep *s)
{
        if (!s)
                return;
        for (unsigned i = 0; i < s->count; i++)
                free_page(s->window[i]);
        free(s);
}

void sweep_heard(struct sweep *s, unsigned fabric, bool restarted, int64_t now)
{
        s->fabrics[fabric].heard_at = now;
        if (!restarted)
                return;
        for (unsigned i = 0; i < s->count; i++) {
                struct waiting_page *w = s->window[i];

                if (!w->resend.sent || (w->acked & bit(fabric)))
                        continue;
                w->urgent |= bit(fabric);
                restart(&w->resend, now);
        }
        if (s->fabrics[fabric].end.sent) {
                s->urgent_ends |= bit(fabric);
                restart(&s->fabrics[fabric].end, now);
        }
}

void sweep_acked(struct sweep *s, unsigned fabric, uint32_t page, int64_t now)
{
        if (!(s->active & bit(fabric)))
                return;
        if (page == WIRE_PAGE_END) {
                if (s->fabrics[fabric].end.sent) {
                        s->ended |= bit(fabric);
                        s->fabrics[fabric].acked_at = now;
                }
                return;
        }
        for (unsigned i = 0; i < s->count; i++) {
                struct waiting_page *w = s->window[i];

                if (w->number == page && w->resend.sent && !(w->acked & bit(fabric))) {
                        w->acked |= bit(fabric);
                        s->fabrics[fabric].acked_at = now;
                }
        }
}

bool sweep_wants_page(const struct sweep *s)
{
        return !s->paged && s->count < s->spec.window &&
               (s->count == 0 || s->bytes < SWEEP_WINDOW_BYTES_MAX);
}

int sweep_add(struct sweep *s, struct sweep_page *page)
{
        struct waiting_page *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        w->number = s->spec.first_page++;
        w->content = *page;
        msgpack_sbuffer_init(&page->packed);
        /* A fabric that had its end before a restart has all pages. */
        w->acked = s->ended | s->off;
        s->bytes += w->content.packed.size;
        s->window[s->count++] = w;
        return 0;
}

void sweep_switch_off(struct sweep *s, uint64_t fabrics)
{
        s->off |= fabrics;
}

void sweep_paged(struct sweep *s)
{
        s->paged = true;
}

/* The oldest page that the fabric still owes; NULL when it has all. */
static const struct waiting_page *owed(const struct sweep *s, unsigned fabric)
{
        for (unsigned i = 0; i < s->count; i++) {
                if (!(s->window[i]->acked & bit(fabric)))
                        return s->window[i];
        }
        return NULL;
}

static bool other_alive(const struct sweep *s, unsigned fabric, int64_t now)
{
        for (unsigned f = 0; f < SWEEP_FABRICS_MAX; f++) {
                if (f != fabric && now - s->fabrics[f].heard_at < SWEEP_SILENT_MS)
                        return true;
        }
        return false;
}

static bool must_leave(const struct sweep *s, unsigned fabric, int64_t now)
{
        const struct fabric_state *f = &s->fabrics[fabric];
        const struct waiting_page *page = owed(s, fabric);
        const struct resend *first = page ? &page->resend : &f->end;
        uint64_t others = s->active & ~s->off & ~bit(fabric);
        bool others_ahead = page ? others & (page->acked | s->ended) : others & s->ended;
        int64_t quiet_since = first->first_at > f->acked_at ? first->first_at : f->acked_at;

        if (!other_alive(s, fabric, now))
                return false;
        if (now - f->heard_at >= SWEEP_SILENT_MS)
                return true;
        return first->sent &&
               now - quiet_since >= (others_ahead ? SWEEP_STUCK_MS : SWEEP_STALLED_MS);
}

uint64_t sweep_leave_behind(struct sweep *s, int64_t now)
{
        uint64_t left = 0;

        for (unsigned f = 0; f < SWEEP_FABRICS_MAX && !s->spec.patient; f++) {
                if ((s->active & ~s->ended & bit(f)) && must_leave(s, f, now))
                        left |= bit(f);
        }
        s->active &= ~left;
        return left;
}

void sweep_leave(struct sweep *s, uint64_t fabrics)
{
        s->active &= ~fabrics;
}

static bool next_page_send(struct sweep *s, int64_t now, struct sweep_send *ret)
{
        for (unsigned i = 0; i < s->count; i++) {
                const struct waiting_page *w = s->window[i];
                uint64_t owing = s->active & ~w->acked;
                bool due = !w->resend.sent || now >= w->resend.due_at;
                uint64_t targets = due ? owing : owing & w->urgent;

                if (targets == 0)
                        continue;
                *ret = (struct sweep_send){
                    .page = w->number, .targets = targets, .content = &w->content};
                return true;
        }
        return false;
}

bool sweep_next_send(struct sweep *s, int64_t now, struct sweep_send *ret)
{
        if (next_page_send(s, now, ret))
                return true;
        for (unsigned f = 0; f < SWEEP_FABRICS_MAX; f++) {
                const struct resend *end = &s->fabrics[f].end;

                if (!(s->active & ~s->ended & bit(f)) || owed(s, f))
                        continue;
                if (!s->paged && !(s->off & bit(f)))
                        continue;
                if (end->sent && now < end->due_at && !(s->urgent_ends & bit(f)))
                        continue;
                *ret = (struct sweep_send){.end = true, .fabric = f, .page = WIRE_PAGE_END};
                return true;
        }
        return false;
}

void sweep_sent(struct sweep *s, const struct sweep_send *send, int64_t now)
{
        if (send->end) {
                struct resend *end = &s->fabrics[send->fabric].end;

                s->urgent_ends &= ~bit(send->fabric);
                if (!end->sent || now >= end->due_at)
                        note_sent(end, now);
                return;
        }
        for (unsigned i = 0; i < s->count; i++) {
                struct waiting_page *w = s->window[i];

                if (w->number != send->page)
                        continue;
                w->urgent &= ~send->targets;
                if (!w->resend.sent || now >= w->resend.due_at)
                        note_sent(&w->resend, now);
        }
}

bool sweep_settle(struct sweep *s, struct sweep_page *ret, uint32_t *number)
{
        struct waiting_page *w = s->count > 0 ? s->window[0] : NULL;

        /* With nobody left to acknowledge it, nothing is settled. */
        if (!w || s->active == 0 || (s->active & ~w->acked) != 0)
                return false;
        *ret = w->content;
        *number = w->number;
        s->bytes -= w->content.packed.size;
        free(w);
        s->count--;
        for (unsigned i = 0; i < s->count; i++)
                s->window[i] = s->window[i + 1];
        return true;
}

uint64_t sweep_active(const struct sweep *s)
{
        return s->active;
}

uint64_t sweep_off(const struct sweep *s)
{
        return s->off;
}

uint64_t sweep_ended(const struct sweep *s)
{
        return s->ended;
}

bool sweep_done(const struct sweep *s)
{
        return (s->active & ~s->ended) == 0;
}

uint32_t sweep_next_page(const struct sweep *s)
{
        return s->spec.first_page;
}
