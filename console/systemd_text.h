/*
 * The stages as units of systemd (systemd.service(5)): a template per stage that may run more than
 * once, and a target that wants them all. Pure.
 */
#ifndef TQ_CONSOLE_SYSTEMD_TEXT_H
#define TQ_CONSOLE_SYSTEMD_TEXT_H

#include "console/units.h"

struct systemd_file {
        char *name; /* "tie-mapper@.service" */
        char *text;
};

enum { SYSTEMD_FILES_MAX = UNIT_KINDS + 1 };

/* Freed by systemd_files_done in any case. 0 or -ENOMEM. units_bad_word found none. */
int systemd_files(const struct units *units, struct systemd_file ret[SYSTEMD_FILES_MAX],
                  size_t *count);
void systemd_files_done(struct systemd_file files[SYSTEMD_FILES_MAX], size_t count);

#endif
