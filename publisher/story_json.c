#include "publisher/story.h"

#include "common/clock.h"
#include "common/words.h"

#include <stdio.h>

static json_t *time_json(int64_t s)
{
        char text[32];

        clock_format_utc(s, text);
        return json_string(text);
}

static json_t *judged_json(const struct dossier *d)
{
        const struct item *item = &d->item;
        const struct entry *e = &item->entry;
        bool candidate = item_has_level(item);

        if (!d->judged)
                return json_null();
        return json_pack(
            "{s:o, s:b, s:s, s:o, s:o, s:o, s:o}", "at", time_json(sweep_mark_time(item->sweep)),
            "last_sweep", d->current, "verdict", story_verdict(item->reason), "rule",
            candidate ? json_string(words_rule(e->override, e->score)) : json_null(), "level",
            candidate ? json_string(words_level(e->level)) : json_null(), "score",
            item_is_whole(item) ? json_real(e->score) : json_null(), "created_at",
            item_is_whole(item) && e->created_at != 0 ? time_json(e->created_at) : json_null());
}

static json_t *hash_json(const struct hash *hash)
{
        char hex[HASH_MAX_HEX + 1];

        if (hash->type == HASH_NONE)
                return json_null();
        hash_format(hash, hex);
        return json_pack("{s:s, s:s}", "type", hash_type_name(hash->type), "value", hex);
}

static json_t *queue_json(const struct dossier *d, const struct story_clock *now)
{
        const struct entry *e = &d->queue;

        return json_pack("{s:I, s:I, s:s, s:s, s:f, s:b, s:I}", "place", (json_int_t)d->place, "of",
                         (json_int_t)d->ready, "level", words_level(e->level), "rule",
                         words_rule(e->override, e->score), "score", e->score, "override",
                         e->override, "wait_s", (json_int_t)((now->queue_wait_ms + 999) / 1000));
}

static json_t *retry_json(const struct dossier *d, const struct story_clock *now)
{
        int64_t wait = d->due_ms > now->ledger_ms ? d->due_ms - now->ledger_ms : 0;

        return json_pack("{s:s, s:i, s:i, s:I}", "level", words_level(d->retry.level), "errors",
                         d->retry.errors, "timeouts", d->retry.timeouts, "wait_s",
                         (json_int_t)((wait + 999) / 1000));
}

static json_t *told_json(const struct dossier *d)
{
        return json_pack("{s:s, s:o, s:I, s:b, s:b}", "level", words_level(d->shared.level), "at",
                         time_json(d->shared.at), "id", (json_int_t)d->shared.id, "adopted",
                         d->shared.version == 0, "uncertain", d->shared.uncertain);
}

static json_t *requests_json(const struct dossier *d)
{
        uint64_t shown = d->requests < DOSSIER_REQUESTS ? d->requests : DOSSIER_REQUESTS;
        json_t *list = json_array();
        char code[16];

        for (uint64_t i = 0; i < shown; i++) {
                const struct journal_entry *e = &d->request[i];

                snprintf(code, sizeof(code), "0x%08x", e->code);
                json_array_append_new(list, json_pack("{s:o, s:I, s:s, s:s, s:s, s:o}", "at",
                                                      time_json(e->at), "id", (json_int_t)e->id,
                                                      "level", words_level(e->level), "rule",
                                                      words_rule(e->override, e->score), "answer",
                                                      journal_answer_name(e->answer), "code",
                                                      e->code ? json_string(code) : json_null()));
        }
        return list;
}

/* A foreign text may be no UTF-8. */
static json_t *text_json(const char *text)
{
        json_t *json = json_string(text);

        return json ? json : json_null();
}

static json_t *failed_json(const struct dossier *d)
{
        char code[16];

        snprintf(code, sizeof(code), "0x%08x", d->failure.code);
        return json_pack("{s:s, s:s, s:o}", "level", words_level(d->failure.level), "code", code,
                         "text", text_json(d->failure.text));
}

json_t *story_json(const struct dossier *d, const struct story_clock *now)
{
        static const char *const next[] = {
            [STORY_UNKNOWN] = "unknown", [STORY_NOTHING] = "nothing", [STORY_WAITS] = "waits",
            [STORY_AWAITED] = "awaited", [STORY_PUSHED] = "queued",   [STORY_TRIED] = "tried_once",
        };

        return json_pack(
            "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "id",
            d->id ? json_integer((json_int_t)d->id) : json_null(), "hash", hash_json(&d->hash),
            "judged", judged_json(d), "queue", d->queued ? queue_json(d, now) : json_null(),
            "retry", d->retrying ? retry_json(d, now) : json_null(), "in_flight",
            d->in_flight ? json_pack("{s:s}", "level", words_level(d->flight.level)) : json_null(),
            "told", d->told ? told_json(d) : json_null(), "failed",
            d->failed ? failed_json(d) : json_null(), "outbox",
            d->outbox ? json_pack("{s:s}", "share", share_name(d->outcome.share)) : json_null(),
            "requests", requests_json(d), "next_sweep", next[story_next(d)], "story",
            story_words(d, now));
}
