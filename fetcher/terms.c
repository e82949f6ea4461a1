#include "fetcher/terms.h"

#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bit(size_t fabric)
{
        return (uint64_t)1 << fabric;
}

static char *dup_or_null(const char *s)
{
        char *copy = s ? strdup(s) : NULL;

        if (s && !copy)
                abort();
        return copy;
}

/* The file's own configuration of the fabric as one that holds: an empty connector changes none of
 * it. */
static struct config_fabric of_file(const struct config_fabric *file)
{
        static const struct config_remote nothing = {.active = true};
        struct config_fabric fabric;
        char *error;

        if (config_remote_apply(file, &nothing, "", &fabric, &error) != 0)
                abort();
        return fabric;
}

struct terms *terms_new(const struct config *config)
{
        struct terms *terms = calloc(1, sizeof(*terms));

        if (!terms)
                abort();
        terms->config = *config;
        terms->config.fabrics = calloc(config->fabric_count, sizeof(*config->fabrics));
        terms->remotes = calloc(config->fabric_count, sizeof(*terms->remotes));
        if (!terms->config.fabrics || !terms->remotes)
                abort();
        for (size_t i = 0; i < config->fabric_count; i++) {
                terms->config.fabrics[i] = of_file(&config->fabrics[i]);
                terms->usable |= bit(i);
                terms->active |= bit(i);
        }
        return terms;
}

void terms_free(struct terms *terms)
{
        if (!terms)
                return;
        for (size_t i = 0; i < terms->config.fabric_count; i++) {
                config_fabric_done(&terms->config.fabrics[i]);
                free(terms->remotes[i].kept);
        }
        collection_done(&terms->collection);
        free(terms->config.fabrics);
        free(terms->remotes);
        free(terms);
}

/* Takes over what the connector says when that is a configuration. */
static bool lay_under(struct terms *terms, size_t fabric, const struct config_remote *remote,
                      char **error)
{
        struct config_fabric *now = &terms->config.fabrics[fabric], laid;
        char source[128];

        snprintf(source, sizeof(source), "ThreatQ's connector %s",
                 LOG_Q(text_of(now->remote_config)));
        /* `now` holds what the file says, and says what of it is given. */
        if (config_remote_apply(now, remote, source, &laid, error) != 0)
                return false;
        config_fabric_done(now);
        *now = laid;
        if (!laid.active)
                terms->active &= ~bit(fabric);
        return true;
}

/* The first fault, and how many more there are. */
static void note_faults(struct terms_remote *r, const char *faults)
{
        size_t first = strcspn(faults, "\n"), more = 0;

        for (const char *s = faults + first; *s; s++)
                more += *s == '\n' && s[1] != '\0';
        if (more > 0)
                snprintf(r->error, sizeof(r->error), "%.*s (and %zu more)", (int)first, faults,
                         more);
        else
                snprintf(r->error, sizeof(r->error), "%.*s", (int)first, faults);
}

static void fall_back(struct terms *terms, size_t fabric, const char *kept)
{
        const char *name = terms->config.fabrics[fabric].remote_config;
        struct config_remote remote = {0};
        char *error = NULL;

        if (remote_of_text(kept, name, &remote) && lay_under(terms, fabric, &remote, &error)) {
                terms->remotes[fabric].kept = dup_or_null(kept);
        } else {
                terms->usable &= ~bit(fabric);
                terms->active &= ~bit(fabric);
        }
        free(error);
        config_remote_done(&remote);
}

void terms_take(struct terms *terms, size_t fabric, const struct config_remote *remote,
                const char *kept, const char *error)
{
        struct terms_remote *r = &terms->remotes[fabric];
        const struct config_fabric *now = &terms->config.fabrics[fabric];
        char *faults = NULL;

        if (!remote) {
                snprintf(r->error, sizeof(r->error), "ThreatQ's connector %s: %s",
                         LOG_Q(text_of(now->remote_config)), error);
        } else if (lay_under(terms, fabric, remote, &faults)) {
                r->kept = remote_text(now->remote_config, remote);
                if (!r->kept)
                        abort();
                terms->changed |= !kept || strcmp(kept, r->kept) != 0;
                return;
        } else {
                note_faults(r, faults);
                free(faults);
        }
        fall_back(terms, fabric, kept);
}

static void pack_fabric(const struct config_fabric *fabric, msgpack_sbuffer *out)
{
        const struct config_selection *s = &fabric->selection;
        struct wire_terms terms = {
            .fabric = text_of(fabric->name),
            .daily_limit = fabric->daily_limit,
            .enrichment = fabric->enrichment,
            .days = s->days,
            .min_score = s->min_score,
        };
        msgpack_sbuffer status, attributes;

        msgpack_sbuffer_init(&status);
        msgpack_sbuffer_init(&attributes);
        for (size_t i = 0; i < s->status_count; i++)
                wire_pack_text(&status, text_of(s->status[i]));
        for (size_t i = 0; i < s->attribute_count; i++)
                wire_pack_attribute(&attributes, &(struct wire_attribute){
                                                     .name = text_of(s->attributes[i].name),
                                                     .value = text_of(s->attributes[i].value)});
        terms.status = wire_list_of(&status, (uint32_t)s->status_count);
        terms.attributes = wire_list_of(&attributes, (uint32_t)s->attribute_count);
        for (int band = 0; band < BAND_COUNT; band++)
                terms.level[band] =
                    fabric->reputation.mapped[band] ? (int)fabric->reputation.level[band] : -1;
        wire_pack_terms(out, &terms);
        msgpack_sbuffer_destroy(&status);
        msgpack_sbuffer_destroy(&attributes);
}

uint32_t terms_pack(const struct terms *terms, uint64_t fabrics, msgpack_sbuffer *out)
{
        uint32_t count = 0;

        for (size_t i = 0; i < terms->config.fabric_count; i++) {
                if (!(fabrics >> i & 1) || !terms->config.fabrics[i].remote_config)
                        continue;
                pack_fabric(&terms->config.fabrics[i], out);
                count++;
        }
        return count;
}

struct wire_push terms_push(const struct terms *terms, size_t fabric)
{
        const struct config_fabric *f = &terms->config.fabrics[fabric];

        if (!f->remote_config)
                return (struct wire_push){0};
        return (struct wire_push){true, f->active, f->daily_limit, f->enrichment};
}
