/*
 * The stages as a service manager runs them: what is started, how often, and by which command line.
 * Pure; supervisord_text and systemd_text print it in their manager's words.
 */
#ifndef TQ_CONSOLE_UNITS_H
#define TQ_CONSOLE_UNITS_H

#include "common/cleanup.h"
#include "console/console.h"

#include <stdio.h>

struct unit {
        enum tool tool;
        const char *fabric; /* publisher: which, else NULL */
        unsigned processes;
        char *argv[TOOLS_ARGS_MAX];
};

struct units {
        struct unit *all; /* fetcher, mapper, publishers, enricher */
        size_t count;
        const char *prefix;          /* of the names, "tie" */
        const char *user;            /* to run as; NULL: whom the manager runs as */
        const char *log_dir;         /* NULL: the manager's own */
        const struct config *config; /* for the folders that they write to */
        char config_path[PATH_MAX];  /* absolute */
};

enum { UNITS_STOP_S = 10 /* given to a stage, which needs 5 at most, to end after SIGTERM */ };

/* The stages of the console's fabrics, but those that links: gives to a host with another key, and
 * the tools that are set in `without`, a bit each. Texts stay with the console and the caller. 0 or
 * -errno. */
int units_make(const struct console *console, const char *prefix, const char *user,
               unsigned without, struct units *ret);
void units_done(struct units *units);
/* <prefix>-publisher-<fabric>, <prefix>-mapper …; freed by the caller, NULL: out of memory. */
char *units_name(const struct units *units, const struct unit *unit);
/* Both managers expand %: it is doubled. */
void units_print_text(FILE *out, const char *text);
/* A word of a command line, which both split as a shell does. */
void units_print_word(FILE *out, const char *word);
/* The first word that no service manager's file can hold (line breaks and the like, and what would
 * begin a comment), or NULL. */
const char *units_bad_word(const struct units *units);

#endif
