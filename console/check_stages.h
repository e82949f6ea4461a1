/*
 * What `check` learns of the stages that talk to the outside: `tie-fetcher --check` and
 * `tie-publisher --check --fabric NAME` for each fabric, a few at a time, within a bound.
 */
#ifndef TQ_CONSOLE_CHECK_STAGES_H
#define TQ_CONSOLE_CHECK_STAGES_H

#include "console/check_local.h"
#include "console/tools.h"
#include "console/watch.h"

#include <stddef.h>

struct check_stages {
        const struct tools *tools;
        const char *config;         /* the file */
        const char *const *fabrics; /* names */
        size_t fabric_count;
        struct watch *watch;
        check_fn on_finding;
        void *userdata;
};

/* Gives ThreatQ's findings, then each fabric's, in this order. 0, -EINTR when interrupted, -errno.
 * A stage that cannot be asked is a finding. */
int check_stages_ask(const struct check_stages *check);

#endif
