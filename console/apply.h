/*
 * Makes supervisord take over a new configuration of the stages: programs that are new start, those
 * that are gone stop, changed ones start again, and all others are asked by SIGHUP to take what
 * else changed in the YAML.
 */
#ifndef TQ_CONSOLE_APPLY_H
#define TQ_CONSOLE_APPLY_H

#include "console/units.h"

struct apply {
        const struct units *units; /* what the text holds */
        const char *file; /* written, 0644, when its text differs; supervisord includes it */
        const char *text;
        const char *supervisorctl;    /* the program's path */
        const char *supervisord_conf; /* for supervisorctl -c; NULL: where it looks itself */
};

/* Says on standard output what was done, on standard error what failed and the mend. Returns the
 * exit code: 1 when supervisord could not be reached or does not know the stages. */
int apply_run(const struct apply *apply);

#endif
