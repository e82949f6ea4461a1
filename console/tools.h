/*
 * The stages' programs, this one, and their command lines. They stand beside the console when
 * installed, in their own folders beside the console's in the build tree.
 */
#ifndef TQ_CONSOLE_TOOLS_H
#define TQ_CONSOLE_TOOLS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum tool { TOOL_FETCHER, TOOL_MAPPER, TOOL_PUBLISHER, TOOL_ENRICHER, TOOL_COUNT };

enum { TOOLS_ARGS_MAX = 20, TOOLS_MORE_MAX = 4 };

struct tools {
        char path[TOOL_COUNT][PATH_MAX];
        char console[PATH_MAX]; /* this program itself */
};

/* "fetcher" … */
const char *tool_name(enum tool tool);
/* Looks for the stages beside `folder` (NULL: the folder of the running program). 0, or -ENOENT
 * with *missing naming the first that is not there. */
int tools_find(const char *folder, struct tools *ret, enum tool *missing);

struct tool_call {
        enum tool tool;
        const char *config;
        const char *fabric;  /* publisher: which, else NULL */
        const char *log_dir; /* or NULL */
        int verbosity;
        const char *cache; /* publisher: the vendor's quota file or its folder, or NULL */
        bool report;       /* --report instead of running */
        bool stdio;        /* --stdio, until the end of standard input */
        const char *more[TOOLS_MORE_MAX]; /* further words, up to the first NULL */
        bool check;                       /* --check instead of running */
        bool quota_reset;                 /* publisher: --quota-reset instead of running */
        bool errand;                      /* publisher: `more` says what to do instead of running */
        bool again;                       /* it ran before in this run */
        bool service; /* it runs for good, by its own clock, and not for one sweep */
};

/* The command line, NULL-terminated. Its words belong to tools, call and string literals. */
void tools_command(const struct tools *tools, const struct tool_call *call,
                   char *argv[TOOLS_ARGS_MAX]);
/* The command line of `serve`; without an address or token file (NULL) its defaults hold. */
void tools_serve_command(const struct tools *tools, const char *config, const char *listen,
                         const char *token_file, char *argv[TOOLS_ARGS_MAX]);

#endif
