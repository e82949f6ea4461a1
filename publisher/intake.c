#include "publisher/intake.h"

#include "publisher/failed.h"
#include "publisher/shared.h"

enum intake intake_judge(const struct state *state, uint64_t sweep, int64_t started_at)
{
        if (sweep == state->sweep && started_at == state->started_at)
                return state->ended ? INTAKE_STALE : INTAKE_TAKE;
        /* Either one that rose is enough: the wall clock may go back, a fetcher may lose its store.
         */
        if (sweep > state->sweep || started_at > state->started_at)
                return INTAKE_NEW;
        return INTAKE_STALE;
}

void intake_begin(struct state *state, uint64_t sweep, int64_t started_at, enum sweep_kind kind)
{
        *state = (struct state){
            .sweep = sweep,
            .started_at = started_at,
            .kind = kind,
            .version = state->version,
            .written = state->written,
        };
}

static bool same_setting(const struct entry *a, const struct entry *b)
{
        return a->level == b->level && hash_eq(&a->hash, &b->hash);
}

static bool same_place(const struct entry *a, const struct entry *b)
{
        return a->override == b->override && a->score == b->score && a->created_at == b->created_at;
}

/* Whether the wanted setting is in flight already: then nothing else may wait behind it. */
static int in_flight(struct work *w, const struct entry *wanted, bool *ret)
{
        struct entry there;
        int r = inflight_get(w, wanted->id, &there);

        *ret = r == 0 && same_setting(&there, wanted);
        return r == STORE_E_NONE ? 0 : r;
}

/* Whether the wanted setting waits for its next try: it goes on waiting, with its place renewed. */
static int in_retry(struct work *w, struct entry *wanted, bool *ret)
{
        struct entry there;
        int64_t due_ms;
        int r = retry_get(w, wanted->id, &there, &due_ms);

        *ret = r == 0 && same_setting(&there, wanted);
        if (!*ret)
                return r == STORE_E_NONE ? 0 : r;
        wanted->errors = there.errors;
        wanted->timeouts = there.timeouts;
        wanted->last_try = there.last_try;
        return same_place(&there, wanted) ? 0 : retry_put(w, wanted, due_ms);
}

/* Whether the wanted setting stands in the queue at its right place already. */
static int in_order(struct work *w, const struct item *old, const struct entry *wanted, bool *ret)
{
        struct entry there;
        int r;

        *ret = false;
        if (old->reason != REASON_QUEUED || !same_place(&old->entry, wanted))
                return 0;
        r = queue_get(w, wanted, &there);
        *ret = r == 0 && same_setting(&there, wanted);
        return r == STORE_E_NONE ? 0 : r;
}

/* Queues what is wanted where it belongs now, replacing what stood at the old place. */
static int place(struct work *w, const struct item *old, struct entry *wanted)
{
        bool there, flying = false;
        int r = in_order(w, old, wanted, &there);

        if (r == 0 && !there)
                r = in_retry(w, wanted, &there);
        if (r != 0 || there)
                return r;
        r = in_flight(w, wanted, &flying);
        if (r == 0 && old->reason == REASON_QUEUED)
                r = queue_remove(w, &old->entry);
        if (r != 0 || flying)
                return r;
        r = failed_is(w, wanted->id, wanted->level, &wanted->last_try);
        return r == 0 ? queue_put(w, wanted) : r;
}

/* Whether this store knows of a request to set the entry: told, in flight, or answered badly. */
static int tried(struct work *w, const struct entry *entry, bool *ret)
{
        struct shared shared;
        struct entry there;
        int64_t due_ms;
        int r = shared_get(w, &entry->hash, &shared);

        if (r == STORE_E_NONE)
                r = inflight_get(w, entry->id, &there);
        if (r == STORE_E_NONE)
                r = retry_get(w, entry->id, &there, &due_ms);
        *ret = r == 0;
        return r == STORE_E_NONE ? failed_is(w, entry->id, entry->level, ret) : r;
}

/* Takes over what an earlier connector told the fabric by ThreatQ's word, where the own memory has
 * nothing to say. */
static int adopt(struct work *w, const struct state *state, const struct entry *entry, bool *ret)
{
        bool known = false;
        int r = tried(w, entry, &known);

        *ret = r == 0 && !known;
        return *ret ? shared_put(w, entry, 0, state->started_at) : r;
}

/* Where a candidate stands: told already, or queued. */
static int judge_candidate(struct work *w, const struct state *state, const struct item *old,
                           const struct wire_item *item, struct item *ret)
{
        bool holds;
        int r = shared_holds(w, &item->hash, item->level, &holds);

        if (r == 0 && !holds && item->adopt)
                r = adopt(w, state, &ret->entry, &holds);
        if (r != 0)
                return r;
        ret->reason = holds ? (unsigned)REASON_SHARED : (unsigned)REASON_QUEUED;
        return holds ? 0 : place(w, old, &ret->entry);
}

static unsigned reason_of(enum verdict verdict)
{
        return verdict == VERDICT_COLLECTION ? (unsigned)REASON_COLLECTION : (unsigned)verdict;
}

int intake_item(struct work *w, struct state *state, const struct wire_item *item)
{
        struct item old = {.reason = REASON_COUNT};
        struct item now = {.sweep = sweep_mark(state->sweep, state->started_at),
                           .reason = reason_of(item->verdict),
                           .entry = {.id = item->id,
                                     .hash = item->hash,
                                     .level = item->level,
                                     .override = item->override,
                                     .score = item->score,
                                     .created_at = item->created_at}};
        int r = item_get(w, item->id, &old);
        bool seen = r == 0;

        if (r != 0 && r != STORE_E_NONE)
                return r;
        /* A page of the saved search has judged it already: the other pages do not know of it. */
        if (seen && old.sweep == now.sweep && item->verdict == VERDICT_COLLECTION)
                return 0;
        r = item->verdict == VERDICT_CANDIDATE ? judge_candidate(w, state, &old, item, &now) : 0;
        if (r == 0 && old.reason == REASON_QUEUED && now.reason != REASON_QUEUED)
                r = queue_remove(w, &old.entry);
        if (r != 0)
                return r;
        if (seen && old.sweep == now.sweep)
                state->counts[old.reason]--;
        else
                state->fetched++;
        state->counts[now.reason]++;
        return item_put(w, item->id, &now);
}
