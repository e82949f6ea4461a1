#include "enricher/attribute.h"

#include "common/reputation.h"

#include <inttypes.h>
#include <stdio.h>

static void wishes_add(struct attribute_wishes *wishes, const char *name, const char *value,
                       bool enrichment)
{
        struct attribute_wish *wish = &wishes->wish[wishes->count++];

        text_copy(text_of(name), wish->name, sizeof(wish->name));
        text_copy(text_of(value), wish->value, sizeof(wish->value));
        wish->enrichment = enrichment;
}

static void wishes_add_level(struct attribute_wishes *wishes, const char *name, int level)
{
        if (trust_level_valid(level))
                wishes_add(wishes, name, trust_level_name((enum trust_level)level), true);
}

static void wishes_add_count(struct attribute_wishes *wishes, const char *name, int64_t count)
{
        char text[24];

        if (count < 0)
                return;
        snprintf(text, sizeof(text), "%" PRId64, count);
        wishes_add(wishes, name, text, true);
}

void attribute_wishes_of(const struct wire_outcome *outcome, const char *fabric,
                         char *const share_status[SHARE_COUNT], struct attribute_wishes *ret)
{
        const struct wire_enrichment *e = &outcome->enrichment;
        char name[ATTRIBUTE_NAME_MAX];

        ret->count = 0;
        snprintf(name, sizeof(name), "Share Status - %s", fabric);
        wishes_add(ret, name, share_status[outcome->share], false);
        wishes_add_level(ret, "Enterprise Trust Level", e->enterprise_level);
        wishes_add_level(ret, "GTI Trust Level", e->gti_level);
        wishes_add_level(ret, "ATD Trust Level", e->atd_level);
        if (e->prevalent == 0 || e->prevalent == 1)
                wishes_add(ret, "Prevalence", e->prevalent ? "True" : "False", true);
        wishes_add_count(ret, "Detection Count", e->detection_count);
        wishes_add_count(ret, "Enterprise Count", e->enterprise_count);
}

bool attribute_wished(const struct attribute_wishes *wishes, struct text name)
{
        for (size_t i = 0; i < wishes->count; i++)
                if (text_eq_str(name, wishes->wish[i].name))
                        return true;
        return false;
}

bool attribute_value_eq(struct text a, struct text b)
{
        return text_eq_nocase(text_trim(a), text_trim(b));
}

static bool row_named(const struct attribute_row *row, const struct attribute_wish *wish)
{
        return !row->foreign && text_eq_str(row->name, wish->name);
}

/* Whether it is ours alone. */
static bool row_changeable(const struct attribute_row *row, const struct attribute_wish *wish)
{
        return row_named(row, wish) && !row->joint;
}

/* The row to keep for a wish: one that is right already, else the first; `count` when none. */
static size_t row_to_keep(const struct attribute_wish *wish, const struct attribute_row *rows,
                          size_t count)
{
        size_t first = count;

        for (size_t i = 0; i < count; i++) {
                if (!row_named(&rows[i], wish))
                        continue;
                if (attribute_value_eq(rows[i].value, text_of(wish->value)))
                        return i;
                if (first == count && !rows[i].joint)
                        first = i;
        }
        return first;
}

static void diff_wish(const struct attribute_wish *wish, size_t index,
                      const struct attribute_row *rows, size_t count, struct attribute_plan *plan)
{
        size_t keep = row_to_keep(wish, rows, count);

        if (keep == count) {
                plan->post[plan->post_count++] = index;
                return;
        }
        if (!attribute_value_eq(rows[keep].value, text_of(wish->value)))
                plan->put[plan->put_count++] = (struct attribute_put){rows[keep].id, index};
        for (size_t i = 0; i < count; i++)
                if (i != keep && row_changeable(&rows[i], wish))
                        plan->delete[plan->delete_count++] = rows[i].id;
}

void attribute_diff(const struct attribute_wishes *wishes, const struct attribute_row *rows,
                    size_t count, struct attribute_plan *ret)
{
        if (count > ATTRIBUTE_ROWS_MAX)
                count = ATTRIBUTE_ROWS_MAX;
        *ret = (struct attribute_plan){0};
        for (size_t i = 0; i < wishes->count; i++)
                diff_wish(&wishes->wish[i], i, rows, count, ret);
}

static bool row_right(const struct attribute_row *row, const struct attribute_wish *wish)
{
        return text_eq_str(row->name, wish->name) &&
               attribute_value_eq(row->value, text_of(wish->value));
}

size_t attribute_doubt(const struct attribute_wishes *wishes, const struct attribute_row *rows,
                       size_t count)
{
        for (size_t w = 0; w < wishes->count; w++)
                for (size_t i = 0; i < count; i++)
                        if (rows[i].joint && row_named(&rows[i], &wishes->wish[w]) &&
                            !row_right(&rows[i], &wishes->wish[w]))
                                return w;
        return wishes->count;
}

struct text attribute_source(const struct attribute_wishes *wishes, size_t wish,
                             const struct attribute_row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (rows[i].source.len > 0 && row_right(&rows[i], &wishes->wish[wish]))
                        return rows[i].source;
        return (struct text){0};
}

bool attribute_plan_empty(const struct attribute_plan *plan)
{
        return plan->put_count == 0 && plan->post_count == 0 && plan->delete_count == 0;
}

enum attribute_fate attribute_plan_fate(const struct attribute_plan *plan, size_t wish)
{
        for (size_t i = 0; i < plan->put_count; i++)
                if (plan->put[i].wish == wish)
                        return ATTRIBUTE_CHANGED;
        for (size_t i = 0; i < plan->post_count; i++)
                if (plan->post[i] == wish)
                        return ATTRIBUTE_ADDED;
        return ATTRIBUTE_RIGHT;
}
