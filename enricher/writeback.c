#include "enricher/writeback.h"

#include "common/cleanup.h"
#include "enricher/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum {
        PAGE_ROWS = 200, /* an indicator has a dozen rows; eight trees of this size fit in memory */
        PAGES_MAX = 50,
        BODY_MAX = 2 << 20,
        ROUNDS_MAX = 5, /* readings: two to learn our source, more when rows vanish meanwhile */
        PATH_MAX_LEN = 128,
};

struct writeback {
        struct threatq_session *session;
        uint64_t indicator;
        const struct attribute_wishes *wishes;
        struct source *source;
        const char *own; /* our source as this round knows it; NULL: it does not */
        struct writeback_report *report;
        size_t lesson[ATTRIBUTE_WISHES_MAX]; /* wishes written to learn our source */
        size_t lessons;
        bool refused; /* at least one write */
        bool changed; /* a row was gone when it was to be written: read again */
};

static void call_failed(struct writeback *wb, const struct threatq_result *result)
{
        wb->report->status = result->status;
        wb->report->retry_after_ms = result->retry_after_ms;
        snprintf(wb->report->error, sizeof(wb->report->error), "%s", result->error);
}

static enum threatq_answer call(struct writeback *wb, const char *method, const char *path,
                                const char *body, struct threatq_result *ret)
{
        struct threatq_call call = {
            .method = method, .path = path, .body = body, .body_max = BODY_MAX};
        enum threatq_answer answer = threatq_do(wb->session, &call, ret);

        if (answer != THREATQ_OK)
                call_failed(wb, ret);
        else if (strcmp(method, "GET") != 0)
                wb->report->writes++;
        return answer;
}

static enum threatq_answer bad_answer(struct writeback *wb)
{
        snprintf(wb->report->error, sizeof(wb->report->error),
                 "ThreatQ's answer to GET attributes is not a list of attributes");
        return THREATQ_E_LATER;
}

/* Rows show their sources only when asked to; a server that refuses to is asked without. */
static enum threatq_answer get_page(struct writeback *wb, size_t offset, struct threatq_result *ret)
{
        enum threatq_answer answer;
        char path[PATH_MAX_LEN];
        int len;

        len = snprintf(path, sizeof(path),
                       "/api/indicators/%" PRIu64 "/attributes?limit=%d&offset=%zu", wb->indicator,
                       PAGE_ROWS, offset);
        wb->report->stats.gets++;
        if (wb->source->hidden)
                return call(wb, "GET", path, NULL, ret);
        snprintf(path + len, sizeof(path) - (size_t)len, "&with=sources");
        answer = call(wb, "GET", path, NULL, ret);
        if (answer != THREATQ_E_REFUSED || ret->status < 400)
                return answer;
        path[len] = '\0';
        wb->source->hidden = true;
        threatq_result_done(ret);
        wb->report->stats.gets++;
        return call(wb, "GET", path, NULL, ret);
}

static enum threatq_answer read_page(struct writeback *wb, size_t offset, struct rows *rows,
                                     struct rows_page *ret)
{
        _cleanup_(threatq_result_done) struct threatq_result result = {0};
        enum threatq_answer answer = get_page(wb, offset, &result);

        if (answer != THREATQ_OK)
                return answer;
        if (rows_add_page(rows, result.body, result.body_len, wb->wishes, wb->own, ret) != 0)
                return bad_answer(wb);
        return THREATQ_OK;
}

static enum threatq_answer read_rows(struct writeback *wb, struct rows *rows)
{
        struct rows_page page;
        enum threatq_answer answer;
        size_t offset = 0;

        for (unsigned n = 0; n < PAGES_MAX; n++) {
                answer = read_page(wb, offset, rows, &page);
                if (answer != THREATQ_OK)
                        return answer;
                offset += page.seen;
                if (page.seen == 0 ||
                    (page.total >= 0 ? (int64_t)offset >= page.total : page.seen < PAGE_ROWS))
                        break;
        }
        return THREATQ_OK;
}

/* status: of the answer that refused. A 4xx is final, errors inside a 2xx may be a whim. */
static void write_refused(struct writeback *wb, size_t wish, int status, const char *why)
{
        if (status < 400)
                wb->report->doubtful = true;
        if (!wb->refused)
                snprintf(wb->report->error, sizeof(wb->report->error), "\"%s\": %.180s",
                         wb->wishes->wish[wish].name, why);
        wb->refused = true;
}

static void write_done(struct writeback *wb, size_t wish)
{
        wb->report->attributes += wb->wishes->wish[wish].enrichment;
}

static json_t *wish_json(const struct writeback *wb, size_t index)
{
        const struct attribute_wish *wish = &wb->wishes->wish[index];

        if (!wb->source->configured)
                return json_pack("{s:s,s:s}", "name", wish->name, "value", wish->value);
        return json_pack("{s:s,s:s,s:[{s:s}]}", "name", wish->name, "value", wish->value, "sources",
                         "name", wb->source->configured);
}

static enum threatq_answer row_call(struct writeback *wb, const char *method, uint64_t row,
                                    const char *body, struct threatq_result *ret)
{
        char path[PATH_MAX_LEN];

        snprintf(path, sizeof(path), "/api/indicators/%" PRIu64 "/attributes/%" PRIu64,
                 wb->indicator, row);
        return call(wb, method, path, body, ret);
}

static enum threatq_answer put_row(struct writeback *wb, const struct attribute_put *put)
{
        _cleanup_(threatq_result_done) struct threatq_result result = {0};
        _cleanup_(freep) char *body = NULL;
        json_t *json = json_pack("{s:s}", "value", wb->wishes->wish[put->wish].value);
        enum threatq_answer answer;

        body = json ? json_dumps(json, JSON_COMPACT) : NULL;
        json_decref(json);
        if (!body) { /* only text that is not UTF-8 does that */
                write_refused(wb, put->wish, 400, "the value is not UTF-8");
                return THREATQ_OK;
        }
        wb->report->stats.puts++;
        answer = row_call(wb, "PUT", put->row, body, &result);
        if (answer == THREATQ_OK)
                write_done(wb, put->wish);
        else if (answer == THREATQ_E_GONE)
                wb->changed = true;
        else if (answer == THREATQ_E_REFUSED)
                write_refused(wb, put->wish, result.status, result.error);
        else
                return answer;
        return THREATQ_OK;
}

static enum threatq_answer delete_row(struct writeback *wb, uint64_t row)
{
        _cleanup_(threatq_result_done) struct threatq_result result = {0};
        enum threatq_answer answer;

        wb->report->stats.deletes++;
        answer = row_call(wb, "DELETE", row, NULL, &result);
        if (answer == THREATQ_E_REFUSED) {
                wb->refused = true;
                return THREATQ_OK;
        }
        return answer == THREATQ_E_GONE ? THREATQ_OK : answer;
}

/* One as an object, several as a list: ThreatQ takes both in one call. */
static char *post_body(const struct writeback *wb, const size_t *wishes, size_t count)
{
        json_t *json;
        char *body;

        if (count == 1) {
                json = wish_json(wb, wishes[0]);
        } else {
                json = json_array();
                for (size_t i = 0; i < count; i++)
                        json_array_append_new(json, wish_json(wb, wishes[i]));
        }
        body = json ? json_dumps(json, JSON_COMPACT) : NULL;
        json_decref(json);
        return body;
}

static void post_settle(struct writeback *wb, const size_t *wishes, size_t count,
                        const struct threatq_result *result)
{
        char why[200];

        for (size_t i = 0; i < count; i++) {
                if (rows_complaint(result->body, result->body_len, i, why, sizeof(why)))
                        write_refused(wb, wishes[i], result->status, why);
                else
                        write_done(wb, wishes[i]);
        }
}

static enum threatq_answer post_wishes(struct writeback *wb, const size_t *wishes, size_t count)
{
        _cleanup_(threatq_result_done) struct threatq_result result = {0};
        _cleanup_(freep) char *body = post_body(wb, wishes, count);
        enum threatq_answer answer;
        char path[PATH_MAX_LEN];

        if (!body) {
                write_refused(wb, wishes[0], 400, "the value is not UTF-8");
                return THREATQ_OK;
        }
        snprintf(path, sizeof(path), "/api/indicators/%" PRIu64 "/attributes", wb->indicator);
        wb->report->stats.posts++;
        answer = call(wb, "POST", path, body, &result);
        if (answer == THREATQ_OK)
                post_settle(wb, wishes, count, &result);
        else if (answer == THREATQ_E_GONE)
                wb->changed = true;
        else if (answer == THREATQ_E_REFUSED && count == 1)
                write_refused(wb, wishes[0], result.status, result.error);
        else
                return answer;
        return THREATQ_OK;
}

/* All missing ones in one call; when ThreatQ refuses that, one by one, so that a bad one does not
 * take the others with it. */
static enum threatq_answer post_missing(struct writeback *wb, const struct attribute_plan *plan)
{
        enum threatq_answer answer = THREATQ_OK;

        if (plan->post_count == 0)
                return THREATQ_OK;
        answer = post_wishes(wb, plan->post, plan->post_count);
        if (answer != THREATQ_E_REFUSED)
                return answer;
        wb->report->error[0] = '\0';
        answer = THREATQ_OK;
        for (size_t i = 0; i < plan->post_count && answer == THREATQ_OK; i++)
                answer = post_wishes(wb, &plan->post[i], 1);
        return answer;
}

/* Deletes come last: a crash in between leaves one row too many, never none. */
static enum threatq_answer apply(struct writeback *wb, const struct attribute_plan *plan)
{
        enum threatq_answer answer = THREATQ_OK;

        for (size_t i = 0; i < plan->put_count && answer == THREATQ_OK; i++)
                answer = put_row(wb, &plan->put[i]);
        if (answer == THREATQ_OK)
                answer = post_missing(wb, plan);
        for (size_t i = 0; i < plan->delete_count && answer == THREATQ_OK; i++)
                answer = delete_row(wb, plan->delete[i]);
        return answer;
}

static void report_plan(struct writeback *wb, const struct attribute_plan *plan)
{
        struct writeback_report *report = wb->report;

        report->planned = true;
        report->surplus = plan->delete_count;
        for (size_t i = 0; wb->lessons == 0 && i < wb->wishes->count; i++)
                report->fate[i] = attribute_plan_fate(plan, i);
}

/* While our own source is not known: adds what is missing, or else the doubtful wish's right value
 * once more, of which ThreatQ makes no second row. The next reading shows whose it is. */
static enum threatq_answer teach(struct writeback *wb, size_t doubt, struct attribute_plan *plan)
{
        if (plan->post_count == 0)
                plan->post[plan->post_count++] = doubt;
        memcpy(wb->lesson, plan->post, sizeof(wb->lesson));
        wb->lessons = plan->post_count;
        wb->changed = true;
        return apply(wb, plan);
}

static bool learn(struct writeback *wb, const struct rows *rows)
{
        for (size_t i = 0; i < wb->lessons; i++) {
                struct text source =
                    attribute_source(wb->wishes, wb->lesson[i], rows->row, rows->count);

                if (source.len > 0)
                        source_learn(wb->source, source);
        }
        return source_name(wb->source) != NULL;
}

static enum threatq_answer settle_round(struct writeback *wb)
{
        _cleanup_(rows_done) struct rows rows;
        enum threatq_answer answer;
        struct attribute_plan plan;
        size_t doubt;

        rows_init(&rows);
        wb->changed = false;
        wb->refused = false;
        wb->report->doubtful = false;
        wb->own = source_name(wb->source);
        answer = read_rows(wb, &rows);
        if (answer != THREATQ_OK)
                return answer;
        for (size_t i = 0; wb->source->all && i < rows.count; i++)
                rows.row[i].joint = false;
        if (!wb->own && learn(wb, &rows)) {
                wb->changed = true; /* read again, with that knowledge */
                return THREATQ_OK;
        }
        attribute_diff(wb->wishes, rows.row, rows.count, &plan);
        report_plan(wb, &plan);
        doubt = wb->own || wb->lessons > 0 ? wb->wishes->count
                                           : attribute_doubt(wb->wishes, rows.row, rows.count);
        return doubt < wb->wishes->count ? teach(wb, doubt, &plan) : apply(wb, &plan);
}

enum threatq_answer writeback_run(struct threatq_session *session, uint64_t indicator,
                                  const struct attribute_wishes *wishes, struct source *source,
                                  struct writeback_report *ret)
{
        struct writeback wb = {.session = session,
                               .indicator = indicator,
                               .wishes = wishes,
                               .source = source,
                               .report = ret};
        enum threatq_answer answer;

        *ret = (struct writeback_report){.retry_after_ms = -1};
        for (unsigned round = 0; round < ROUNDS_MAX; round++) {
                answer = settle_round(&wb);
                if (answer == THREATQ_E_GONE || answer == THREATQ_E_REFUSED) {
                        ret->result = answer == THREATQ_E_GONE ? WRITTEN_GONE : WRITTEN_REFUSED;
                        ret->doubtful = answer == THREATQ_E_REFUSED && ret->status < 400;
                        return THREATQ_OK;
                }
                if (answer != THREATQ_OK)
                        return answer;
                if (!wb.changed) {
                        ret->result = wb.refused ? WRITTEN_REFUSED : WRITTEN_DONE;
                        if (!wb.refused)
                                ret->error[0] = '\0';
                        return THREATQ_OK;
                }
        }
        snprintf(ret->error, sizeof(ret->error),
                 "the attributes change while they are being written");
        return THREATQ_E_LATER;
}
