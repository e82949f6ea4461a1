#include "console/gather.h"

#include "common/text.h"
#include "console/ask.h"
#include "console/tail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        AT_ONCE = 4, /* programs started at a time */
        ANSWER_MS = 5000,
};

struct job {
        struct ask *ask; /* NULL: not under way */
        bool done;
        bool known; /* the report holds something */
        bool fresh;
        union {
                struct report_fetcher fetcher;
                struct report_publisher publisher;
        };
};

struct gather {
        struct gather_options options;
        struct job *jobs; /* the fetcher, then each fabric */
        size_t count;
        bool under_way;
        int64_t started_at;
        int64_t deadline;
        int64_t took_ms;
        char error[REPORT_TEXT_MAX];
};

int gather_open(const struct gather_options *options, struct gather **ret)
{
        _cleanup_(gather_closep) struct gather *g = calloc(1, sizeof(*g));

        if (!g)
                return -ENOMEM;
        g->options = *options;
        g->count = options->fabric_count + 1;
        g->jobs = calloc(g->count, sizeof(*g->jobs));
        if (!g->jobs)
                return -ENOMEM;
        *ret = g;
        g = NULL;
        return 0;
}

void gather_close(struct gather *gather)
{
        if (!gather)
                return;
        for (size_t i = 0; gather->jobs && i < gather->count; i++)
                ask_free(gather->jobs[i].ask);
        free(gather->jobs);
        free(gather);
}

static int start_job(struct gather *g, size_t i)
{
        struct tool_call call = {
            .tool = i == 0 ? TOOL_FETCHER : TOOL_PUBLISHER,
            .config = g->options.config,
            .fabric = i == 0 ? NULL : g->options.fabrics[i - 1],
            .report = true,
        };
        char *argv[TOOLS_ARGS_MAX];

        tools_command(g->options.tools, &call, argv);
        return ask_start(argv, g->options.epoll, REPORT_BYTES_MAX, g->deadline, &g->jobs[i].ask);
}

static int start_some(struct gather *g)
{
        size_t running = 0;
        int r;

        for (size_t i = 0; i < g->count; i++)
                running += g->jobs[i].ask != NULL;
        for (size_t i = 0; i < g->count && running < AT_ONCE; i++) {
                if (g->jobs[i].ask || g->jobs[i].done)
                        continue;
                r = start_job(g, i);
                if (r < 0)
                        return r;
                running++;
        }
        return 0;
}

int gather_start(struct gather *gather, int64_t boot_ms)
{
        if (gather->under_way)
                return 0;
        for (size_t i = 0; i < gather->count; i++) {
                gather->jobs[i].done = false;
                gather->jobs[i].fresh = false;
        }
        gather->error[0] = '\0';
        gather->started_at = boot_ms;
        gather->deadline = boot_ms + ANSWER_MS;
        gather->under_way = true;
        return start_some(gather);
}

static void note_error(struct gather *g, size_t i, enum ask_state state)
{
        const char *who = i == 0 ? "fetcher" : g->options.fabrics[i - 1];
        const char *why = tail_plain(ask_errors(g->jobs[i].ask));

        if (why[0] == '\0')
                why = state == ASK_BROKEN ? "it did not answer" : "what it printed is no report";
        snprintf(g->error, sizeof(g->error), "%s: %s", who, why);
        g->error[strcspn(g->error, "\n")] = '\0';
}

static void finish_job(struct gather *g, size_t i, enum ask_state state)
{
        struct job *job = &g->jobs[i];
        const char *output;
        size_t len;
        int r = -1;

        if (state == ASK_ANSWERED && ask_exit_code(job->ask) == 0) {
                output = ask_output(job->ask, &len);
                r = i == 0 ? report_parse_fetcher(output, len, &job->fetcher)
                           : report_parse_publisher(output, len, &job->publisher);
        }
        if (r == 0) {
                job->known = true;
                job->fresh = true;
        } else {
                note_error(g, i, state);
        }
        ask_free(job->ask);
        job->ask = NULL;
        job->done = true;
}

bool gather_serve(struct gather *gather, int64_t boot_ms)
{
        size_t done = 0;

        if (!gather->under_way)
                return false;
        for (size_t i = 0; i < gather->count; i++) {
                struct job *job = &gather->jobs[i];
                enum ask_state state;

                if (job->ask) {
                        state = ask_serve(job->ask, boot_ms);
                        if (state != ASK_UNDER_WAY)
                                finish_job(gather, i, state);
                } else if (boot_ms >= gather->deadline) {
                        job->done = true;
                }
                done += job->done;
        }
        /* A report that cannot be started now is asked for in the next round. */
        if (done < gather->count && start_some(gather) == 0)
                return false;
        gather->under_way = false;
        gather->took_ms = boot_ms - gather->started_at;
        return true;
}

bool gather_under_way(const struct gather *gather)
{
        return gather->under_way;
}

int64_t gather_deadline(const struct gather *gather)
{
        return gather->deadline;
}

int64_t gather_took_ms(const struct gather *gather)
{
        return gather->took_ms;
}

const struct report_fetcher *gather_fetcher(const struct gather *gather, bool fresh)
{
        const struct job *job = &gather->jobs[0];

        return (fresh ? job->fresh : job->known) ? &job->fetcher : NULL;
}

const struct report_publisher *gather_publisher(const struct gather *gather, size_t fabric,
                                                bool fresh)
{
        const struct job *job = &gather->jobs[fabric + 1];

        return (fresh ? job->fresh : job->known) ? &job->publisher : NULL;
}

void gather_describe(const struct gather *gather, struct summary_fabric *ret)
{
        const struct report_fetcher *fetcher = gather_fetcher(gather, false);

        for (size_t i = 0; i < gather->options.fabric_count; i++) {
                const char *name = gather->options.fabrics[i];

                ret[i] = (struct summary_fabric){
                    .name = name,
                    .report = gather_publisher(gather, i, false),
                    .lagging = fetcher && report_lagging(fetcher, name),
                    .remote = fetcher ? report_remote(fetcher, name) : NULL,
                };
        }
}

const char *gather_error(const struct gather *gather)
{
        return gather->error;
}
