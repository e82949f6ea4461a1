/*
 * The last warning or error of a stage, as the line of its log, in a file that outlives the stage:
 * whoever looks at the pipeline reads it. Several processes of one stage share the file; the last
 * that had a trouble stands in it. Losing it harms nothing.
 */
#ifndef TQ_COMMON_TROUBLE_H
#define TQ_COMMON_TROUBLE_H

#include "common/cleanup.h"
#include "common/log.h"

#include <stdbool.h>

enum {
        TROUBLE_TEXT_MAX = 512, /* longer text is cut */
        TROUBLE_DATE_MAX = 32,
};

struct trouble;

/* What the file says. */
struct trouble_line {
        char at[TROUBLE_DATE_MAX]; /* "2026-05-01T10:00:00Z" */
        bool error;                /* else a warning */
        char text[TROUBLE_TEXT_MAX];
};

/* Writes into the file `path`, which is made at the first trouble. 0 or -ENOMEM. */
int trouble_open(const char *path, struct trouble **ret);
void trouble_close(struct trouble *trouble);
DEFINE_CLEANUP(struct trouble *, trouble_close);
/* A log_fn: keeps the line. Warnings at most one a second; a file that cannot be written is given
 * up. Safe from several threads. */
void trouble_note(enum log_level level, const char *line, void *trouble);

/* False when there is no such file or it holds no line of a log. */
bool trouble_read(const char *path, struct trouble_line *ret);
/* A line "TIME stage level text" taken apart; false when it is none. Pure. */
bool trouble_parse(const char *line, struct trouble_line *ret);

#endif
