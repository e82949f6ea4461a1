/*
 * The text of a file in /etc/cron.d that holds one job: the line, and the same file with another
 * schedule. Pure. Source: crontab(5), cron(8).
 */
#ifndef TQ_CONSOLE_CRON_JOB_H
#define TQ_CONSOLE_CRON_JOB_H

#include <stdbool.h>
#include <stddef.h>

enum {
        CRON_JOB_E_TWO = 1, /* the file has two jobs of ours, both switched on */
        CRON_JOB_E_OTHER,   /* its job is another fabric's */
        CRON_JOB_E_LONG,    /* the command is longer than cron takes */
};

struct cron_job {
        const char *schedule; /* of cron_time.h */
        const char *user;     /* whom a new line runs as; one that is there keeps its own */
        const char *command;  /* of cron_job_command */
        const char *fabric;   /* of -cn; NULL: all */
};

/* The words as one command line that cron and then the shell read as these words. NULL when a word
 * holds what cannot be written there, a control character or "\%"; the caller frees. */
char *cron_job_command(const char *const words[], size_t count);

/* The file `old` (NULL: there is none) with the job in it. A line of ours, which runs a program
 * tq-trellix-tie, gets the schedule and the command and stays commented out or not; what stands
 * before the program stays, and what follows a command that is the same. Without one a line that is
 * commented out becomes the first, so that "the # at the beginning of the file" is the one to
 * remove, as the guide has it. All other lines stay. *enabled: whether cron runs it. 0 with
 * *ret, which the caller frees, or CRON_JOB_E_*, or -ENOMEM. */
int cron_job_edit(const char *old, const struct cron_job *job, char **ret, bool *enabled);

#endif
