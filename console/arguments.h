/*
 * The command line of tq-trellix-tie: the guide's arguments, then a command with its own words and
 * options (commands.h). The common options may stand before and after the command, a command's own
 * only after it.
 */
#ifndef TQ_CONSOLE_ARGUMENTS_H
#define TQ_CONSOLE_ARGUMENTS_H

#include "console/cron_time.h"

#include <argp.h>
#include <stdbool.h>

struct command;

struct console_options {
        const struct command *command;
        void *own;                  /* what the command's own argp filled; NULL: it has none */
        const char *config;         /* file or folder */
        const char *log_dir;        /* NULL: standard error */
        const char *fabric;         /* NULL: all */
        const char *dxl_config_dir; /* NULL: not given */
        const char *cache;          /* NULL: not given */
        const char *cron_folder;    /* where --cron writes */
        struct cron_time cron;      /* --cron; text "": not given */
        int verbosity;              /* 1–3 */
        bool json;
};

/* Reads the command line. 0, or an errno of argp when it is wrong; unless argp_flags say otherwise
 * (ARGP_NO_ERRS | ARGP_NO_EXIT …), it says why and exits with 2 itself. Values point into argv;
 * free the rest with arguments_done. */
int arguments_parse(int argc, char **argv, unsigned argp_flags, struct console_options *ret);
void arguments_done(struct console_options *options);

#endif
