#include "console/stages.h"

#include "console/restart.h"
#include "console/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

enum { UNUSABLE_MAX = 384, NOTE_MAX = 512 };

struct stage {
        enum tool tool;
        const char *fabric; /* NULL: for all */
        pid_t pid;          /* 0: does not run */
        pid_t last_pid;
        int err_fd;
        unsigned starts;
        int64_t started_at;
        int64_t again_at; /* when it is started, while it does not run */
        struct restart_history history;
        struct tail tail;
        bool misconfigured;
        char unusable[UNUSABLE_MAX]; /* "": may run */
};

struct stages {
        struct stages_options options;
        bool stopping;
        size_t count;
        struct stage stages[];
};

static void stage_init(struct stage *stage, enum tool tool, const char *fabric)
{
        stage->tool = tool;
        stage->fabric = fabric;
        stage->err_fd = -1;
        restart_init(&stage->history);
}

int stages_open(const struct stages_options *options, struct stages **ret)
{
        size_t count = options->fabric_count + 3;
        struct stages *s = calloc(1, sizeof(*s) + count * sizeof(s->stages[0]));

        if (!s)
                return -ENOMEM;
        s->options = *options;
        s->count = count;
        stage_init(&s->stages[0], TOOL_FETCHER, NULL);
        stage_init(&s->stages[1], TOOL_MAPPER, NULL);
        for (size_t i = 0; i < options->fabric_count; i++)
                stage_init(&s->stages[2 + i], TOOL_PUBLISHER, options->fabrics[i]);
        stage_init(&s->stages[count - 1], TOOL_ENRICHER, NULL);
        *ret = s;
        return 0;
}

void stages_close(struct stages *stages)
{
        if (!stages)
                return;
        stages_kill(stages);
        for (size_t i = 0; i < stages->count; i++) {
                struct stage *stage = &stages->stages[i];

                while (stage->pid > 0 && waitpid(stage->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
                closep(&stage->err_fd);
        }
        free(stages);
}

static void note(const struct stages *s, const struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note(const struct stages *s, const struct stage *stage, const char *format, ...)
{
        char line[NOTE_MAX];
        va_list args;
        int n;

        n = snprintf(line, sizeof(line), "%s%s%s%s ", tool_name(stage->tool),
                     stage->fabric ? "[" : "", stage->fabric ? stage->fabric : "",
                     stage->fabric ? "]" : "");
        va_start(args, format);
        vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
        va_end(args);
        s->options.on_note(line, s->options.userdata);
}

static int start(struct stages *s, struct stage *stage)
{
        struct epoll_event event = {.events = EPOLLIN};
        struct tool_call call = {
            .tool = stage->tool,
            .config = s->options.config,
            .fabric = stage->fabric,
            .log_dir = s->options.log_dir,
            .verbosity = s->options.verbosity,
            .cache = s->options.cache,
            .again = stage->starts > 0,
        };
        char *argv[TOOLS_ARGS_MAX];
        int r;

        if (s->options.dry_run && (stage->tool == TOOL_PUBLISHER || stage->tool == TOOL_ENRICHER))
                call.more[0] = "--dry-run";
        tools_command(s->options.tools, &call, argv);
        r = spawn(argv, -1, &stage->pid, NULL, &stage->err_fd);
        if (r < 0)
                return r;
        stage->last_pid = stage->pid;
        stage->starts++;
        stage->tail = (struct tail){0};
        return epoll_ctl(s->options.epoll, EPOLL_CTL_ADD, stage->err_fd, &event) < 0 ? -errno : 0;
}

static void drain(struct stages *s, struct stage *stage)
{
        char buffer[4096];

        while (stage->err_fd >= 0) {
                ssize_t n = read(stage->err_fd, buffer, sizeof(buffer));

                if (n > 0) {
                        tail_take(&stage->tail, buffer, (size_t)n, s->options.on_line,
                                  s->options.userdata);
                } else if (n < 0 && errno == EINTR) {
                        continue;
                } else if (n < 0 && errno == EAGAIN) {
                        return;
                } else {
                        tail_end(&stage->tail, s->options.on_line, s->options.userdata);
                        close(stage->err_fd);
                        stage->err_fd = -1;
                }
        }
}

static const char *how_it_ended(int status, char *out, size_t size)
{
        if (WIFEXITED(status))
                snprintf(out, size, "ended with exit code %d", WEXITSTATUS(status));
        else
                snprintf(out, size, "was ended by signal %d (%s)", WTERMSIG(status),
                         strsignal(WTERMSIG(status)));
        return out;
}

static void give_up(struct stages *s, struct stage *stage, const char *how, bool misconfigured)
{
        const char *last = tail_plain(stage->tail.last);

        stage->misconfigured = misconfigured;
        snprintf(stage->unusable, sizeof(stage->unusable), "tie-%s %s%s%.250s",
                 tool_name(stage->tool), how, last[0] ? ": " : "", last);
        note(s, stage, "%s and is not started again", how);
}

static void settle_end(struct stages *s, struct stage *stage, int status, int64_t boot_ms)
{
        char how[128];
        int64_t gap_ms = 0;

        how_it_ended(status, how, sizeof(how));
        if (s->stopping)
                return;
        switch (restart_after(&stage->history, status, boot_ms - stage->started_at, boot_ms,
                              s->options.patience_ms, backoff_random(), &gap_ms)) {
        case RESTART_AGAIN:
                stage->again_at = boot_ms + gap_ms;
                note(s, stage, "%s, starting it again in %lld ms", how, (long long)gap_ms);
                break;
        case RESTART_MISCONFIGURED:
                give_up(s, stage, "refuses its configuration", true);
                break;
        case RESTART_GIVEN_UP:
                give_up(s, stage, how, false);
                break;
        }
}

static void reap(struct stages *s, struct stage *stage, int64_t boot_ms)
{
        int status;

        if (waitpid(stage->pid, &status, WNOHANG) != stage->pid)
                return;
        stage->pid = 0;
        /* All it wrote is in the pipe by now. */
        drain(s, stage);
        settle_end(s, stage, status, boot_ms);
}

void stages_serve(struct stages *stages, int64_t boot_ms)
{
        for (size_t i = 0; i < stages->count; i++) {
                struct stage *stage = &stages->stages[i];

                drain(stages, stage);
                if (stage->pid > 0)
                        reap(stages, stage, boot_ms);
                if (stage->pid > 0 || stages->stopping || stage->unusable[0] ||
                    boot_ms < stage->again_at)
                        continue;
                closep(&stage->err_fd);
                stage->err_fd = -1;
                stage->started_at = boot_ms;
                if (start(stages, stage) < 0)
                        stage->again_at = boot_ms + 1000;
        }
}

int64_t stages_next(const struct stages *stages)
{
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < stages->count && !stages->stopping; i++) {
                const struct stage *stage = &stages->stages[i];

                if (stage->pid == 0 && !stage->unusable[0] && stage->again_at < next)
                        next = stage->again_at;
        }
        return next;
}

static void signal_all(struct stages *stages, int number)
{
        stages->stopping = true;
        for (size_t i = 0; i < stages->count; i++) {
                if (stages->stages[i].pid > 0)
                        kill(stages->stages[i].pid, number);
        }
}

void stages_stop(struct stages *stages)
{
        signal_all(stages, SIGTERM);
}

void stages_kill(struct stages *stages)
{
        signal_all(stages, SIGKILL);
}

bool stages_running(const struct stages *stages)
{
        for (size_t i = 0; i < stages->count; i++) {
                if (stages->stages[i].pid > 0)
                        return true;
        }
        return false;
}

const char *stages_unusable(const struct stages *stages, bool *misconfigured)
{
        for (size_t i = 0; i < stages->count; i++) {
                const struct stage *stage = &stages->stages[i];

                if (stage->fabric || !stage->unusable[0])
                        continue;
                *misconfigured = stage->misconfigured;
                return stage->unusable;
        }
        return NULL;
}

const char *stages_unusable_fabric(const struct stages *stages, size_t fabric, bool *misconfigured)
{
        const struct stage *stage = &stages->stages[2 + fabric];

        if (!stage->unusable[0])
                return NULL;
        *misconfigured = stage->misconfigured;
        return stage->unusable;
}

size_t stages_count(const struct stages *stages)
{
        return stages->count;
}

void stages_describe(const struct stages *stages, size_t i, struct summary_stage *ret)
{
        const struct stage *stage = &stages->stages[i];

        *ret = (struct summary_stage){
            .stage = tool_name(stage->tool),
            .fabric = stage->fabric,
            .pid = stage->last_pid,
            .running = stage->pid > 0,
            .restarts = stage->starts > 0 ? stage->starts - 1 : 0,
        };
}
