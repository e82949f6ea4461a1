/*
 * What happened, or what is: one JSON object for programs, a table of 80 columns for people.
 * Pure: both are made from the same struct.
 */
#ifndef TQ_CONSOLE_SUMMARY_H
#define TQ_CONSOLE_SUMMARY_H

#include "common/trouble.h"
#include "console/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SUMMARY_COLUMNS = 80 };

struct summary_fabric {
        const char *name;
        const struct report_publisher *report; /* NULL: it could not be had */
        bool lagging;
        const struct report_remote *remote; /* NULL: its file alone configures it */
};

struct summary_stage {
        const char *stage;  /* "fetcher" … */
        const char *fabric; /* of a publisher, else NULL */
        int64_t pid;        /* of the last process; 0: none */
        bool running;
        unsigned restarts;
        const struct trouble_line *trouble; /* its last warning or error; NULL: not known */
};

struct health;

struct summary {
        const struct report_sweep *sweep;
        const struct summary_fabric *fabrics;
        size_t fabric_count;
        const struct summary_stage *stages;
        size_t stage_count;
        const char *const *problems; /* sentences: what, why and what happens next */
        size_t problem_count;
        const struct health *health; /* NULL: not judged */
        bool ended;                  /* a run is over: with exit code, counts and duration */
        int exit;
        int64_t elapsed_ms;
};

/* One line without the newline; the caller frees. NULL when memory is out. */
char *summary_json(const struct summary *summary);
/* Lines of at most SUMMARY_COLUMNS columns, but for one long word; the caller frees. */
char *summary_table(const struct summary *summary);

/* 1234567 as "1,234,567". Returns out. */
enum { SUMMARY_NUMBER_MAX = 32 };
const char *summary_number(uint64_t n, char out[SUMMARY_NUMBER_MAX]);
#define SUMMARY_N(n) summary_number((n), (char[SUMMARY_NUMBER_MAX]){0})

#endif
