/*
 * The stages as children of a run: fetcher, mapper, one publisher per fabric, enricher. Starts
 * them, starts again what dies, hands on what they say, ends them.
 */
#ifndef TQ_CONSOLE_STAGES_H
#define TQ_CONSOLE_STAGES_H

#include "common/cleanup.h"
#include "console/summary.h"
#include "console/tail.h"
#include "console/tools.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stages;

struct stages_options {
        const struct tools *tools;
        const char *config;
        const char *log_dir; /* NULL: their lines come to on_line */
        const char *cache;   /* the vendor's quota file or its folder, for publishers; or NULL */
        int verbosity;
        bool dry_run;               /* nothing is set, nothing written */
        const char *const *fabrics; /* names; all of the options stay with the caller */
        size_t fabric_count;
        int64_t patience_ms;
        int epoll;       /* becomes readable when stages_serve has something to do */
        tail_fn on_line; /* a line of a stage's standard error */
        tail_fn on_note; /* what is done about one that ended */
        void *userdata;
};

/* Starts nothing yet. */
int stages_open(const struct stages_options *options, struct stages **ret);
/* Kills what still runs. */
void stages_close(struct stages *stages);
DEFINE_CLEANUP(struct stages *, stages_close);

/* Starts what is to be started now, takes lines and ends of stages. Call it when `epoll` is
 * readable, on SIGCHLD and at stages_next. */
void stages_serve(struct stages *stages, int64_t boot_ms);
/* When it wants to be called at the latest; INT64_MAX: it has nothing to wait for. */
int64_t stages_next(const struct stages *stages);
/* Asks all to end (SIGTERM) or ends them (SIGKILL); none is started any more. */
void stages_stop(struct stages *stages);
void stages_kill(struct stages *stages);
bool stages_running(const struct stages *stages);

/* Why a stage that every fabric needs, or this fabric's publisher, will not run again; NULL: it
 * runs or will. Valid until stages_close. */
const char *stages_unusable(const struct stages *stages, bool *misconfigured);
const char *stages_unusable_fabric(const struct stages *stages, size_t fabric, bool *misconfigured);

size_t stages_count(const struct stages *stages);
void stages_describe(const struct stages *stages, size_t i, struct summary_stage *ret);

#endif
