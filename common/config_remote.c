#include "common/config_remote.h"

#include "common/config_internal.h"

#include <errno.h>
#include <string.h>

static const struct {
        const char *name;
        const char *path; /* how the checks of the file call it */
        bool list;
} parameters[PARAMETER_COUNT] = {
    [PARAMETER_DAILY_LIMIT] = {"Daily Rate Limiting", "daily_limit", false},
    [PARAMETER_KNOWN_MALICIOUS] = {"Known Malicious Reputation Mapping",
                                   "reputation.known_malicious", true},
    [PARAMETER_MOST_LIKELY_MALICIOUS] = {"Most Likely Malicious Reputation Mapping",
                                         "reputation.most_likely_malicious", true},
    [PARAMETER_MIGHT_BE_MALICIOUS] = {"Might Be Malicious Reputation Mapping",
                                      "reputation.might_be_malicious", true},
    [PARAMETER_DAYS] = {"Number of Days", "selection.days", false},
    [PARAMETER_STATUS] = {"Filter by Indicator Status", "selection.status", true},
    [PARAMETER_MIN_SCORE] = {"Filter by Indicator Score", "selection.min_score", false},
    [PARAMETER_ATTRIBUTES] = {"Filter by Indicator Attributes", "selection.attributes", true},
    [PARAMETER_ENRICHMENT] = {"Intelligence Data Enrichment", "enrichment", false},
};

const char *config_parameter_name(enum config_parameter parameter)
{
        return parameters[parameter].name;
}

bool config_parameter_is_list(enum config_parameter parameter)
{
        return parameters[parameter].list;
}

void config_remote_add(struct config_remote *remote, enum config_parameter parameter,
                       struct text value)
{
        struct config_values *values = &remote->values[parameter];
        char **items;

        value = text_trim(value);
        if (value.len == 0)
                return;
        items = config_alloc(values->count + 1, sizeof *items);
        if (values->count > 0)
                memcpy(items, values->items, values->count * sizeof *items);
        items[values->count] = config_alloc(1, value.len + 1);
        memcpy(items[values->count], value.ptr, value.len);
        free(values->items);
        values->items = items;
        values->count++;
}

void config_remote_done(struct config_remote *remote)
{
        for (size_t p = 0; p < PARAMETER_COUNT; p++) {
                for (unsigned i = 0; i < remote->values[p].count; i++)
                        free(remote->values[p].items[i]);
                free(remote->values[p].items);
        }
        *remote = (struct config_remote){0};
}

static const char *label(const char *path)
{
        for (size_t p = 0; p < PARAMETER_COUNT; p++) {
                size_t len = strlen(parameters[p].path);

                if (strncmp(path, parameters[p].path, len) == 0 &&
                    (path[len] == '\0' || path[len] == '['))
                        return parameters[p].name;
        }
        return strcmp(path, "reputation") == 0 ? "Reputation Mapping" : path;
}

/* The connector's values of a parameter that the file leaves open. */
static struct config_values open_values(const struct config_fabric *file,
                                        const struct config_remote *remote,
                                        enum config_parameter parameter, unsigned given)
{
        return file->given & given ? (struct config_values){0} : remote->values[parameter];
}

static char *open_value(const struct config_fabric *file, const struct config_remote *remote,
                        enum config_parameter parameter, unsigned given)
{
        struct config_values values = open_values(file, remote, parameter, given);

        return values.count > 0 ? values.items[0] : NULL;
}

static void apply_selection(struct config_check *check, const struct config_fabric *file,
                            const struct config_remote *remote, struct config_selection *ret)
{
        struct config_values status =
            open_values(file, remote, PARAMETER_STATUS, CONFIG_GIVEN_STATUS);
        struct config_values attributes =
            open_values(file, remote, PARAMETER_ATTRIBUTES, CONFIG_GIVEN_ATTRIBUTES);
        const struct config_raw_selection raw = {
            .days = open_value(file, remote, PARAMETER_DAYS, CONFIG_GIVEN_DAYS),
            .min_score = open_value(file, remote, PARAMETER_MIN_SCORE, CONFIG_GIVEN_MIN_SCORE),
            .status = status.items,
            .status_count = status.count,
            .attributes = attributes.items,
            .attributes_count = attributes.count,
        };
        struct config_selection theirs = {0};

        config_check_selection(check, &raw, "selection", &theirs);
        *ret = config_copy_selection(&file->selection);
        if (raw.days)
                ret->days = theirs.days;
        if (raw.min_score)
                ret->min_score = theirs.min_score;
        if (raw.status_count > 0) {
                struct config_selection moved = *ret;

                ret->status = theirs.status;
                ret->status_count = theirs.status_count;
                theirs.status = moved.status;
                theirs.status_count = moved.status_count;
        }
        if (raw.attributes_count > 0) {
                struct config_selection moved = *ret;

                ret->attributes = theirs.attributes;
                ret->attribute_count = theirs.attribute_count;
                theirs.attributes = moved.attributes;
                theirs.attribute_count = moved.attribute_count;
        }
        config_selection_done(&theirs);
}

static void apply_reputation(struct config_check *check, const struct config_fabric *file,
                             const struct config_remote *remote, struct config_reputation *ret)
{
        const struct config_values *v = remote->values;
        const struct config_raw_reputation raw = {
            .known_malicious = v[PARAMETER_KNOWN_MALICIOUS].items,
            .known_malicious_count = v[PARAMETER_KNOWN_MALICIOUS].count,
            .most_likely_malicious = v[PARAMETER_MOST_LIKELY_MALICIOUS].items,
            .most_likely_malicious_count = v[PARAMETER_MOST_LIKELY_MALICIOUS].count,
            .might_be_malicious = v[PARAMETER_MIGHT_BE_MALICIOUS].items,
            .might_be_malicious_count = v[PARAMETER_MIGHT_BE_MALICIOUS].count,
        };

        *ret = file->reputation;
        if (!(file->given & CONFIG_GIVEN_REPUTATION) && raw.known_malicious_count +
                                                                raw.most_likely_malicious_count +
                                                                raw.might_be_malicious_count >
                                                            0) {
                *ret = (struct config_reputation){0};
                config_check_reputation(check, &raw, "reputation", ret);
        }
}

static void apply(struct config_check *check, const struct config_fabric *file,
                  const struct config_remote *remote, struct config_fabric *ret)
{
        ret->daily_limit = config_check_uint(
            check, "daily_limit",
            open_value(file, remote, PARAMETER_DAILY_LIMIT, CONFIG_GIVEN_DAILY_LIMIT),
            file->daily_limit, 1, WIRE_LIMIT_MAX);
        ret->enrichment = config_check_bool(
            check, "enrichment",
            open_value(file, remote, PARAMETER_ENRICHMENT, CONFIG_GIVEN_ENRICHMENT),
            file->enrichment);
        apply_selection(check, file, remote, &ret->selection);
        apply_reputation(check, file, remote, &ret->reputation);
}

int config_remote_apply(const struct config_fabric *file, const struct config_remote *remote,
                        const char *source, struct config_fabric *ret, char **error)
{
        static const struct config_remote nothing;
        struct config_check check = {.file = source, .label = label};
        struct config_fabric fabric = {
            .name = config_dup(file->name),
            .remote_config = file->remote_config ? config_dup(file->remote_config) : NULL,
            .given = file->given,
            .active = remote->active,
        };
        _cleanup_(freep) char *text = NULL;
        size_t text_len = 0;

        check.faults = open_memstream(&text, &text_len);
        if (!check.faults)
                abort();
        apply(&check, file, remote->active ? remote : &nothing, &fabric);
        if (fclose(check.faults) != 0)
                abort();
        if (check.fault_count > 0) {
                config_fabric_done(&fabric);
                *error = text;
                text = NULL;
                return -EINVAL;
        }
        *ret = fabric;
        return 0;
}
