#include "console/check_stages.h"

#include "common/clock.h"
#include "console/ask.h"
#include "console/tail.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
        AT_ONCE = 4,
        /* A fabric's check takes up to 30 s, ThreatQ's connection up to 10 s a call. */
        ANSWER_MS = 60000,
        OUTPUT_MAX = 256 << 10,
};

struct job {
        struct ask *ask; /* NULL: not started, or over and told */
        enum ask_state state;
        bool started;
};

static int start(const struct check_stages *c, size_t i, struct job *job)
{
        const struct tool_call call = {
            .tool = i == 0 ? TOOL_FETCHER : TOOL_PUBLISHER,
            .config = c->config,
            .fabric = i == 0 ? NULL : c->fabrics[i - 1],
            .check = true,
        };
        char *argv[TOOLS_ARGS_MAX];

        tools_command(c->tools, &call, argv);
        job->started = true;
        job->state = ASK_UNDER_WAY;
        return ask_start(argv, c->watch->epoll, OUTPUT_MAX, clock_boot_ms() + ANSWER_MS, &job->ask);
}

/* A stage that did not get as far as findings, or that fell over after them. */
static void tell_broken(const struct check_stages *c, size_t i, const struct job *job)
{
        char why[512];
        struct finding finding;

        snprintf(why, sizeof(why), "%s", tail_plain(ask_errors(job->ask)));
        why[strcspn(why, "\n")] = '\0';
        if (why[0] == '\0')
                snprintf(why, sizeof(why), "%s",
                         job->state == ASK_BROKEN ? "it was killed, or took more than a minute"
                                                  : "it ended without a word");
        finding_set(&finding, i == 0 ? "threatq" : "fabric", i == 0 ? "" : c->fabrics[i - 1],
                    FINDING_FAILED,
                    i == 0 ? "run tie-fetcher --check by hand"
                           : "run tie-publisher --check by hand",
                    "the check did not come to its end: %s", why);
        c->on_finding(&finding, c->userdata);
}

static void tell(const struct check_stages *c, size_t i, struct job *job)
{
        size_t len, found = 0;
        const char *output = ask_output(job->ask, &len);
        const char *end = output + len;

        while (output < end) {
                const char *newline = memchr(output, '\n', (size_t)(end - output));
                size_t line = (size_t)((newline ? newline : end) - output);
                struct finding finding;

                if (finding_read((struct text){output, line}, &finding) == 0) {
                        c->on_finding(&finding, c->userdata);
                        found++;
                }
                output += line + 1;
        }
        if (job->state == ASK_BROKEN || ask_exit_code(job->ask) > 1 || found == 0)
                tell_broken(c, i, job);
        ask_free(job->ask);
        job->ask = NULL;
}

static int start_some(const struct check_stages *c, struct job *jobs)
{
        size_t running = 0;
        int r;

        for (size_t i = 0; i <= c->fabric_count; i++)
                running += jobs[i].ask && jobs[i].state == ASK_UNDER_WAY;
        for (size_t i = 0; i <= c->fabric_count && running < AT_ONCE; i++) {
                if (jobs[i].started)
                        continue;
                r = start(c, i, &jobs[i]);
                if (r < 0)
                        return r;
                running++;
        }
        return 0;
}

/* Takes what is there; *told: how many from the first on have been told. */
static void serve(const struct check_stages *c, struct job *jobs, size_t *told)
{
        for (size_t i = *told; i <= c->fabric_count; i++) {
                if (jobs[i].ask && jobs[i].state == ASK_UNDER_WAY)
                        jobs[i].state = ask_serve(jobs[i].ask, clock_boot_ms());
        }
        while (*told <= c->fabric_count && jobs[*told].ask && jobs[*told].state != ASK_UNDER_WAY) {
                tell(c, *told, &jobs[*told]);
                (*told)++;
        }
}

int check_stages_ask(const struct check_stages *c)
{
        _cleanup_(freep) struct job *jobs = calloc(c->fabric_count + 1, sizeof(*jobs));
        size_t told = 0;
        int r = jobs ? 0 : -ENOMEM;

        while (r == 0 && told <= c->fabric_count) {
                r = start_some(c, jobs);
                if (r == 0)
                        r = watch_wait(c->watch, clock_boot_ms() + 1000);
                if (r == 0)
                        serve(c, jobs, &told);
                if (c->watch->interrupts > 0)
                        r = -EINTR;
        }
        for (size_t i = 0; jobs && i <= c->fabric_count; i++)
                ask_free(jobs[i].ask);
        return r;
}
