#include "console/judge.h"

#include "console/ask.h"
#include "console/tail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PAGES_BYTES_MAX = 1 << 20, BATCHES_BYTES_MAX = 1 << 20, ERROR_MAX = 512 };

struct judge {
        const struct explain_options *options;
        int64_t deadline;
        struct ask *find; /* the fetcher's program */
        struct ask *map;  /* then the mapper's; NULL: not begun, or there is nothing to judge */
        char error[ERROR_MAX];
        bool done;
};

int judge_open(const struct explain_options *options, const char *about, int64_t deadline_boot_ms,
               struct judge **ret)
{
        const struct tool_call call = {
            .tool = TOOL_FETCHER,
            .config = options->config,
            .report = true,
            .more = {"--find", about},
        };
        _cleanup_(judge_closep) struct judge *judge = calloc(1, sizeof(*judge));
        char *argv[TOOLS_ARGS_MAX];
        int r;

        if (!judge)
                return -ENOMEM;
        judge->options = options;
        judge->deadline = deadline_boot_ms;
        tools_command(options->tools, &call, argv);
        r = ask_start(argv, options->epoll, PAGES_BYTES_MAX, deadline_boot_ms, &judge->find);
        if (r < 0)
                return r;
        *ret = judge;
        judge = NULL;
        return 0;
}

void judge_close(struct judge *judge)
{
        if (!judge)
                return;
        ask_free(judge->find);
        ask_free(judge->map);
        free(judge);
}

static void give_up(struct judge *judge, const char *why)
{
        snprintf(judge->error, sizeof(judge->error), "%s", why);
        judge->error[strcspn(judge->error, "\n")] = '\0';
        judge->done = true;
}

/* Whether the program has ended well; when it has ended otherwise all is over. */
static bool succeeded(struct judge *judge, struct ask *ask, int64_t boot_ms, const char *silent)
{
        enum ask_state state = ask_serve(ask, boot_ms);
        const char *said;

        if (state == ASK_UNDER_WAY)
                return false;
        if (state == ASK_ANSWERED && ask_exit_code(ask) == 0)
                return true;
        said = tail_plain(ask_errors(ask));
        give_up(judge, said[0] ? said : silent);
        return false;
}

static void start_map(struct judge *judge, const char *pages, size_t len)
{
        const struct tool_call call = {
            .tool = TOOL_MAPPER, .config = judge->options->config, .stdio = true};
        char *argv[TOOLS_ARGS_MAX];
        int r;

        tools_command(judge->options->tools, &call, argv);
        r = ask_start_fed(argv, pages, len, judge->options->epoll, BATCHES_BYTES_MAX,
                          judge->deadline, &judge->map);
        if (r < 0)
                give_up(judge, strerror(-r));
}

bool judge_serve(struct judge *judge, int64_t boot_ms)
{
        const char *pages;
        size_t len;

        if (!judge->done && !judge->map &&
            succeeded(judge, judge->find, boot_ms, "ThreatQ gave no answer in time")) {
                pages = ask_output(judge->find, &len);
                if (len > 0)
                        start_map(judge, pages, len);
                else
                        judge->done = true;
        }
        if (!judge->done && judge->map)
                judge->done = succeeded(judge, judge->map, boot_ms, "tie-mapper gave no answer");
        return judge->done;
}

json_t *judge_answer(const struct judge *judge)
{
        size_t pages_len, batches_len = 0;
        const char *pages = ask_output(judge->find, &pages_len), *batches = "";
        json_t *answer = NULL;

        if (judge->error[0])
                return json_pack("{s:s}", "error", judge->error);
        if (judge->map)
                batches = ask_output(judge->map, &batches_len);
        answer = judge_read(pages, pages_len, batches, batches_len, judge->options);
        return answer ? answer : json_pack("{s:s}", "error", "what was said cannot be read");
}
