#include "mapper/filter.h"

#include <errno.h>
#include <string.h>

static const int64_t day_s = 86400;

/* One "Name:Value" of the configuration; those of one name have the same group number. */
struct wanted {
        struct text name;
        struct text value;
        unsigned group;
};

struct filter {
        int64_t age_s;
        double min_score;
        struct text *status;
        size_t status_count;
        struct wanted *wanted;
        size_t wanted_count;
        unsigned group_count;
};

static void set_wanted(struct filter *filter, const struct config_selection *selection)
{
        for (size_t i = 0; i < selection->attribute_count; i++) {
                struct wanted *wanted = &filter->wanted[i];

                wanted->name = text_of(selection->attributes[i].name);
                wanted->value = text_of(selection->attributes[i].value);
                wanted->group = filter->group_count;
                for (size_t j = 0; j < i; j++) {
                        if (text_eq(filter->wanted[j].name, wanted->name))
                                wanted->group = filter->wanted[j].group;
                }
                if (wanted->group == filter->group_count)
                        filter->group_count++;
        }
        filter->wanted_count = selection->attribute_count;
}

int filter_open(const struct config_selection *selection, struct filter **ret)
{
        _cleanup_(filter_closep) struct filter *filter = calloc(1, sizeof *filter);

        if (!filter)
                return -ENOMEM;
        filter->age_s = selection->days * day_s;
        filter->min_score = selection->min_score;
        filter->status = calloc(selection->status_count + 1, sizeof *filter->status);
        filter->wanted = calloc(selection->attribute_count + 1, sizeof *filter->wanted);
        if (!filter->status || !filter->wanted)
                return -ENOMEM;
        for (size_t i = 0; i < selection->status_count; i++)
                filter->status[i] = text_trim(text_of(selection->status[i]));
        filter->status_count = selection->status_count;
        set_wanted(filter, selection);
        *ret = filter;
        filter = NULL;
        return 0;
}

void filter_close(struct filter *filter)
{
        if (!filter)
                return;
        free(filter->status);
        free(filter->wanted);
        free(filter);
}

static bool status_passes(const struct filter *filter, struct text status)
{
        status = text_trim(status);
        for (size_t i = 0; i < filter->status_count; i++) {
                if (text_eq_nocase(filter->status[i], status))
                        return true;
        }
        return filter->status_count == 0;
}

/* Whether the indicator has one of the wanted values of every wanted name. */
static bool attributes_pass(const struct filter *filter, struct wire_list attributes)
{
        bool matched[WIRE_ATTRIBUTES_MAX] = {false};
        unsigned missing = filter->group_count;
        struct wire_attribute attribute;

        while (missing > 0 && wire_next_attribute(&attributes, &attribute)) {
                for (size_t i = 0; i < filter->wanted_count; i++) {
                        const struct wanted *wanted = &filter->wanted[i];

                        if (matched[wanted->group] || !text_eq(wanted->name, attribute.name) ||
                            !text_eq_nocase(wanted->value, text_trim(attribute.value)))
                                continue;
                        matched[wanted->group] = true;
                        missing--;
                }
        }
        return missing == 0;
}

enum verdict filter_check(const struct filter *filter, const struct wire_row *row,
                          int64_t started_at)
{
        if (row->created_at == 0 || row->created_at < started_at - filter->age_s)
                return VERDICT_DAYS;
        if (!status_passes(filter, row->status))
                return VERDICT_STATUS;
        if (!((row->has_score ? row->score : 0) >= filter->min_score))
                return VERDICT_SCORE;
        if (filter->group_count > 0 && !attributes_pass(filter, row->attributes))
                return VERDICT_ATTRIBUTES;
        return VERDICT_CANDIDATE;
}
