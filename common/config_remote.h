/*
 * The part of the configuration that ThreatQ may hold (guide: Configuration, the nine parameters):
 * what its connector says, as text, laid under what the file says, and checked as the file is.
 * Pure.
 */
#ifndef TQ_COMMON_CONFIG_REMOTE_H
#define TQ_COMMON_CONFIG_REMOTE_H

#include "common/cleanup.h"
#include "common/config.h"

#include <stdbool.h>
#include <stddef.h>

/* The parameters in the order of the guide. */
enum config_parameter {
        PARAMETER_DAILY_LIMIT,
        PARAMETER_KNOWN_MALICIOUS,
        PARAMETER_MOST_LIKELY_MALICIOUS,
        PARAMETER_MIGHT_BE_MALICIOUS,
        PARAMETER_DAYS,
        PARAMETER_STATUS,
        PARAMETER_MIN_SCORE,
        PARAMETER_ATTRIBUTES,
        PARAMETER_ENRICHMENT,
        PARAMETER_COUNT,
};

/* Its values: none when it is not set; more than one of a list only. */
struct config_values {
        char **items;
        unsigned count;
};

struct config_remote {
        bool active; /* the connector is switched on */
        struct config_values values[PARAMETER_COUNT];
};

/* "Daily Rate Limiting" …, as the guide and ThreatQ's page call it. */
const char *config_parameter_name(enum config_parameter parameter);
/* Whether it takes several values: bands, statuses and attributes do. */
bool config_parameter_is_list(enum config_parameter parameter);

/* Appends a copy of the text, trimmed; an empty one is passed over. */
void config_remote_add(struct config_remote *remote, enum config_parameter parameter,
                       struct text value);
/* Frees what is in it, not itself. */
void config_remote_done(struct config_remote *remote);

/* What holds for a fabric: the file where it says something (a mapping counts as one thing), else
 * the connector, else the default. source: how faults name the connector. 0, or -EINVAL with *ret
 * untouched and in *error one line per fault, which the caller frees. config_fabric_done frees what
 * is in *ret. The values of one that is switched off are not looked at. */
int config_remote_apply(const struct config_fabric *file, const struct config_remote *remote,
                        const char *source, struct config_fabric *ret, char **error);

#endif
