#include "fetcher/ask.h"

#include "common/clock.h"
#include "common/kept.h"
#include "common/threatq.h"
#include "fetcher/query.h"

#include <errno.h>
#include <string.h>

enum {
        ROW_BYTES_MAX = 64 << 10, /* of an answer for each row asked, and once more for the rest */
        NAMES_BYTES_MAX = 4 << 20,
};

struct ask {
        struct threatq_account *account;
        struct threatq_session *session;
        struct indicator_reader *reader;
        struct names *names;
        int64_t clock_ahead;
        bool began;           /* a body came in */
        int read;             /* what the reader said of it */
        const char *keep;     /* state folder for pages that cannot be read; NULL: none is kept */
        msgpack_sbuffer page; /* with keep: the page that comes in, as far as it would be kept */
};

int ask_open(const struct config *config, struct ask **ret)
{
        _cleanup_(ask_closep) struct ask *ask = calloc(1, sizeof(*ask));
        int r;

        if (!ask)
                return -ENOMEM;
        r = threatq_account_open(&config->threatq, &ask->account);
        if (r == 0)
                r = threatq_session_open(ask->account, &ask->session);
        if (r == 0)
                r = ask_use(ask, config);
        if (r < 0)
                return r;
        *ret = ask;
        ask = NULL;
        return 0;
}

int ask_use(struct ask *ask, const struct config *config)
{
        struct indicator_reader *reader;
        size_t count;
        char **attributes = query_attributes(config, &count);
        int r;

        if (!attributes)
                return -ENOMEM;
        r = indicator_reader_open((const char *const *)attributes, count, &reader);
        query_attributes_free(attributes, count);
        if (r < 0)
                return r;
        indicator_reader_close(ask->reader);
        ask->reader = reader;
        indicator_reader_names(ask->reader, ask->names);
        return 0;
}

void ask_close(struct ask *ask)
{
        if (!ask)
                return;
        indicator_reader_close(ask->reader);
        msgpack_sbuffer_destroy(&ask->page);
        names_free(ask->names);
        threatq_session_close(ask->session);
        threatq_account_close(ask->account);
        free(ask);
}

void ask_keep(struct ask *ask, const char *state_dir)
{
        ask->keep = state_dir;
}

/* It came whole or in part, and the reader makes nothing of it. */
static void keep_page(const struct ask *ask)
{
        if (ask->keep && ask->page.size > 0)
                kept_put(ask->keep, "fetcher", ".json", ask->page.data, ask->page.size);
}

void ask_cancel(struct ask *ask)
{
        threatq_session_cancel(ask->session);
}

const struct names *ask_names(const struct ask *ask)
{
        return ask->names;
}

void ask_forget_names(struct ask *ask)
{
        indicator_reader_names(ask->reader, NULL);
        names_free(ask->names);
        ask->names = NULL;
}

static enum ask_answer answer_of(enum threatq_answer answer)
{
        switch (answer) {
        case THREATQ_OK:
                return ASK_OK;
        case THREATQ_E_LATER:
                return ASK_LATER;
        case THREATQ_E_GONE:
        case THREATQ_E_REFUSED:
                return ASK_REFUSED;
        case THREATQ_E_LOGIN:
        case THREATQ_E_FORBIDDEN:
                return ASK_FAILED;
        case THREATQ_E_STOPPED:
                break;
        }
        return ASK_STOPPED;
}

static void note(struct ask_failure *failure, const struct threatq_result *result)
{
        text_copy(text_of(result->error), failure->error, sizeof(failure->error));
        failure->retry_after_ms = result->retry_after_ms;
}

static enum ask_answer get(struct ask *ask, const char *path, struct threatq_result *result,
                           struct ask_failure *failure)
{
        const struct threatq_call call = {
            .method = "GET", .path = path, .body_max = NAMES_BYTES_MAX};
        enum threatq_answer answer = threatq_do(ask->session, &call, result);

        if (answer != THREATQ_OK)
                note(failure, result);
        return answer_of(answer);
}

enum ask_answer ask_learn_names(struct ask *ask, struct ask_failure *failure)
{
        struct threatq_result types = {0}, statuses = {0};
        enum ask_answer answer;

        answer = get(ask, "/api/indicator/types?limit=1000", &types, failure);
        if (answer == ASK_OK)
                answer = get(ask, "/api/indicator/statuses?limit=1000", &statuses, failure);
        if (answer == ASK_OK) {
                ask_forget_names(ask);
                if (names_parse(types.body ? types.body : "", types.body_len,
                                statuses.body ? statuses.body : "", statuses.body_len,
                                &ask->names) < 0) {
                        snprintf(failure->error, sizeof(failure->error),
                                 "ThreatQ's list of types or statuses cannot be read");
                        failure->retry_after_ms = -1;
                        answer = ASK_LATER;
                }
                indicator_reader_names(ask->reader, ask->names);
        }
        threatq_result_done(&types);
        threatq_result_done(&statuses);
        return answer;
}

enum ask_answer ask_remote_config(struct ask *ask, const char *name, struct config_remote *ret,
                                  char error[REMOTE_ERROR_MAX], struct ask_failure *failure)
{
        _cleanup_(freep) char *path = remote_path(name);
        struct threatq_result result = {0};
        enum ask_answer answer;

        error[0] = '\0';
        *failure = (struct ask_failure){.retry_after_ms = -1};
        if (!path) {
                snprintf(failure->error, sizeof(failure->error), "out of memory");
                return ASK_LATER;
        }
        answer = get(ask, path, &result, failure);
        if (answer == ASK_OK)
                remote_parse(result.body ? result.body : "", result.body_len, name, ret, error);
        threatq_result_done(&result);
        return answer;
}

enum ask_answer ask_collection(struct ask *ask, const char *name, struct collection *ret,
                               char error[COLLECTION_ERROR_MAX], struct ask_failure *failure)
{
        struct collection_scan scan = {.name = name, .more = true};
        enum ask_answer answer = ASK_OK;

        error[0] = '\0';
        *failure = (struct ask_failure){.retry_after_ms = -1};
        while (answer == ASK_OK && scan.more && error[0] == '\0') {
                _cleanup_(freep) char *path = collection_list_path(&scan);
                struct threatq_result result = {0};

                if (!path) {
                        snprintf(failure->error, sizeof(failure->error), "out of memory");
                        return ASK_LATER;
                }
                answer = get(ask, path, &result, failure);
                if (answer == ASK_OK)
                        collection_list(&scan, result.body ? result.body : "", result.body_len,
                                        error);
                threatq_result_done(&result);
        }
        if (answer == ASK_OK && error[0] == '\0')
                collection_settle(&scan, ret, error);
        collection_done(&scan.found);
        return answer;
}

int64_t ask_clock_ahead(const struct ask *ask)
{
        return ask->clock_ahead;
}

static int on_body(const void *data, size_t len, void *userdata)
{
        struct ask *ask = userdata;

        ask->began = true;
        if (ask->keep && ask->page.size < KEPT_BYTES)
                msgpack_sbuffer_write(&ask->page, data, len);
        ask->read = indicator_reader_feed(ask->reader, data, len);
        return ask->read;
}

/* An answer that came whole, but is it a page? */
static enum ask_answer finish_page(struct ask *ask, struct indicator_page *ret,
                                   struct ask_failure *failure)
{
        int r = indicator_reader_finish(ask->reader, ret);

        if (r == 0 && !ret->errors)
                return ASK_OK;
        keep_page(ask);
        if (r == 0)
                snprintf(failure->error, sizeof(failure->error), "ThreatQ reports an error: \"%s\"",
                         indicator_reader_error(ask->reader));
        else
                snprintf(failure->error, sizeof(failure->error), "ThreatQ's page: %s",
                         indicator_reader_error(ask->reader));
        return r == 0 ? ASK_LATER : ASK_SMALLER;
}

static enum ask_answer fail_page(struct ask *ask, const struct threatq_result *result,
                                 enum ask_answer answer, struct ask_failure *failure)
{
        note(failure, result);
        if (ask->read < 0)
                keep_page(ask);
        if (ask->read < 0)
                snprintf(failure->error, sizeof(failure->error), "ThreatQ's page: %s",
                         indicator_reader_error(ask->reader));
        /* Cut, too large, or too long for a gateway: less may go through. */
        if (answer == ASK_LATER && (ask->began || result->status == 500 || result->status == 504))
                return ASK_SMALLER;
        return answer;
}

static enum ask_answer ask_once(struct ask *ask, const struct ask_search *search,
                                const struct paging_request *request, struct indicator_page *ret,
                                struct ask_failure *failure)
{
        _cleanup_(freep) char *path =
            search->id != 0
                ? query_indicator_path(search->id)
                : query_path(search->saved, request->limit, request->cursor, request->offset);
        struct threatq_call call = {
            .method = search->body ? "POST" : "GET",
            .path = path,
            .body = search->body,
            .body_max = ((size_t)request->limit + 1) * ROW_BYTES_MAX,
            .on_body = on_body,
            .userdata = ask,
        };
        struct threatq_result result;
        enum threatq_answer got;
        enum ask_answer answer;

        *failure = (struct ask_failure){.retry_after_ms = -1};
        ask->began = false;
        ask->read = 0;
        msgpack_sbuffer_clear(&ask->page);
        if (!path || indicator_reader_start(ask->reader, request->known_id) < 0) {
                snprintf(failure->error, sizeof(failure->error), "out of memory");
                return ASK_LATER;
        }
        got = threatq_do(ask->session, &call, &result);
        answer = answer_of(got);
        ask->clock_ahead = result.date > 0 ? result.date - clock_wall_s() : 0;
        if (answer == ASK_OK) {
                answer = finish_page(ask, ret, failure);
        } else if (search->id != 0 && got == THREATQ_E_GONE) {
                *ret = (struct indicator_page){0};
                answer = ASK_OK;
        } else {
                answer = fail_page(ask, &result, answer, failure);
        }
        threatq_result_done(&result);
        return answer;
}

enum ask_answer ask_page(struct ask *ask, const struct ask_search *search,
                         const struct paging_request *request, struct indicator_page *ret,
                         struct ask_failure *failure)
{
        enum ask_answer answer = ask_once(ask, search, request, ret, failure);

        if (answer != ASK_OK || !ret->unresolved)
                return answer;
        answer = ask_learn_names(ask, failure);
        if (answer == ASK_OK)
                answer = ask_once(ask, search, request, ret, failure);
        /* Without the names no row can be told from another: that is no page. */
        return answer == ASK_REFUSED ? ASK_FAILED : answer;
}
