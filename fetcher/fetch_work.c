#include "fetcher/fetch_internal.h"
#include "common/clock.h"

#include <inttypes.h>
#include <string.h>

enum { BACKOFF_FIRST_MS = 500, BACKOFF_MAX_MS = 30000, RETRY_AFTER_MAX_MS = 300000 };

void fetch_emit_failed(struct fetch_work *w, const char *error)
{
        struct fetch_event event = {.what = FETCH_FAILED};

        text_copy(text_of(error), event.error, sizeof(event.error));
        fetch_emit(w, &event);
}

void fetch_succeeded(struct fetch_work *w)
{
        if (w->failing_since >= 0) {
                log_info(w->fetch->log, "ThreatQ answers again");
                fetch_set_trouble(w->fetch, "");
        }
        w->failing_since = -1;
        backoff_reset(&w->backoff);
}

bool fetch_failing(struct fetch_work *w, const struct ask_failure *failure)
{
        int64_t now = clock_boot_ms();
        int64_t wait = backoff_next(&w->backoff, backoff_random());

        if (w->failing_since < 0)
                w->failing_since = now;
        fetch_set_trouble(w->fetch, failure->error);
        if (w->job.patience_ms >= 0 && now - w->failing_since >= w->job.patience_ms) {
                fetch_emit_failed(w, failure->error);
                return false;
        }
        /* The last try is made when patience ends, not after. */
        if (w->job.patience_ms >= 0 && wait > w->failing_since + w->job.patience_ms - now)
                wait = w->failing_since + w->job.patience_ms - now;
        if (failure->retry_after_ms > wait)
                wait = failure->retry_after_ms < RETRY_AFTER_MAX_MS ? failure->retry_after_ms
                                                                    : RETRY_AFTER_MAX_MS;
        log_warn(w->fetch->log, "%s; trying again in %.1f s", failure->error, (double)wait / 1000);
        return fetch_pause(w, wait);
}

/* Copies the rows into an event of their own. A saved search may find what is no hash at all. */
static void copy_rows(const struct fetch_work *w, const struct indicator_page *from,
                      struct sweep_page *to)
{
        struct wire_list rows = {from->packed, from->packed_len, from->rows};
        struct wire_row row;

        if (w->passes[w->pass].body) {
                to->rows = from->rows;
                if (msgpack_sbuffer_write(&to->packed, from->packed, from->packed_len) < 0)
                        abort();
                return;
        }
        while (wire_next_row(&rows, &row)) {
                if (row.type == HASH_NONE)
                        continue;
                wire_pack_row(&to->packed, &row);
                to->rows++;
        }
}

/* How many indicators of the page are new to the sweep. */
static uint32_t count_fresh(struct fetch_work *w, const struct indicator_page *from,
                            const struct sweep_page *page)
{
        if (w->seen)
                return seen_add(w->seen, wire_list_of(&page->packed, page->rows));
        return from->fresh < page->rows ? from->fresh : page->rows;
}

static bool emit_page(struct fetch_work *w, const struct indicator_page *page)
{
        struct fetch_event event = {
            .what = FETCH_PAGE,
            .clock_ahead = ask_clock_ahead(w->fetch->ask),
            .page = {.after = w->job.paging, .scope = w->passes[w->pass].scope},
        };

        if (page->bad > 0) {
                pthread_mutex_lock(&w->fetch->mutex);
                w->fetch->bad_rows += page->bad;
                pthread_mutex_unlock(&w->fetch->mutex);
                log_warn(w->fetch->log, "rows without an id skipped rows=%" PRIu32, page->bad);
        }
        if (page->rows == 0)
                return true;
        msgpack_sbuffer_init(&event.page.packed);
        copy_rows(w, page, &event.page);
        event.page.fresh = count_fresh(w, page, &event.page);
        if (event.page.rows > 0 && fetch_emit(w, &event))
                return true;
        msgpack_sbuffer_destroy(&event.page.packed);
        return event.page.rows == 0;
}

static void emit_end(struct fetch_work *w)
{
        const struct fetch_event event = {.what = FETCH_END,
                                          .clock_ahead = ask_clock_ahead(w->fetch->ask)};

        fetch_emit(w, &event);
}

/* One page that came: false when the job is over. */
static bool take_page(struct fetch_work *w, const struct indicator_page *page)
{
        struct ask_failure doubt = {.retry_after_ms = -1};
        bool as_saved = !w->passes[w->pass].body;
        bool unsorted = w->job.paging.unsorted;

        if (as_saved && page->attributed + page->bad < page->seen) {
                fetch_emit_failed(w,
                                  "ThreatQ sends no attributes with a Data Collection that it runs "
                                  "by its hash, so that overrides would be missed: save the "
                                  "Data Collection anew in ThreatQ");
                return false;
        }
        switch (paging_take(&w->job.paging, page)) {
        case PAGING_AGAIN:
                fetch_succeeded(w);
                return true;
        case PAGING_DOUBT:
                if (page->has_data)
                        snprintf(doubt.error, sizeof(doubt.error),
                                 "ThreatQ ends before its own total of %" PRIu64 " indicators",
                                 page->total);
                else
                        snprintf(doubt.error, sizeof(doubt.error), "ThreatQ's page has no data");
                return fetch_failing(w, &doubt);
        case PAGING_PAGE:
                fetch_succeeded(w);
                if (w->job.paging.unsorted && !unsorted)
                        log_warn(w->fetch->log, "ThreatQ does not sort by id: indicators that move "
                                                "between pages can be seen late");
                return emit_page(w, page);
        case PAGING_LAST:
                break;
        }
        fetch_succeeded(w);
        if (!emit_page(w, page))
                return false;
        if (++w->pass < w->pass_count) {
                paging_init(&w->job.paging, w->fetch->config->threatq.page_size);
                return true;
        }
        emit_end(w);
        return false;
}

/* One request and what follows from its answer: false when the job is over. */
static bool step(struct fetch_work *w)
{
        const struct fetch_pass *pass = &w->passes[w->pass];
        const struct ask_search search = {.body = pass->body,
                                          .saved = pass->body ? NULL : pass->saved};
        struct paging_request request;
        struct indicator_page page;
        struct ask_failure failure;

        paging_next(&w->job.paging, &request);
        switch (ask_page(w->fetch->ask, &search, &request, &page, &failure)) {
        case ASK_OK:
                return take_page(w, &page);
        case ASK_SMALLER:
                paging_failed(&w->job.paging);
                return fetch_failing(w, &failure);
        case ASK_LATER:
                return fetch_failing(w, &failure);
        case ASK_REFUSED:
                if (paging_refused(&w->job.paging)) {
                        log_info(w->fetch->log, "%s: asking in another way", failure.error);
                        return true;
                }
                break;
        case ASK_FAILED:
                break;
        case ASK_STOPPED:
                return false;
        }
        fetch_set_trouble(w->fetch, failure.error);
        fetch_emit_failed(w, failure.error);
        return false;
}

static bool filters_by_status(const struct config *config, uint64_t targets)
{
        for (size_t i = 0; i < config->fabric_count; i++) {
                if ((targets >> i & 1) && config->fabrics[i].selection.status_count > 0)
                        return true;
        }
        return false;
}

/* ThreatQ's own spelling of the statuses. It is a help: without it the configured one is used. */
static bool learn_names(struct fetch_work *w)
{
        struct ask_failure failure;
        enum ask_answer answer;

        ask_forget_names(w->fetch->ask);
        if (w->job.query.kind != SWEEP_FULL ||
            !filters_by_status(&w->terms->config, w->job.query.targets))
                return true;
        for (;;) {
                answer = ask_learn_names(w->fetch->ask, &failure);
                if (answer != ASK_LATER)
                        break;
                if (!fetch_failing(w, &failure))
                        return false;
        }
        if (answer == ASK_OK)
                fetch_succeeded(w);
        if (answer == ASK_FAILED)
                fetch_emit_failed(w, failure.error);
        return answer == ASK_OK || answer == ASK_REFUSED;
}

static bool add_pass(struct fetch_work *w, enum wire_scope scope, char *body)
{
        w->passes[w->pass_count++] = (struct fetch_pass){.scope = scope, .body = body};
        return body != NULL;
}

/* First what the Data Collection has; then all that was touched, for overrides on what it has not,
 * and for what has left it. */
static bool add_collection_passes(struct fetch_work *w)
{
        const struct collection *c = &w->terms->collection;
        struct query touched = w->job.query;
        bool full = w->job.query.kind == SWEEP_FULL;

        if (c->criteria) {
                if (!add_pass(w, SCOPE_COLLECTION, collection_body(c, full ? -1 : touched.since)))
                        return false;
        } else {
                struct fetch_pass *pass = &w->passes[w->pass_count++];

                pass->scope = SCOPE_COLLECTION;
                memcpy(pass->saved, c->hash, sizeof(pass->saved));
        }
        if (touched.since < 0)
                return true;
        touched.kind = SWEEP_INCREMENTAL;
        return seen_open(&w->seen) == 0 &&
               add_pass(w, SCOPE_OUTSIDE, query_body(&w->terms->config, &touched, NULL));
}

bool fetch_prepare(struct fetch_work *w)
{
        bool made;

        if (w->job.query.targets == 0)
                return true;
        if (w->terms->collection.mark) {
                made = add_collection_passes(w);
        } else {
                if (!learn_names(w))
                        return false;
                made = add_pass(
                    w, SCOPE_SELECTION,
                    query_body(&w->terms->config, &w->job.query, ask_names(w->fetch->ask)));
        }
        if (made && ask_use(w->fetch->ask, &w->terms->config) == 0)
                return true;
        fetch_emit_failed(w, "out of memory");
        return false;
}

void fetch_work_off(struct fetch_work *w)
{
        w->backoff = (struct backoff){.first_ms = BACKOFF_FIRST_MS, .max_ms = BACKOFF_MAX_MS};
        w->failing_since = -1;
        if (fetch_terms(w)) {
                if (w->pass_count == 0)
                        emit_end(w);
                while (w->pass < w->pass_count && step(w))
                        ;
        }
        terms_free(w->terms);
        for (unsigned i = 0; i < w->pass_count; i++)
                free(w->passes[i].body);
        seen_close(w->seen);
}
