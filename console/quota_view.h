/*
 * What `quota show` and `quota reset` print: one JSON object for programs, lines of at most 80
 * columns for people. Pure.
 */
#ifndef TQ_CONSOLE_QUOTA_VIEW_H
#define TQ_CONSOLE_QUOTA_VIEW_H

#include "console/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one fabric's publisher said. */
struct quota_view {
        const char *fabric;
        char error[REPORT_TEXT_MAX]; /* "": it answered, and the rest holds */
        int64_t pid;                 /* 0: it does not run */
        struct report_quota quota;   /* after a reset only its limit */
        uint64_t forgotten;          /* by a reset */
};

/* Reads what `tie-publisher --quota-reset` printed: 0, or REPORT_E_BAD with *ret untouched. */
int quota_view_parse_reset(const char *json, size_t len, struct quota_view *ret);

/* The caller frees; NULL when memory is out. JSON is one line without its newline. */
char *quota_view_table(const struct quota_view *fabrics, size_t count);
char *quota_view_done(const struct quota_view *fabrics, size_t count);
char *quota_view_json(const struct quota_view *fabrics, size_t count, bool reset);

#endif
