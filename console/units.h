/*
 * The stages as a service manager runs them: what is started, how often, and by which command line.
 * Pure; supervisord_text and systemd_text print it in their manager's words.
 */
#ifndef TQ_CONSOLE_UNITS_H
#define TQ_CONSOLE_UNITS_H

#include "common/cleanup.h"
#include "console/console.h"

#include <stdio.h>

enum unit_kind {
        UNIT_FETCHER = TOOL_FETCHER,
        UNIT_MAPPER = TOOL_MAPPER,
        UNIT_PUBLISHER = TOOL_PUBLISHER,
        UNIT_ENRICHER = TOOL_ENRICHER,
        UNIT_SERVE,
        UNIT_KINDS,
};

struct unit {
        enum unit_kind kind;
        const char *fabric; /* publisher: which, else NULL */
        unsigned processes;
        char *argv[TOOLS_ARGS_MAX];
};

struct units {
        struct unit *all; /* fetcher, mapper, publishers, enricher, serve */
        size_t count;
        const char *prefix;          /* of the names, "tie" */
        const char *user;            /* to run as; NULL: whom the manager runs as */
        const char *log_dir;         /* NULL: the manager's own */
        const struct config *config; /* for the folders that they write to */
        char config_path[PATH_MAX];  /* absolute */
};

enum { UNITS_STOP_S = 10 /* given to a stage, which needs 5 at most, to end after SIGTERM */ };

struct units_wish {
        const char *prefix, *user; /* as in struct units */
        unsigned without;          /* stages that are left out, a bit of enum tool each */
        bool serve;                /* `serve` too */
        const char *listen;        /* its options; NULL: its defaults */
        const char *token_file;
};

/* The stages of the console's fabrics, but those that links: gives to a host with another key.
 * Texts stay with the console and the caller. 0 or -errno. */
int units_make(const struct console *console, const struct units_wish *wish, struct units *ret);
void units_done(struct units *units);
/* "fetcher", … "serve" */
const char *unit_kind_name(enum unit_kind kind);
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
