#include "publisher/story.h"

#include "common/clock.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>

/* Of a reason that is a mapper's verdict. */
static enum verdict verdict_of(unsigned reason)
{
        return reason == REASON_COLLECTION ? VERDICT_COLLECTION : (enum verdict)reason;
}

const char *story_verdict(unsigned reason)
{
        if (reason >= REASON_COUNT)
                return "?";
        if (reason == REASON_QUEUED)
                return "queued";
        return reason == REASON_SHARED ? "already_shared" : verdict_name(verdict_of(reason));
}

enum story_next story_next(const struct dossier *d)
{
        if (!d->judged)
                return STORY_UNKNOWN;
        if (d->queued || d->retrying)
                return STORY_WAITS;
        if (d->in_flight)
                return STORY_AWAITED;
        if (d->item.reason == REASON_SHARED)
                return d->told && !d->shared.uncertain ? STORY_NOTHING : STORY_PUSHED;
        if (d->item.reason != REASON_QUEUED)
                return STORY_NOTHING;
        if (d->told && !d->shared.uncertain && d->shared.level == d->item.entry.level)
                return STORY_NOTHING;
        return d->failed && d->failure.level == d->item.entry.level ? STORY_TRIED : STORY_PUSHED;
}

static const char *when(int64_t s, char out[32])
{
        clock_format_threatq(s, out);
        return out;
}

/* "40 s", "3 min", "5.2 h", "1.4 d". */
static const char *span(int64_t ms, char out[32])
{
        double s = (double)ms / 1000;

        if (s < 120)
                snprintf(out, 32, "%.0f s", s);
        else if (s < 7200)
                snprintf(out, 32, "%.0f min", s / 60);
        else if (s < 172800)
                snprintf(out, 32, "%.1f h", s / 3600);
        else
                snprintf(out, 32, "%.1f days", s / 86400);
        return out;
}

/* What the sweep saw that made it leave the indicator out, in brackets; empty when the reason says
 * all. */
static const char *seen(const struct item *item, char out[WORDS_CAUSE_MAX])
{
        char time[32];

        out[0] = '\0';
        if (!item_is_whole(item))
                return out;
        if (item->reason == VERDICT_SCORE)
                snprintf(out, WORDS_CAUSE_MAX, " (%.10g)", item->entry.score);
        else if (item->reason == VERDICT_UNMAPPED)
                snprintf(out, WORDS_CAUSE_MAX, " (%.10g, %s)", item->entry.score,
                         words_rule(false, item->entry.score));
        else if (item->reason == VERDICT_DAYS && item->entry.created_at == 0)
                snprintf(out, WORDS_CAUSE_MAX, " (ThreatQ gives no time)");
        else if (item->reason == VERDICT_DAYS)
                snprintf(out, WORDS_CAUSE_MAX, " (%s UTC)", when(item->entry.created_at, time));
        return out;
}

static void tell_unjudged(json_t *story, const struct dossier *d)
{
        words_say(
            story,
            "No sweep has brought this %s to this fabric: ThreatQ does not have it, or it is not "
            "asked for, being outside the widest `days`, `status` and `min_score` of all fabrics.",
            d->id != 0 ? "indicator" : "hash");
}

static void tell_judged(json_t *story, const struct dossier *d)
{
        int64_t at = sweep_mark_time(d->item.sweep);
        const char *sweep = d->current ? "The last sweep" : "A former sweep";
        char time[32], why[WORDS_CAUSE_MAX];

        if (item_has_level(&d->item))
                words_say(story, "%s, of %s UTC, judged it: %s makes it %s%s.", sweep,
                          when(at, time),
                          words_cause(d->item.entry.override, d->item.entry.score, why),
                          words_level(d->item.entry.level),
                          d->item.reason == REASON_QUEUED
                              ? ", and it was queued"
                              : "; the fabric was told the same before, so it was not queued");
        else if (d->item.reason == REASON_SHARED)
                words_say(
                    story,
                    "%s, of %s UTC, judged it: the fabric was told the same before, so it was not "
                    "queued.",
                    sweep, when(at, time));
        else
                words_say(story, "%s, of %s UTC, left it out: %s%s.", sweep, when(at, time),
                          words_left_out(verdict_of(d->item.reason)), seen(&d->item, why));
        if (!d->current)
                words_say(story, "The last sweep, of %s UTC, has not seen it.",
                          when(d->state.started_at, time));
        if (item_is_whole(&d->item) && !hash_eq(&d->item.entry.hash, &d->hash)) {
                char hex[HASH_MAX_HEX + 1];

                hash_format(&d->item.entry.hash, hex);
                words_say(story, "It has another hash in ThreatQ by now: %s.", hex);
        }
}

static void tell_queue(json_t *story, const struct dossier *d, const struct story_clock *now)
{
        char text[32];

        if (d->queued && now->queue_wait_ms > 0)
                words_say(story,
                          "It waits at place %" PRIu64 " of %" PRIu64
                          " in the queue, to be set to %s; the quota lets it out in %s.",
                          d->place, d->ready, words_level(d->queue.level),
                          span(now->queue_wait_ms, text));
        else if (d->queued)
                words_say(story,
                          "It waits at place %" PRIu64 " of %" PRIu64
                          " in the queue, to be set to %s; the quota that is left covers it.",
                          d->place, d->ready, words_level(d->queue.level));
        if (d->retrying) {
                int64_t wait = d->due_ms - now->ledger_ms;

                words_say(
                    story,
                    "It waits for its next try as %s%s%s, after %u error%s and %u time-out%s.",
                    words_level(d->retry.level), wait > 0 ? " in " : ", which is due",
                    wait > 0 ? span(wait, text) : "", d->retry.errors,
                    d->retry.errors == 1 ? "" : "s", d->retry.timeouts,
                    d->retry.timeouts == 1 ? "" : "s");
        }
        if (d->in_flight)
                words_say(story,
                          "It is in flight as %s: the request counts, its answer is not in yet.",
                          words_level(d->flight.level));
}

static void tell_requests(json_t *story, const struct dossier *d)
{
        static const char *const answers[JOURNAL_ANSWERS] = {
            [JOURNAL_TAKEN] = "TIE took it",
            [JOURNAL_REFUSED] = "TIE answered with an error",
            [JOURNAL_UNDELIVERED] = "the fabric did not deliver it",
            [JOURNAL_SILENT] = "no answer came in time",
            [JOURNAL_CUT] = "the connection was lost before an answer",
            [JOURNAL_ORPHANED] = "the publisher ended before an answer",
        };
        uint64_t shown = d->requests < DOSSIER_REQUESTS ? d->requests : DOSSIER_REQUESTS;
        char time[32], code[32];

        if (d->requests > shown)
                words_say(story, "%" PRIu64 " requests were made; the last %" PRIu64 " of them:",
                          d->requests, shown);
        for (uint64_t i = 0; i < shown; i++) {
                const struct journal_entry *e = &d->request[i];

                code[0] = '\0';
                if (e->code != 0)
                        snprintf(code, sizeof(code), ", 0x%08x", e->code);
                words_say(story, "%s UTC: %s was set (%s): %s%s.", when(e->at, time),
                          words_level(e->level), words_rule(e->override, e->score),
                          answers[e->answer], code);
        }
}

static void tell_told(json_t *story, const struct dossier *d)
{
        char time[32];

        if (d->told && d->shared.version == 0)
                words_say(
                    story,
                    "ThreatQ showed it as shared by an earlier connector; %s was taken over as "
                    "told, by the sweep of %s UTC.",
                    words_level(d->shared.level), when(d->shared.at, time));
        else if (d->told)
                words_say(story, "TIE took %s for this hash at %s UTC.",
                          words_level(d->shared.level), when(d->shared.at, time));
        else if (d->hash.type != HASH_NONE)
                words_say(story, "TIE has taken no reputation for this hash.");
        if (d->told && d->id != 0 && d->shared.id != d->id)
                words_say(story, "That was for indicator %" PRIu64 ", which has the same hash.",
                          d->shared.id);
        if (d->told && d->shared.uncertain)
                words_say(story, "Another level was sent since and its answer is not known.");
        if (d->failed)
                words_say(story,
                          "It failed for good: when %s was set, TIE's last answer was 0x%08x%s%s.",
                          words_level(d->failure.level), d->failure.code,
                          d->failure.text[0] ? ", " : "", d->failure.text);
}

static void tell_outbox(json_t *story, const struct dossier *d)
{
        static const char *const words[SHARE_COUNT] = {"shared", "shared by an override", "failed",
                                                       "pending"};

        if (d->outbox)
                words_say(story, "That it is %s is not in ThreatQ yet: it waits in the outbox.",
                          words[d->outcome.share]);
        else if (d->failed || (d->told && d->shared.version > 0 && d->shared.id == d->id))
                words_say(story,
                          "The outcome was handed to ThreatQ: nothing of it waits in the outbox.");
}

static void tell_next(json_t *story, const struct dossier *d)
{
        static const char *const words[] = {
            [STORY_UNKNOWN] = NULL,
            [STORY_NOTHING] = "nothing is pushed",
            [STORY_WAITS] = "it stays queued, and its place is found anew",
            [STORY_AWAITED] = "nothing is pushed while its answer is awaited",
            [STORY_PUSHED] = "it is queued again",
            [STORY_TRIED] = "it is tried once more",
        };
        const char *text = words[story_next(d)];

        if (text)
                words_say(story, "Next sweep, if ThreatQ says the same: %s.", text);
}

json_t *story_words(const struct dossier *d, const struct story_clock *now)
{
        json_t *story = json_array();

        if (d->judged)
                tell_judged(story, d);
        else
                tell_unjudged(story, d);
        tell_queue(story, d, now);
        tell_requests(story, d);
        tell_told(story, d);
        tell_outbox(story, d);
        tell_next(story, d);
        return story;
}
