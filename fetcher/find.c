#include "fetcher/find.h"

#include "common/clock.h"
#include "common/question.h"
#include "fetcher/ask.h"
#include "fetcher/page.h"
#include "fetcher/query.h"
#include "fetcher/terms.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FIND_MAX = 16 /* indicators of one hash: there should be one */ };

struct find {
        const struct config *config;
        struct ask *ask;
        struct terms *terms;
        char error[512]; /* why it cannot be told */
};

static bool fail(struct find *f, const char *why)
{
        text_copy(text_of(why), f->error, sizeof(f->error));
        return false;
}

/* What each fabric goes by. One whose connector says nothing that can be used is left out; when
 * that is so for all, nothing can be told. */
static bool take_terms(struct find *f)
{
        const struct config *config = f->config;

        f->terms = terms_new(config);
        for (size_t i = 0; i < config->fabric_count; i++) {
                const char *connector = config->fabrics[i].remote_config;
                struct config_remote remote = {0};
                char error[REMOTE_ERROR_MAX] = "";
                struct ask_failure failure;
                bool known;

                if (!connector)
                        continue;
                known = ask_remote_config(f->ask, connector, &remote, error, &failure) == ASK_OK;
                if (!known)
                        text_copy(text_of(failure.error), error, sizeof(error));
                terms_take(f->terms, i, error[0] ? NULL : &remote, NULL, error);
                config_remote_done(&remote);
                if (f->terms->remotes[i].error[0])
                        fail(f, f->terms->remotes[i].error);
        }
        if (f->terms->usable == 0)
                return false;
        if (ask_use(f->ask, &f->terms->config) < 0)
                return fail(f, "out of memory");
        return true;
}

/* The Data Collection, if one is to decide. */
static bool take_collection(struct find *f)
{
        const char *name = f->config->threatq.data_collection;
        char error[COLLECTION_ERROR_MAX];
        struct ask_failure failure;

        if (!name)
                return true;
        if (ask_collection(f->ask, name, &f->terms->collection, error, &failure) != ASK_OK)
                return fail(f, failure.error);
        if (error[0])
                return fail(f, error);
        if (!f->terms->collection.criteria)
                return fail(f, "ThreatQ does not tell what the Data Collection searches for: only "
                               "a sweep shows what is in it");
        return true;
}

static bool ask_for(struct find *f, const struct ask_search *search, struct indicator_page *ret)
{
        const struct paging_request request = {.limit = FIND_MAX};
        struct ask_failure failure;

        if (ask_page(f->ask, search, &request, ret, &failure) != ASK_OK)
                return fail(f, failure.error);
        return true;
}

/* Its text may stand in ThreatQ in either case, and ThreatQ may compare in its own. */
static bool ask_what(struct find *f, const struct question *question, struct indicator_page *ret)
{
        char lower[HASH_MAX_HEX + 1], upper[HASH_MAX_HEX + 1];
        const char *const values[] = {lower, upper};
        _cleanup_(freep) char *body = NULL;

        if (question->id != 0)
                return ask_for(f, &(struct ask_search){.id = question->id}, ret);
        hash_format(&question->hash, lower);
        for (size_t i = 0; i < sizeof(lower); i++)
                upper[i] = (char)toupper((unsigned char)lower[i]);
        body = query_values(values, 2);
        return body ? ask_for(f, &(struct ask_search){.body = body}, ret)
                    : fail(f, "out of memory");
}

/* Whether the Data Collection holds it. */
static bool ask_scope(struct find *f, const struct wire_row *row, enum wire_scope *ret)
{
        _cleanup_(freep) char *body = NULL;
        struct indicator_page page;
        struct wire_list rows;
        struct wire_row found;

        *ret = SCOPE_SELECTION;
        if (f->terms->collection.mark == 0)
                return true;
        body = collection_value_body(&f->terms->collection, row->value);
        if (!body)
                return fail(f, "out of memory");
        if (!ask_for(f, &(struct ask_search){.body = body}, &page))
                return false;
        *ret = SCOPE_OUTSIDE;
        rows = (struct wire_list){page.packed, page.packed_len, page.rows};
        while (wire_next_row(&rows, &found)) {
                if (found.id == row->id)
                        *ret = SCOPE_COLLECTION;
        }
        return true;
}

static bool print_row(struct find *f, const struct wire_row *row, enum wire_scope scope)
{
        struct wire_page page = {.sweep = 1,
                                 .kind = SWEEP_FULL,
                                 .page = 1,
                                 .started_at = clock_wall_s(),
                                 .scope = scope};
        _cleanup_(freep) char *line = NULL;
        msgpack_sbuffer rows, frame;

        msgpack_sbuffer_init(&rows);
        msgpack_sbuffer_init(&frame);
        wire_pack_row(&rows, row);
        page.rows = wire_list_of(&rows, 1);
        page_pack(&page, f->config, f->terms, f->terms->usable, &frame);
        line = wire_to_json(frame.data, frame.size);
        if (line)
                puts(line);
        msgpack_sbuffer_destroy(&rows);
        msgpack_sbuffer_destroy(&frame);
        return line ? true : fail(f, "out of memory");
}

/* The rows are kept while ThreatQ is asked about each of them. */
static bool print_rows(struct find *f, const struct indicator_page *page)
{
        _cleanup_(freep) char *copy = malloc(page->packed_len + 1);
        struct wire_list rows = {(const uint8_t *)copy, page->packed_len, page->rows};
        struct wire_row row;
        enum wire_scope scope;

        if (!copy)
                return fail(f, "out of memory");
        if (page->packed_len > 0)
                memcpy(copy, page->packed, page->packed_len);
        while (wire_next_row(&rows, &row)) {
                if (!ask_scope(f, &row, &scope) || !print_row(f, &row, scope))
                        return false;
        }
        return true;
}

static bool find(struct find *f, const struct question *question)
{
        struct indicator_page page;

        return take_terms(f) && take_collection(f) && ask_what(f, question, &page) &&
               print_rows(f, &page);
}

int find_print(const struct proc *proc, const char *what)
{
        struct find f = {.config = proc->config};
        struct question question;
        bool done;
        int r;

        if (!question_parse(what, &question)) {
                log_error(proc->log, "%s is %s", LOG_Q(text_of(what)), question_refusal);
                return PROC_EXIT_CONFIG;
        }
        r = ask_open(proc->config, &f.ask);
        if (r < 0) {
                log_error(proc->log, "cannot prepare the connection to ThreatQ: %s", strerror(-r));
                return PROC_EXIT_FAILED;
        }
        done = find(&f, &question);
        if (!done)
                log_error(proc->log, "%s", f.error);
        terms_free(f.terms);
        ask_close(f.ask);
        return done && fflush(stdout) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}
