#include "console/status.h"

#include "common/clock.h"
#include "common/proc.h"
#include "console/gather.h"
#include "console/live.h"
#include "console/snapshot.h"
#include "console/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct status_options {
        bool watch;
};

static const struct argp_option own_options[] = {
    {"watch", COMMANDS_KEY, NULL, 0, "as a picture, again every two seconds, until q or Ctrl-C", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct status_options *own = state->input;

        (void)arg;
        if (key != COMMANDS_KEY)
                return ARGP_ERR_UNKNOWN;
        own->watch = true;
        return 0;
}

static const struct argp argp = {
    .options = own_options,
    .parser = parse,
    .doc =
        "\vExit status: 0 all is fine; 1 degraded: something waits, failed or is missing that "
        "should "
        "not, it says what; 2 down, or the configuration is wrong. When nothing runs, as between "
        "two runs of cron, it is fine as long as the last sweep ended well and is younger than "
        "twice connector.interval and 15 minutes."};
const struct command_arguments status_arguments = {&argp, sizeof(struct status_options)};

struct status {
        const struct console *console;
        struct watch watch;
        struct gather *gather;
        struct snapshot *snapshot;
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

static int print(struct status *s)
{
        const struct console *c = s->console;
        _cleanup_(freep) char *text = NULL;

        snapshot_take(s->snapshot, s->gather, clock_wall_s(), false);
        text = c->options->json ? summary_json(snapshot_summary(s->snapshot))
                                : summary_table(snapshot_summary(s->snapshot));
        if (!text)
                return -ENOMEM;
        printf("%s%s", text, c->options->json ? "\n" : "");
        return fflush(stdout) == 0 ? 0 : -errno;
}

static int watch_status(struct status *s)
{
        const struct live_view view = {
            .watch = &s->watch,
            .gather = s->gather,
            .snapshot = s->snapshot,
            .fabric_count = s->console->fabric_count,
        };

        return live_run(&view);
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
        if (r == 0)
                r = gather_open(&options, &s->gather);
        return r == 0 ? snapshot_open(s->console, &s->snapshot) : r;
}

int status_main(const struct console *console)
{
        const struct status_options *own = console->options->own;
        struct status s = {.console = console};
        int r, code = PROC_EXIT_OK;

        if (own->watch && console->options->json) {
                fprintf(stderr, "tq-trellix-tie: --watch draws on a terminal: leave --json out\n");
                return PROC_EXIT_CONFIG;
        }
        r = open_status(&s);
        if (r == 0 && own->watch)
                r = watch_status(&s);
        else if (r == 0) {
                r = one_round(&s);
                if (r == 0)
                        r = print(&s);
                if (r == 0)
                        code = (int)snapshot_health(s.snapshot)->level;
        }
        if (r < 0) {
                fprintf(stderr, "tq-trellix-tie: no status: %s\n", strerror(-r));
                code = (int)HEALTH_DOWN;
        }
        snapshot_close(s.snapshot);
        gather_close(s.gather);
        watch_done(&s.watch);
        return code;
}
