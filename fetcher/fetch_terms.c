#include "fetcher/fetch_internal.h"

/* Asks for the connector of one fabric until an answer holds or patience ends; false when the job
 * is over. *known says whether *ret is set, else error says why not. */
static bool ask_remote(struct fetch_work *w, const char *name, struct config_remote *ret,
                       bool *known, char error[REMOTE_ERROR_MAX])
{
        struct ask_failure failure;

        for (;;) {
                switch (ask_remote_config(w->fetch->ask, name, ret, error, &failure)) {
                case ASK_OK:
                        fetch_succeeded(w);
                        *known = error[0] == '\0';
                        return true;
                case ASK_LATER:
                case ASK_SMALLER:
                        if (!fetch_failing(w, &failure))
                                return false;
                        break;
                case ASK_REFUSED:
                case ASK_FAILED:
                        *known = false;
                        text_copy(text_of(failure.error), error, REMOTE_ERROR_MAX);
                        return true;
                case ASK_STOPPED:
                default:
                        return false;
                }
        }
}

/* What was kept when the sweep began holds to its end, unless it is no more of this connector. */
static bool take_kept(const struct fetch_work *w, size_t fabric)
{
        const char *name = w->fetch->config->fabrics[fabric].remote_config;
        const char *kept = w->job.fabrics[fabric].kept;
        struct config_remote remote;

        if (!w->job.settled || !remote_of_text(kept, name, &remote))
                return false;
        terms_take(w->terms, fabric, &remote, kept, NULL);
        config_remote_done(&remote);
        return true;
}

/* Fabrics may name the same connector: each is asked for itself, there are few. */
static bool take_asked(struct fetch_work *w, size_t fabric)
{
        struct config_remote remote = {0};
        char error[REMOTE_ERROR_MAX];
        bool known;

        if (!ask_remote(w, w->fetch->config->fabrics[fabric].remote_config, &remote, &known, error))
                return false;
        terms_take(w->terms, fabric, known ? &remote : NULL, w->job.fabrics[fabric].kept, error);
        config_remote_done(&remote);
        return true;
}

/* A fabric that is switched off asks for nothing. Another configuration may select what was not
 * selected before, so that all must be looked at. */
static void choose_kind(struct fetch_work *w)
{
        struct query *query = &w->job.query;

        query->kind = w->job.full || w->terms->changed ? SWEEP_FULL : SWEEP_INCREMENTAL;
        query->since = -1;
        for (size_t i = 0; i < w->fetch->config->fabric_count; i++) {
                const struct fetch_fabric *f = &w->job.fabrics[i];

                if (!(query->targets >> i & 1))
                        continue;
                if (f->full)
                        query->kind = SWEEP_FULL;
                if (f->since >= 0 && (query->since < 0 || f->since < query->since))
                        query->since = f->since;
        }
}

/* Hands the terms to the taker of the events. */
static bool emit_terms(struct fetch_work *w)
{
        struct fetch_event event = {.what = FETCH_TERMS,
                                    .terms = w->terms,
                                    .kind = w->job.query.kind,
                                    .since = w->job.query.since};

        if (!fetch_emit(w, &event))
                return false;
        w->terms = NULL;
        return true;
}

/* Looks the Data Collection up, if there is one to be; false when the job is over. */
static bool find_collection(struct fetch_work *w)
{
        const char *name = w->fetch->config->threatq.data_collection;
        char error[COLLECTION_ERROR_MAX] = "";
        struct ask_failure failure;
        enum ask_answer answer = ASK_OK;

        while (name) {
                answer =
                    ask_collection(w->fetch->ask, name, &w->terms->collection, error, &failure);
                if (answer != ASK_LATER && answer != ASK_SMALLER)
                        break;
                if (!fetch_failing(w, &failure))
                        return false;
        }
        if (answer == ASK_STOPPED)
                return false;
        if (answer != ASK_OK || error[0]) {
                fetch_emit_failed(w, answer == ASK_OK ? error : failure.error);
                return false;
        }
        w->terms->changed |= w->terms->collection.mark != w->job.collection;
        return true;
}

bool fetch_terms(struct fetch_work *w)
{
        const struct config *config = w->fetch->config;
        bool any = config->threatq.data_collection || w->job.collection;

        w->terms = terms_new(config);
        for (size_t i = 0; i < config->fabric_count; i++) {
                if (!(w->job.query.targets >> i & 1) || !config->fabrics[i].remote_config)
                        continue;
                any = true;
                if (!take_kept(w, i) && !take_asked(w, i))
                        return false;
        }
        if (!find_collection(w))
                return false;
        w->job.query.targets &= w->terms->active;
        if (any && !w->job.settled)
                choose_kind(w);
        if (!fetch_prepare(w))
                return false;
        return !any || emit_terms(w);
}
