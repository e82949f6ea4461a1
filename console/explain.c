#include "console/explain.h"

#include "console/ask.h"
#include "console/judge.h"
#include "console/tail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        AT_ONCE = 4, /* programs at a time */
        ANSWER_MS = 20000,
        ANSWER_BYTES_MAX = 1 << 20,
        ERROR_MAX = 512,
};

struct job {
        struct ask *ask; /* NULL: not under way */
        bool done;
};

struct explain {
        struct explain_options options;
        char *about;
        struct job *jobs;    /* one for each fabric */
        struct judge *judge; /* NULL: its answer is in the story */
        int64_t deadline;
        json_t *story;
        json_t *fabrics; /* in it */
        bool failed;
};

static int start(struct explain *e, size_t i)
{
        const struct tool_call call = {
            .tool = TOOL_PUBLISHER,
            .config = e->options.config,
            .fabric = e->options.fabrics[i],
            .report = true,
            .more = {"--explain", e->about},
        };
        char *argv[TOOLS_ARGS_MAX];

        tools_command(e->options.tools, &call, argv);
        return ask_start(argv, e->options.epoll, ANSWER_BYTES_MAX, e->deadline, &e->jobs[i].ask);
}

static void add(struct explain *e, size_t i, json_t *answer)
{
        json_object_set_new(e->fabrics, e->options.fabrics[i], answer);
        e->jobs[i].done = true;
}

static void add_error(struct explain *e, size_t i, const char *why)
{
        char line[ERROR_MAX];

        snprintf(line, sizeof(line), "%s", why[0] ? why : "tie-publisher gave no answer");
        line[strcspn(line, "\n")] = '\0';
        add(e, i, json_pack("{s:s}", "error", line));
        e->failed = true;
}

static void add_judged(struct explain *e, json_t *answer)
{
        json_object_set_new(e->story, "threatq", answer);
        judge_close(e->judge);
        e->judge = NULL;
}

static void start_some(struct explain *e)
{
        size_t running = 0;

        for (size_t i = 0; i < e->options.fabric_count; i++)
                running += e->jobs[i].ask != NULL;
        for (size_t i = 0; i < e->options.fabric_count && running < AT_ONCE; i++) {
                int r;

                if (e->jobs[i].ask || e->jobs[i].done)
                        continue;
                r = start(e, i);
                if (r < 0)
                        add_error(e, i, strerror(-r));
                else
                        running++;
        }
}

int explain_open(const struct explain_options *options, const char *about, int64_t boot_ms,
                 struct explain **ret)
{
        _cleanup_(explain_closep) struct explain *e = calloc(1, sizeof(*e));
        int r;

        if (!e)
                return -ENOMEM;
        e->options = *options;
        e->deadline = boot_ms + ANSWER_MS;
        e->about = strdup(about);
        e->jobs = calloc(options->fabric_count, sizeof(*e->jobs));
        e->fabrics = json_object();
        e->story = json_pack("{s:s, s:o}", "about", about, "fabrics", e->fabrics);
        if (!e->about || !e->jobs || !e->story)
                return -ENOMEM;
        r = judge_open(&e->options, e->about, e->deadline, &e->judge);
        if (r < 0)
                add_judged(e, json_pack("{s:s}", "error", strerror(-r)));
        start_some(e);
        *ret = e;
        e = NULL;
        return 0;
}

void explain_close(struct explain *explain)
{
        if (!explain)
                return;
        for (size_t i = 0; explain->jobs && i < explain->options.fabric_count; i++)
                ask_free(explain->jobs[i].ask);
        judge_close(explain->judge);
        free(explain->jobs);
        free(explain->about);
        json_decref(explain->story);
        free(explain);
}

/* A fabric's answer, or why there is none. */
static void finish(struct explain *e, size_t i, enum ask_state state)
{
        const struct ask *ask = e->jobs[i].ask;
        size_t len;
        const char *text = ask_output(ask, &len);
        json_t *answer = NULL;

        if (state == ASK_ANSWERED && ask_exit_code(ask) == 0)
                answer = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_array(json_object_get(answer, "indicators"))) {
                json_object_del(answer, "fabric");
                add(e, i, answer);
        } else {
                json_decref(answer);
                add_error(e, i, tail_plain(ask_errors(ask)));
        }
        ask_free(e->jobs[i].ask);
        e->jobs[i].ask = NULL;
}

bool explain_serve(struct explain *explain, int64_t boot_ms)
{
        size_t done = 0;

        if (explain->judge && judge_serve(explain->judge, boot_ms))
                add_judged(explain, judge_answer(explain->judge));
        for (size_t i = 0; i < explain->options.fabric_count; i++) {
                struct job *job = &explain->jobs[i];

                if (job->ask) {
                        enum ask_state state = ask_serve(job->ask, boot_ms);

                        if (state != ASK_UNDER_WAY)
                                finish(explain, i, state);
                } else if (!job->done && boot_ms >= explain->deadline) {
                        add_error(explain, i, "the time was over before it was asked");
                }
                done += job->done;
        }
        if (done < explain->options.fabric_count)
                start_some(explain);
        return done == explain->options.fabric_count && !explain->judge;
}

int64_t explain_deadline(const struct explain *explain)
{
        return explain->deadline;
}

const json_t *explain_story(const struct explain *explain)
{
        return explain->story;
}

bool explain_failed(const struct explain *explain)
{
        return explain->failed;
}
