#include "mapper/mapping.h"

#include "mapper/adopt.h"
#include "mapper/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct mapping {
        struct filter *filter;
        struct adopt *adopt;
        const struct config_reputation *reputation;
        char *override_name; /* of the attribute that holds an analyst's order for this fabric */
        size_t override_name_len;
};

enum override { OVERRIDE_NONE, OVERRIDE_ONE, OVERRIDE_UNREADABLE, OVERRIDE_CONFLICT };

struct order {
        enum trust_level level;
        int64_t at; /* when it was written last, 0: not known */
};

int mapping_open(const struct config_fabric *fabric, char *const *adopt, struct mapping **ret)
{
        _cleanup_(mapping_closep) struct mapping *mapping = calloc(1, sizeof *mapping);
        int len, r;

        if (!mapping)
                return -ENOMEM;
        mapping->reputation = &fabric->reputation;
        len = asprintf(&mapping->override_name, "Reputation Override - %s", fabric->name);
        if (len < 0) {
                mapping->override_name = NULL;
                return -ENOMEM;
        }
        mapping->override_name_len = (size_t)len;
        r = filter_open(&fabric->selection, &mapping->filter);
        if (r == 0)
                r = adopt_open(fabric->name, adopt, &mapping->adopt);
        if (r < 0)
                return r;
        *ret = mapping;
        mapping = NULL;
        return 0;
}

void mapping_close(struct mapping *mapping)
{
        if (!mapping)
                return;
        filter_close(mapping->filter);
        adopt_close(mapping->adopt);
        free(mapping->override_name);
        free(mapping);
}

/* An unreadable order stops the indicator even beside a readable one: nobody knows what was meant.
 * Two names of one level are one order. */
static enum override find_override(const struct mapping *mapping, struct wire_list attributes,
                                   struct order *ret)
{
        struct text name = {mapping->override_name, mapping->override_name_len};
        enum override found = OVERRIDE_NONE;
        struct wire_attribute attribute;

        while (wire_next_attribute(&attributes, &attribute)) {
                enum trust_level level;

                if (!text_eq(attribute.name, name))
                        continue;
                if (!trust_level_parse(attribute.value, &level))
                        return OVERRIDE_UNREADABLE;
                if (found == OVERRIDE_NONE)
                        *ret = (struct order){level, attribute.updated_at};
                if (ret->level != level)
                        found = OVERRIDE_CONFLICT;
                else if (found == OVERRIDE_NONE)
                        found = OVERRIDE_ONE;
                if (attribute.updated_at > ret->at)
                        ret->at = attribute.updated_at;
        }
        return found;
}

/* Whether it is selected, by the filters or by the saved search that its page is of. */
static enum verdict select_row(const struct mapping *mapping, const struct wire_row *row,
                               enum wire_scope scope, int64_t started_at)
{
        if (scope == SCOPE_OUTSIDE)
                return VERDICT_COLLECTION;
        return scope == SCOPE_COLLECTION ? VERDICT_CANDIDATE
                                         : filter_check(mapping->filter, row, started_at);
}

/* By selection and score, for an indicator without an order. */
static enum verdict judge(const struct mapping *mapping, const struct wire_row *row,
                          enum wire_scope scope, int64_t started_at, enum trust_level *ret)
{
        enum verdict verdict = select_row(mapping, row, scope, started_at);
        enum band band;

        if (verdict != VERDICT_CANDIDATE)
                return verdict;
        band = band_of_score(row->has_score ? row->score : 0);
        if (!mapping->reputation->mapped[band])
                return VERDICT_UNMAPPED;
        *ret = mapping->reputation->level[band];
        return VERDICT_CANDIDATE;
}

void mapping_decide(const struct mapping *mapping, const struct wire_row *row,
                    const struct hash *hash, enum wire_scope scope, int64_t started_at,
                    struct wire_item *ret)
{
        struct order order = {0};

        *ret = (struct wire_item){.id = row->id,
                                  .verdict = VERDICT_INVALID,
                                  .score = row->has_score ? row->score : 0,
                                  .created_at = row->created_at};
        if (!hash)
                return;
        ret->hash = *hash;
        switch (find_override(mapping, row->attributes, &order)) {
        case OVERRIDE_NONE:
                ret->verdict = judge(mapping, row, scope, started_at, &ret->level);
                break;
        case OVERRIDE_ONE:
                ret->verdict = VERDICT_CANDIDATE;
                ret->override = true;
                ret->level = order.level;
                break;
        case OVERRIDE_UNREADABLE:
                ret->verdict = VERDICT_BAD_OVERRIDE;
                break;
        case OVERRIDE_CONFLICT:
                ret->verdict = VERDICT_CONFLICTING_OVERRIDE;
                break;
        }
        if (ret->verdict == VERDICT_CANDIDATE)
                ret->adopt = adopt_shows(mapping->adopt, row->attributes, ret->override, order.at);
}
