#include "publisher/settle.h"

#include "publisher/dxl/fault.h"
#include "publisher/failed.h"
#include "publisher/journal.h"
#include "publisher/outbox.h"
#include "publisher/shared.h"

#include <string.h>

int64_t settle_delay_ms(int64_t retry_delay_ms, unsigned tries)
{
        int64_t delay = retry_delay_ms;

        for (unsigned i = 1; i < tries && delay < SETTLE_MAX_DELAY_MS; i++)
                delay *= 2;
        return delay < SETTLE_MAX_DELAY_MS ? delay : SETTLE_MAX_DELAY_MS;
}

static int settle_taken(struct work *w, struct state *state, const struct slot *slot,
                        const struct settle_times *times)
{
        const struct entry *entry = &slot->entry;
        int r = outbox_put(w, state, entry, entry->override ? SHARE_OVERRIDE : SHARE_SHARED,
                           &slot->enrichment);

        if (r == 0)
                r = shared_put(w, entry, state->version, times->wall_s);
        if (r != 0)
                return r;
        state->sent++;
        return failed_del(w, entry->id);
}

bool settle_final(const struct entry *entry)
{
        return entry->last_try || entry->errors >= SETTLE_RETRIES;
}

/* The fabric still holds what it held before the request. */
static int settle_unchanged(struct work *w, const struct entry *entry)
{
        bool was;

        return entry->was_uncertain ? 0 : shared_mark(w, &entry->hash, false, &was);
}

static int note_failure(struct work *w, const struct slot *slot, const struct settle_times *times)
{
        struct failure failure = {.id = slot->entry.id,
                                  .level = slot->entry.level,
                                  .code = slot->error_code,
                                  .at = times->wall_s,
                                  .hash = slot->entry.hash};

        memcpy(failure.text, slot->error_text, sizeof(failure.text));
        return failed_put(w, &failure);
}

static int settle_refused(struct work *w, struct state *state, const struct slot *slot,
                          const struct settle_times *times)
{
        struct entry entry = slot->entry;
        int r = settle_unchanged(w, &entry);
        bool queued;

        if (r != 0)
                return r;
        entry.errors++;
        if (!settle_final(&slot->entry))
                return queue_again(
                    w, &entry, times->now_ms + settle_delay_ms(times->retry_delay_ms, entry.errors),
                    &queued);
        state->failed++;
        r = note_failure(w, slot, times);
        return r == 0 ? outbox_put(w, state, &entry, SHARE_FAILED, &slot->enrichment) : r;
}

static int settle_unanswered(struct work *w, struct state *state, const struct slot *slot,
                             const struct settle_times *times)
{
        struct entry entry = slot->entry;
        int64_t due_ms = 0;
        bool queued;
        int r;

        /* A lost connection says nothing of this entry; silence may be about it alone. */
        if (slot->result != DXL_DISCONNECTED) {
                if (entry.timeouts < UINT8_MAX)
                        entry.timeouts++;
                due_ms = times->now_ms + settle_delay_ms(times->retry_delay_ms, entry.timeouts);
        }
        r = queue_again(w, &entry, due_ms, &queued);
        if (r != 0 || !queued)
                return r;
        return outbox_put(w, state, &entry, SHARE_PENDING, &slot->enrichment);
}

/* An error of the fabric is no answer of TIE, and whether TIE saw the request is not known. When
 * the service was not found, another instance may be there already: once, it goes out again at
 * once. */
static int settle_undelivered(struct work *w, struct state *state, const struct slot *slot,
                              const struct settle_times *times)
{
        struct entry entry = slot->entry;
        bool queued;

        if (dxl_fault_of(slot->error_code) != DXL_FAULT_NO_SERVICE || entry.undelivered)
                return settle_unanswered(w, state, slot, times);
        entry.undelivered = true;
        return queue_again(w, &entry, 0, &queued);
}

static int settle_unsent(struct work *w, const struct slot *slot)
{
        int r = settle_unchanged(w, &slot->entry);
        bool queued;

        return r == 0 ? queue_again(w, &slot->entry, 0, &queued) : r;
}

/* What is not sent is no request. */
static int note(struct work *w, const struct slot *slot, const struct settle_times *times)
{
        static const enum journal_answer answers[] = {[DXL_ANSWERED] = JOURNAL_TAKEN,
                                                      [DXL_ERROR] = JOURNAL_REFUSED,
                                                      [DXL_TIMEOUT] = JOURNAL_SILENT,
                                                      [DXL_DISCONNECTED] = JOURNAL_CUT};
        enum journal_answer answer;
        struct journal_entry entry;

        if (slot->result == DXL_NOT_SENT)
                return 0;
        answer = answers[slot->result];
        if (answer == JOURNAL_REFUSED && dxl_fault_of(slot->error_code) != DXL_FAULT_NONE)
                answer = JOURNAL_UNDELIVERED;
        entry = journal_entry_of(&slot->entry, answer,
                                 slot->result == DXL_ERROR ? slot->error_code : 0, times->wall_s);
        return journal_put(w, &entry);
}

int settle_slot(struct work *w, struct state *state, const struct slot *slot,
                const struct settle_times *times)
{
        int r = inflight_del(w, slot->entry.id);

        if (r == 0)
                r = note(w, slot, times);
        if (r != 0)
                return r;
        switch (slot->result) {
        case DXL_ANSWERED:
                return settle_taken(w, state, slot, times);
        case DXL_ERROR:
                if (dxl_fault_of(slot->error_code) != DXL_FAULT_NONE)
                        return settle_undelivered(w, state, slot, times);
                return settle_refused(w, state, slot, times);
        case DXL_TIMEOUT:
        case DXL_DISCONNECTED:
                return settle_unanswered(w, state, slot, times);
        case DXL_NOT_SENT:
        default:
                return settle_unsent(w, slot);
        }
}

int settle_after_crash(struct work *w, struct state *state, int64_t wall_s, unsigned *ret)
{
        struct journal_entry line;
        struct entry entry;
        bool queued;
        int r;

        *ret = 0;
        while ((r = inflight_next(w, 0, &entry)) == 0) {
                r = inflight_del(w, entry.id);
                line = journal_entry_of(&entry, JOURNAL_ORPHANED, 0, wall_s);
                if (r == 0)
                        r = journal_put(w, &line);
                if (r == 0)
                        r = queue_again(w, &entry, 0, &queued);
                if (r == 0 && queued)
                        r = outbox_put(w, state, &entry, SHARE_PENDING, &outbox_nothing_known);
                if (r != 0)
                        return r;
                (*ret)++;
        }
        return r == STORE_E_NONE ? 0 : r;
}
