#include "console/status.h"

#include "common/clock.h"
#include "common/proc.h"
#include "console/gather.h"
#include "console/running.h"
#include "console/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WATCH_MS = 2000, PROBLEM_MAX = REPORT_TEXT_MAX + REPORT_NAME_MAX + 8 };

struct status {
        const struct console *console;
        struct watch watch;
        struct gather *gather;
};

static int one_round(struct status *s)
{
        int r = gather_start(s->gather, clock_boot_ms());

        while (r == 0 && !gather_serve(s->gather, clock_boot_ms())) {
                r = watch_wait(&s->watch, gather_deadline(s->gather));
                if (s->watch.interrupts > 0)
                        return -EINTR;
        }
        return r;
}

/* The last error of the sweep and of each fabric, and what could not be asked. */
struct problems {
        size_t count;
        const char *list[REPORT_FABRICS_MAX + 2];
        char text[REPORT_FABRICS_MAX + 2][PROBLEM_MAX];
};

static void add_problem(struct problems *p, const char *who, const char *what)
{
        if (what[0] == '\0')
                return;
        snprintf(p->text[p->count], PROBLEM_MAX, "%s%s%s", who, who[0] ? ": " : "", what);
        p->list[p->count] = p->text[p->count];
        p->count++;
}

static void find_problems(const struct status *s, const struct report_sweep *sweep,
                          const struct summary_fabric *fabrics, struct problems *ret)
{
        add_problem(ret, "sweep", sweep->error);
        for (size_t i = 0; i < s->console->fabric_count; i++) {
                if (fabrics[i].report)
                        add_problem(ret, fabrics[i].name, fabrics[i].report->last_error);
                if (fabrics[i].lagging && ret->count < REPORT_FABRICS_MAX)
                        add_problem(ret, fabrics[i].name,
                                    "left behind in the last sweep; it catches up when its "
                                    "publisher runs");
        }
        add_problem(ret, "", gather_error(s->gather));
}

static int print(struct status *s)
{
        static const struct report_sweep none;
        const struct report_fetcher *fetcher = gather_fetcher(s->gather, false);
        const struct console *c = s->console;
        _cleanup_(freep) struct problems *problems = calloc(1, sizeof(*problems));
        _cleanup_(freep) char *text = NULL;
        struct summary_fabric fabrics[REPORT_FABRICS_MAX];
        struct summary_stage stages[RUNNING_MAX];
        struct summary summary = {
            .sweep = fetcher ? &fetcher->sweep : &none,
            .fabrics = fabrics,
            .fabric_count = c->fabric_count,
            .stages = stages,
        };

        if (!problems)
                return -ENOMEM;
        gather_describe(s->gather, fabrics);
        summary.stage_count =
            running_describe(fetcher, fabrics, c->fabric_count, c->config->path, stages);
        find_problems(s, summary.sweep, fabrics, problems);
        summary.problems = problems->list;
        summary.problem_count = problems->count;
        text = c->options->json ? summary_json(&summary) : summary_table(&summary);
        if (!text)
                return -ENOMEM;
        if (c->options->watch)
                fputs("\033[H\033[J", stdout);
        printf("%s%s", text, c->options->json ? "\n" : "");
        return fflush(stdout) == 0 ? 0 : -errno;
}

static int watch_status(struct status *s)
{
        int r = 0;

        while (r == 0) {
                int64_t until = clock_boot_ms() + WATCH_MS;

                r = one_round(s);
                if (r == 0)
                        r = print(s);
                while (r == 0 && s->watch.interrupts == 0 && clock_boot_ms() < until)
                        r = watch_wait(&s->watch, until);
                if (s->watch.interrupts > 0)
                        return 0;
        }
        return r;
}

static int open_status(struct status *s)
{
        struct gather_options options = {
            .tools = s->console->tools,
            .config = s->console->config->path,
            .fabrics = s->console->fabrics,
            .fabric_count = s->console->fabric_count,
        };
        int r = watch_init(&s->watch);

        options.epoll = s->watch.epoll;
        return r < 0 ? r : gather_open(&options, &s->gather);
}

int status_main(const struct console *console)
{
        struct status s = {.console = console};
        int r = open_status(&s);

        if (r == 0 && console->options->watch)
                r = watch_status(&s);
        else if (r == 0) {
                r = one_round(&s);
                if (r == 0)
                        r = print(&s);
        }
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: no status: %s\n", strerror(-r));
        else if (s.gather && gather_error(s.gather)[0])
                r = 1;
        gather_close(s.gather);
        watch_done(&s.watch);
        return r == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}
