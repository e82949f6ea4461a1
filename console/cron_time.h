/*
 * When a cron job runs: five fields as cron(8) takes them in /etc/cron.d, with lists, ranges, steps
 * and names, or one of its words such as @hourly. Source: crontab(5) of Debian's cron. Pure.
 */
#ifndef TQ_CONSOLE_CRON_TIME_H
#define TQ_CONSOLE_CRON_TIME_H

#include <stdbool.h>

enum { CRON_TIME_MAX = 256, CRON_TIME_FAULT_MAX = 384 };

struct cron_time {
        char text[CRON_TIME_MAX]; /* with one space between the fields */
        bool often;               /* more than once an hour */
};

/* False when cron would not take it, would read something else than it says, or would never run
 * it; then fault says which field is wrong, and the mend. */
bool cron_time_parse(const char *schedule, struct cron_time *ret, char fault[CRON_TIME_FAULT_MAX]);

#endif
