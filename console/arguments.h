/*
 * The command line of tq-trellix-tie: the guide's arguments and the commands of this product.
 */
#ifndef TQ_CONSOLE_ARGUMENTS_H
#define TQ_CONSOLE_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>

enum console_command { COMMAND_RUN, COMMAND_STATUS };

struct console_options {
        enum console_command command;
        const char *config;         /* file or folder */
        const char *log_dir;        /* NULL: standard error */
        const char *fabric;         /* NULL: all */
        const char *dxl_config_dir; /* NULL: not given */
        const char *cache;          /* NULL: not given */
        int verbosity;              /* 1–3 */
        bool json;
        bool watch;
};

/* Reads the command line. 0, or an errno of argp when it is wrong; unless argp_flags say otherwise
 * (ARGP_NO_ERRS | ARGP_NO_EXIT …), it says why and exits with 2 itself. Values point into argv. */
int arguments_parse(int argc, char **argv, unsigned argp_flags, struct console_options *ret);

#endif
