#include "fetcher/fetcher_internal.h"

#include <string.h>

/* Takes over what is to be kept of each connector that was asked. After a change nobody is up to
 * date until a full sweep has come to its end. */
static uint64_t keep(struct fetcher *f, struct terms *terms)
{
        uint64_t changed = 0;

        for (size_t i = 0; i < f->config->fabric_count && terms->changed; i++) {
                f->fabrics[i].last_full = 0;
                changed |= (uint64_t)1 << i;
        }

        for (size_t i = 0; i < f->config->fabric_count; i++) {
                struct checkpoint_fabric *c = &f->fabrics[i];
                struct terms_remote *r = &terms->remotes[i];

                if (!(f->record.targets >> i & 1) || !f->config->fabrics[i].remote_config)
                        continue;
                if (r->kept) {
                        free(c->remote);
                        c->remote = r->kept;
                        r->kept = NULL;
                }
                text_copy(text_of(r->error), c->remote_error, sizeof(c->remote_error));
                changed |= (uint64_t)1 << i;
        }
        return changed;
}

static void report(const struct fetcher *f, const struct terms *terms)
{
        for (size_t i = 0; i < f->config->fabric_count; i++) {
                const char *name = f->config->fabrics[i].name;

                if (!(f->record.targets >> i & 1))
                        continue;
                if (terms->remotes[i].error[0] && (terms->usable >> i & 1))
                        log_warn(f->proc->log, "%s fabric=%s: the last good configuration holds",
                                 terms->remotes[i].error, name);
                if ((terms->usable & ~terms->active) >> i & 1)
                        log_warn(f->proc->log,
                                 "the connector is switched off in ThreatQ fabric=%s connector=%s: "
                                 "nothing is swept for it",
                                 name, LOG_Q(text_of(f->config->fabrics[i].remote_config)));
        }
}

/* Leaves behind each fabric that has no configuration; when none has one, the sweep fails. */
static int leave_unusable(struct fetcher *f, const struct terms *terms, int64_t now)
{
        uint64_t active = sweep_active(f->sweep);
        int r = 0;

        for (size_t i = 0; i < f->config->fabric_count && r == 0; i++) {
                const char *error = terms->remotes[i].error;

                if (!((active & ~terms->usable) >> i & 1))
                        continue;
                if ((active & terms->usable) != 0) {
                        r = fetcher_leave(f, (uint64_t)1 << i, error, now);
                } else if (!f->failing) {
                        f->failing = true;
                        text_copy(text_of(error), f->failure, sizeof(f->failure));
                }
        }
        return r;
}

int fetcher_take_terms(struct fetcher *f, struct fetch_event *event, int64_t now)
{
        struct terms *terms = event->terms;
        uint64_t changed = keep(f, terms);
        int r;

        terms_free(f->terms);
        f->terms = terms;
        f->record.settled = true;
        f->record.collection = terms->collection.mark;
        f->record.kind = event->kind;
        f->record.since = event->since;
        report(f, terms);
        r = fetcher_save(f, changed);
        if (r < 0)
                return r;
        sweep_switch_off(f->sweep, terms->usable & ~terms->active);
        return leave_unusable(f, terms, now);
}
