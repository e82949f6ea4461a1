#include "console/run.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/proc.h"
#include "console/decide.h"
#include "console/gather.h"
#include "console/guard.h"
#include "console/outcome.h"
#include "console/plan.h"
#include "console/progress.h"
#include "console/request.h"
#include "console/run_options.h"
#include "console/running.h"
#include "console/stages.h"
#include "console/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
        LOOK_MS = 250,  /* at most four rounds of reports a second … */
        LOOK_SHARE = 5, /* … and no more than a fifth of the time */
        STOP_MS = 5000, /* a stage ends within it, or is killed */
};

struct run {
        const struct console *console;
        struct watch watch;
        struct gather *gather;
        struct stages *stages; /* NULL: the service's are used */
        struct progress *progress;
        struct log *log; /* NULL without -ll */
        struct request *request;
        struct decide decide;
        enum decide_verdict verdict;
        bool dry_run;
        int64_t started_at;
        int64_t look_at;
        struct summary_fabric fabrics[REPORT_FABRICS_MAX];
        struct report_publisher reports[REPORT_FABRICS_MAX]; /* of the end */
};

static void show_line(const char *line, void *userdata)
{
        struct run *run = userdata;

        progress_line(run->progress, line);
}

static void show_note(const char *line, void *userdata)
{
        struct run *run = userdata;
        char text[1024];

        log_warn(run->log, "%s", line);
        snprintf(text, sizeof(text), "tq-trellix-tie: %s", line);
        progress_line(run->progress, text);
}

static int open_log(struct run *run)
{
        const struct console_options *options = run->console->options;
        _cleanup_(freep) char *path = NULL;

        if (!options->log_dir)
                return 0;
        if (asprintf(&path, "%s/console.log", options->log_dir) < 0)
                return -ENOMEM;
        return log_open("console", path, options->verbosity, &run->log);
}

static int open_stages(struct run *run)
{
        const struct console *c = run->console;
        struct stages_options options = {
            .tools = c->tools,
            .config = c->config->path,
            .log_dir = c->options->log_dir,
            .verbosity = c->options->verbosity,
            .dry_run = run->dry_run,
            .cache = c->options->cache,
            .fabrics = c->fabrics,
            .fabric_count = c->fabric_count,
            .patience_ms = c->config->patience_ms,
            .epoll = run->watch.epoll,
            .on_line = show_line,
            .on_note = show_note,
            .userdata = run,
        };

        return stages_open(&options, &run->stages);
}

static int open_gather(struct run *run)
{
        const struct console *c = run->console;
        struct gather_options options = {
            .tools = c->tools,
            .config = c->config->path,
            .fabrics = c->fabrics,
            .fabric_count = c->fabric_count,
            .epoll = run->watch.epoll,
        };

        return gather_open(&options, &run->gather);
}

static int run_open(struct run *run)
{
        int r;

        r = watch_init(&run->watch);
        if (r == 0)
                r = open_log(run);
        if (r == 0)
                r = progress_open(stderr, isatty(STDERR_FILENO), &run->progress);
        if (r == 0)
                r = open_gather(run);
        if (r == 0)
                r = request_open(run->console->config, &run->request);
        return r;
}

static void run_close(struct run *run)
{
        stages_close(run->stages);
        gather_close(run->gather);
        progress_close(run->progress);
        request_close(run->request);
        log_close(run->log);
        watch_done(&run->watch);
}

static const char *phase(const struct run *run)
{
        const struct decide *d = &run->decide;
        bool sending = false;

        if (d->sweep == 0)
                return strcmp(d->seen.state, "waiting") == 0 ? "waiting for publishers"
                                                             : "starting";
        if (!d->swept)
                return "sweeping";
        for (size_t i = 0; i < run->console->fabric_count; i++) {
                const struct report_publisher *r = run->fabrics[i].report;

                sending = sending || (r && !r->idle);
        }
        return sending ? "pushing" : "writing back";
}

static void show(struct run *run, const char *what, int64_t now)
{
        struct progress_view view = {
            .phase = what,
            .elapsed_ms = now - run->started_at,
            .wall_s = clock_wall_s(),
            .sweep = run->decide.sweep ? &run->decide.seen : NULL,
            .fabrics = run->fabrics,
            .fabric_count = run->console->fabric_count,
        };

        gather_describe(run->gather, run->fabrics);
        progress_show(run->progress, &view);
}

static void look(struct run *run, int64_t now)
{
        struct decide_fabric_input fabrics[REPORT_FABRICS_MAX] = {0};
        struct decide_input in = {
            .boot_ms = now,
            .wall_s = clock_wall_s(),
            .fetcher = gather_fetcher(run->gather, true),
            .fabrics = fabrics,
            .fabric_count = run->console->fabric_count,
        };

        if (run->stages)
                in.unusable = stages_unusable(run->stages, &in.misconfigured);
        for (size_t i = 0; i < in.fabric_count; i++) {
                struct decide_fabric_input *f = &fabrics[i];

                f->name = run->console->fabrics[i];
                f->report = gather_publisher(run->gather, i, true);
                if (run->stages)
                        f->unusable = stages_unusable_fabric(run->stages, i, &f->misconfigured);
        }
        run->verdict = decide_look(&run->decide, &in);
}

static int64_t next_look(const struct run *run, int64_t now)
{
        int64_t gap = LOOK_SHARE * gather_took_ms(run->gather);

        return now + (gap > LOOK_MS ? gap : LOOK_MS);
}

static int64_t wake_at(const struct run *run)
{
        int64_t at = gather_under_way(run->gather) ? gather_deadline(run->gather) : run->look_at;
        int64_t stages = run->stages ? stages_next(run->stages) : INT64_MAX;

        return stages < at ? stages : at;
}

/* Until decided or interrupted. */
static int run_loop(struct run *run)
{
        while (run->verdict == DECIDE_GO_ON && run->watch.interrupts == 0) {
                int64_t now = clock_boot_ms();
                int r;

                if (run->stages)
                        stages_serve(run->stages, now);
                if (gather_serve(run->gather, now)) {
                        look(run, now);
                        show(run, phase(run), now);
                        run->look_at = next_look(run, now);
                        if (run->decide.sweep == 0)
                                request_send(run->request);
                }
                if (!gather_under_way(run->gather) && now >= run->look_at) {
                        r = gather_start(run->gather, now);
                        if (r < 0)
                                return r;
                }
                if (run->verdict != DECIDE_GO_ON)
                        break;
                r = watch_wait(&run->watch, wake_at(run));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* One round of reports; an interrupt does not end it, its deadline does. */
static int one_round(struct run *run)
{
        int r = gather_start(run->gather, clock_boot_ms());

        while (r == 0 && !gather_serve(run->gather, clock_boot_ms()))
                r = watch_wait(&run->watch, gather_deadline(run->gather));
        return r;
}

/* All children end within STOP_MS; another interrupt ends them at once. */
static int stop(struct run *run)
{
        int64_t until = clock_boot_ms() + STOP_MS;
        unsigned interrupts = run->watch.interrupts;
        int r = 0;

        stages_stop(run->stages);
        show(run, "stopping", clock_boot_ms());
        while (r == 0 && stages_running(run->stages)) {
                if (clock_boot_ms() >= until || run->watch.interrupts > interrupts) {
                        stages_kill(run->stages);
                        until = INT64_MAX;
                        interrupts = run->watch.interrupts;
                }
                r = watch_wait(&run->watch, until);
                stages_serve(run->stages, clock_boot_ms());
        }
        return r;
}

/* Asks who serves; starts the stages when nobody does. */
static int begin(struct run *run)
{
        const struct report_fetcher *fetcher;
        int r;

        r = one_round(run);
        if (r < 0)
                return r;
        fetcher = gather_fetcher(run->gather, true);
        if (!fetcher) {
                fprintf(stderr, "tq-trellix-tie: no report from %s\n", gather_error(run->gather));
                return -EPROTO;
        }
        decide_init(&run->decide, run->console->fabric_count, request_number(run->request),
                    fetcher->pid != 0, run->console->config->patience_ms, clock_boot_ms());
        if (run->dry_run && !run->console->config->publisher.dry_run &&
            !guard_nobody_pushes(run->gather, run->console->fabric_count, run->decide.attached))
                return -EPROTO;
        if (!run->decide.attached)
                return open_stages(run);
        show_note("the service runs already: it is asked to sweep", run);
        if (run->console->options->cache)
                show_note("its publishers counted a cache file at their own start or not at all: "
                          "-x is for those that this command starts; give theirs --cache",
                          run);
        return 0;
}

/* Ends our stages. The figures of the summary are those after it, but for the connections, which
 * are closed by then. */
static int end(struct run *run)
{
        size_t count = run->console->fabric_count;
        int r = 0;

        gather_describe(run->gather, run->fabrics);
        if (run->stages) {
                for (size_t i = 0; i < count; i++) {
                        if (run->fabrics[i].report)
                                run->reports[i] = *run->fabrics[i].report;
                }
                r = stop(run);
                if (r == 0)
                        r = one_round(run);
                gather_describe(run->gather, run->fabrics);
        }
        for (size_t i = 0; i < count; i++) {
                struct report_publisher before = run->reports[i];

                if (!run->stages || !run->fabrics[i].report)
                        continue;
                run->reports[i] = *run->fabrics[i].report;
                run->reports[i].connected = before.connected;
                memcpy(run->reports[i].broker, before.broker, sizeof(before.broker));
                run->fabrics[i].report = &run->reports[i];
        }
        return r;
}

static int print_outcome(struct run *run)
{
        const struct console *c = run->console;
        struct summary_stage stages[RUNNING_MAX];
        struct outcome outcome = {
            .decide = &run->decide,
            .fabrics = run->fabrics,
            .fabric_count = c->fabric_count,
            .stages = stages,
            .interrupted = run->watch.interrupts > 0,
            .elapsed_ms = clock_boot_ms() - run->started_at,
            .json = c->options->json,
        };

        if (run->stages) {
                for (size_t i = 0; i < stages_count(run->stages); i++)
                        stages_describe(run->stages, i, &stages[i]);
                outcome.stage_count = stages_count(run->stages);
        } else {
                outcome.stage_count =
                    running_describe(gather_fetcher(run->gather, false), run->fabrics,
                                     c->fabric_count, c->config->path, stages);
        }
        progress_clear(run->progress);
        if (run->dry_run && !run->decide.failed)
                plan_tell(c, c->options->json ? "jsonl" : "table");
        return outcome_print(&outcome, stdout);
}

int run_main(const struct console *console)
{
        const struct run_options *own = console->options->own;
        struct run *run;
        int r, code = PROC_EXIT_FAILED;

        if (!guard_is_of_one_host(console->config))
                return PROC_EXIT_CONFIG;
        run = calloc(1, sizeof(*run));
        if (!run)
                return code;
        run->console = console;
        run->dry_run = own->dry_run || console->config->publisher.dry_run;
        run->started_at = clock_boot_ms();
        r = run_open(run);
        if (r == 0)
                r = begin(run);
        if (r == 0) {
                r = run_loop(run);
                if (r == 0)
                        r = end(run);
                if (r == 0)
                        code = print_outcome(run);
        }
        if (r < 0 && r != -EPROTO)
                fprintf(stderr, "tq-trellix-tie: cannot go on: %s\n", strerror(-r));
        run_close(run);
        free(run);
        return code;
}
