/*
 * `--cron SCHEDULE`: the job of this command line in /etc/cron.d/tq-trellix-tie[-NAME], commented
 * out at first, as in the guide ("CRON").
 */
#ifndef TQ_CONSOLE_CRON_H
#define TQ_CONSOLE_CRON_H

#include "console/console.h"

#define CRON_FOLDER "/etc/cron.d"

/* Whether the file can be written, before anything else is done. 0, or the exit code after it said
 * why. */
int cron_check(const struct console_options *options);
/* Writes the file and says what to do next. The job runs as the owner of the configuration, who
 * alone can read it. Returns the exit code. */
int cron_write(const struct console_options *options, const struct config *config);

#endif
