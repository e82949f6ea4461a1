/*
 * A round of reports: asks the fetcher and each fabric's publisher, a few at a time, without
 * waiting. What was learned last is kept when a later round learns nothing.
 */
#ifndef TQ_CONSOLE_GATHER_H
#define TQ_CONSOLE_GATHER_H

#include "common/cleanup.h"
#include "console/report.h"
#include "console/summary.h"
#include "console/tools.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gather;

struct gather_options {
        const struct tools *tools;
        const char *config;
        const char *const *fabrics; /* names; all of the options stay with the caller */
        size_t fabric_count;
        int epoll; /* becomes readable when gather_serve has something to do */
};

int gather_open(const struct gather_options *options, struct gather **ret);
void gather_close(struct gather *gather);
DEFINE_CLEANUP(struct gather *, gather_close);

/* Begins a round, unless one is under way. 0 or -errno. */
int gather_start(struct gather *gather, int64_t boot_ms);
/* Call it when `epoll` is readable and at gather_deadline. Whether the round has just ended. */
bool gather_serve(struct gather *gather, int64_t boot_ms);
bool gather_under_way(const struct gather *gather);
int64_t gather_deadline(const struct gather *gather);
/* How long the last round took: whoever asks again and again keeps it a small part of the time. */
int64_t gather_took_ms(const struct gather *gather);

/* The last report; NULL when there never was one, or, with `fresh`, when the last round gave none.
 * Valid until gather_close, its content until gather_serve. */
const struct report_fetcher *gather_fetcher(const struct gather *gather, bool fresh);
const struct report_publisher *gather_publisher(const struct gather *gather, size_t fabric,
                                                bool fresh);
/* Name, last report and lagging of each fabric, fabric_count of them. Valid as the reports are. */
void gather_describe(const struct gather *gather, struct summary_fabric *ret);
/* What the stage said when it gave no report: "" when it did, and before any was asked. */
const char *gather_error(const struct gather *gather);

#endif
