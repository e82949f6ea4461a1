/*
 * The command line of a stage: the options that all have, then its own.
 */
#ifndef TQ_COMMON_PROC_OPTIONS_H
#define TQ_COMMON_PROC_OPTIONS_H

#include "common/proc.h"

#include <stdbool.h>

#define PROC_CONFIG_DEFAULT "/etc/tq_labs/tq-trellix-tie.yaml"

struct proc_options {
        const char *config;
        const char *log_place; /* NULL: standard error; LOG_STDOUT; a folder; a file */
        const char *fabric;
        int verbosity;
        bool stdio;
        bool report;
        bool check;
};

/* Reads argv into *ret, whose texts are argv's. Ends the process for --help (0) and for what it
 * cannot read (2, after it said what). -ENOMEM. */
int proc_options_parse(const struct proc_spec *spec, int argc, char **argv,
                       struct proc_options *ret);

#endif
