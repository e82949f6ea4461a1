/*
 * When a run is over, and how: decided from the reports of the stages and the clock alone. Pure.
 *
 * A fabric is done when it holds the sweep that was asked for, has nothing to send that it may send
 * today, and ThreatQ shows all of it. A fabric that cannot get there within `patience` is left for
 * the next run; it never holds up the others.
 */
#ifndef TQ_CONSOLE_DECIDE_H
#define TQ_CONSOLE_DECIDE_H

#include "console/report.h"
#include "console/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        /* A service under supervision that was killed is back well before this. */
        DECIDE_GONE_MS = 10000,
        DECIDE_REASON_MAX = 768,
};

enum decide_verdict { DECIDE_GO_ON, DECIDE_DONE, DECIDE_FAILED };
enum decide_fabric_state { DECIDE_WORKING, DECIDE_FABRIC_DONE, DECIDE_LEFT };

/* What is seen now. Reports that could not be had are NULL. */
struct decide_fabric_input {
        const char *name;
        const struct report_publisher *report;
        const char *unusable; /* why its publisher will not run again, or NULL */
        bool misconfigured;   /* with unusable: by configuration */
};

struct decide_input {
        int64_t boot_ms; /* clock_boot_ms() */
        int64_t wall_s;  /* clock_wall_s() */
        const struct report_fetcher *fetcher;
        const char *unusable; /* why a stage that all need will not run again, or NULL */
        bool misconfigured;   /* with unusable: by configuration */
        const struct decide_fabric_input *fabrics;
        size_t fabric_count; /* as given to decide_init */
};

/* What is remembered between two looks. */
struct decide_fabric {
        enum decide_fabric_state state;
        bool misconfigured;
        char reason[DECIDE_REASON_MAX]; /* DECIDE_LEFT: why, and what happens next */
        int64_t ok_at;                  /* when it last was reported, running and not lagging */
        int64_t drained_at;             /* when the outbox last shrank or ThreatQ took something */
        uint64_t outbox;
        uint64_t written;
};

struct decide {
        int64_t patience_ms;
        uint64_t request; /* the number in our SWEEP_REQUEST */
        bool attached;    /* the stages are not ours */
        uint64_t sweep;   /* the one that answers our request; 0: not begun */
        bool swept;       /* it is over */
        bool failed;
        bool misconfigured;
        char reason[DECIDE_REASON_MAX]; /* failed: why, and what happens next */
        int64_t moved_at;               /* when the sweep last moved */
        int64_t running_at;             /* when a fetcher last ran */
        struct report_sweep seen;       /* ours, or the last one before it */
        struct report_sweep last;
        struct decide_fabric fabrics[REPORT_FABRICS_MAX];
        size_t fabric_count;
};

void decide_init(struct decide *d, size_t fabric_count, uint64_t request, bool attached,
                 int64_t patience_ms, int64_t boot_ms);
/* Looks once. After DECIDE_FAILED d->reason says why; after DECIDE_DONE the fabrics say how. */
enum decide_verdict decide_look(struct decide *d, const struct decide_input *in);
/* The exit code when it ends now: 2 configuration, 1 something failed or was left, 0 all fine. */
int decide_exit(const struct decide *d, const struct summary_fabric *fabrics);

#endif
