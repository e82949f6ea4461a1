#include "console/quota.h"

#include "common/clock.h"
#include "common/proc.h"
#include "console/ask.h"
#include "console/quota_view.h"
#include "console/tail.h"
#include "console/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        SHOW_MS = 5000,
        RESET_MS = 20000, /* a publisher that runs is given 10 s of it */
};

struct quota_options {
        bool reset;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct quota_options *own = state->input;

        if (key != ARGP_KEY_ARG)
                return ARGP_ERR_UNKNOWN;
        own->reset = strcmp(arg, "reset") == 0;
        if (state->arg_num > 0 || (!own->reset && strcmp(arg, "show") != 0)) {
                argp_error(state, "'%s' is too much: quota show, or quota reset", arg);
                return EINVAL;
        }
        return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[show|reset]",
    .doc = "\vshow (also without a word) tells the limit of each fabric, what is used of it and "
           "left, when the next requests are free, how many wait, and in how many days the last "
           "of them may leave.\n"
           "reset empties the quota ledger, as removing the cache file of the vendor's connector "
           "does: what left in the last 24 hours does not count any more, and the whole limit may "
           "leave once more. Nothing else is forgotten. With -cn NAME it is only that fabric's.\n"
           "\n"
           "Exit status: 0 done; 1 a fabric gave no answer, the others are done; 2 the command "
           "line or the configuration is wrong."};
const struct command_arguments quota_arguments = {&argp, sizeof(struct quota_options)};

struct question {
        const struct console *console;
        struct watch watch;
        bool reset;
};

static void note_error(const struct question *q, const struct ask *ask, enum ask_state state,
                       struct quota_view *ret)
{
        const char *why = tail_plain(ask_errors(ask));

        if (state == ASK_UNDER_WAY)
                why = q->reset ? "interrupted; whether it was reset, `quota show` tells"
                               : "interrupted";
        else if (why[0] == '\0')
                why = "tie-publisher gave no answer that can be read";
        snprintf(ret->error, sizeof(ret->error), "%s", why);
        ret->error[strcspn(ret->error, "\n")] = '\0';
}

static int take(const struct question *q, const struct ask *ask, struct quota_view *ret)
{
        struct report_publisher report;
        size_t len;
        const char *text = ask_output(ask, &len);
        int r;

        if (ask_exit_code(ask) != 0)
                return REPORT_E_BAD;
        if (q->reset)
                return quota_view_parse_reset(text, len, ret);
        r = report_parse_publisher(text, len, &report);
        if (r != 0)
                return r;
        ret->pid = report.pid;
        ret->quota = report.quota;
        return 0;
}

/* One fabric's answer, or why there is none. 0 or -errno. */
static int ask_one(struct question *q, struct quota_view *ret)
{
        _cleanup_(ask_freep) struct ask *ask = NULL;
        struct tool_call call = {
            .tool = TOOL_PUBLISHER,
            .config = q->console->config->path,
            .fabric = ret->fabric,
            .report = !q->reset,
            .quota_reset = q->reset,
        };
        int64_t until = clock_boot_ms() + (q->reset ? RESET_MS : SHOW_MS);
        enum ask_state state = ASK_UNDER_WAY;
        char *argv[TOOLS_ARGS_MAX];
        int r;

        tools_command(q->console->tools, &call, argv);
        r = ask_start(argv, q->watch.epoll, REPORT_BYTES_MAX, until, &ask);
        while (r == 0 && q->watch.interrupts == 0) {
                state = ask_serve(ask, clock_boot_ms());
                if (state != ASK_UNDER_WAY)
                        break;
                r = watch_wait(&q->watch, until);
        }
        if (r < 0)
                return r;
        if (state != ASK_ANSWERED || take(q, ask, ret) != 0)
                note_error(q, ask, state, ret);
        return 0;
}

static int print(const struct question *q, const struct quota_view *fabrics)
{
        size_t count = q->console->fabric_count;
        bool json = q->console->options->json;
        _cleanup_(freep) char *text = NULL;

        if (json)
                text = quota_view_json(fabrics, count, q->reset);
        else
                text =
                    q->reset ? quota_view_done(fabrics, count) : quota_view_table(fabrics, count);
        if (!text)
                return -ENOMEM;
        printf("%s%s", text, json ? "\n" : "");
        return fflush(stdout) == 0 ? 0 : -errno;
}

int quota_main(const struct console *console)
{
        const struct quota_options *own = console->options->own;
        _cleanup_(freep) struct quota_view *fabrics =
            calloc(console->fabric_count, sizeof(*fabrics));
        struct question q = {.console = console, .reset = own->reset};
        int r = watch_init(&q.watch), code = PROC_EXIT_OK;

        if (!fabrics)
                r = -ENOMEM;
        for (size_t i = 0; i < console->fabric_count && r == 0; i++) {
                fabrics[i].fabric = console->fabrics[i];
                r = ask_one(&q, &fabrics[i]);
                if (fabrics[i].error[0])
                        code = PROC_EXIT_FAILED;
        }
        if (r == 0)
                r = print(&q, fabrics);
        watch_done(&q.watch);
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: no quota: %s\n", strerror(-r));
        return r < 0 ? PROC_EXIT_FAILED : code;
}
