#include "console/restart.h"

#include "common/proc.h"
#include "console/spawn.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

enum {
        FIRST_GAP_MS = 100,
        LAST_GAP_MS = 5000,
        ELSEWHERE_GAP_MS = 1000,
        LONG_LIFE_MS = 10000, /* after it a failure is the first of a row */
        SHORT_LIFE_MS = 500,  /* of what is killed: sooner again and again, the gaps grow */
        FAILURES_MIN = 5,
};

void restart_init(struct restart_history *history)
{
        *history =
            (struct restart_history){.gaps = {.first_ms = FIRST_GAP_MS, .max_ms = LAST_GAP_MS}};
}

static bool ended_from_outside(int status)
{
        if (WIFSIGNALED(status))
                return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM;
        return WIFEXITED(status) && WEXITSTATUS(status) == PROC_EXIT_OK;
}

enum restart restart_after(struct restart_history *history, int status, int64_t lived_ms,
                           int64_t boot_ms, int64_t patience_ms, uint32_t random, int64_t *gap_ms)
{
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

        if (code == PROC_EXIT_CONFIG)
                return RESTART_MISCONFIGURED;
        if (code == SPAWN_EXIT_NO_EXEC)
                return RESTART_GIVEN_UP;
        if (code == PROC_EXIT_RUNNING) {
                /* Another one serves; ours takes over when that ends. */
                *gap_ms = ELSEWHERE_GAP_MS;
                return RESTART_AGAIN;
        }
        if (ended_from_outside(status)) {
                if (lived_ms >= SHORT_LIFE_MS)
                        backoff_reset(&history->gaps);
                *gap_ms = backoff_next(&history->gaps, random);
                return RESTART_AGAIN;
        }
        if (lived_ms >= LONG_LIFE_MS || history->failures == 0) {
                backoff_reset(&history->gaps);
                history->failures = 0;
                history->failing_since = boot_ms;
        }
        history->failures++;
        if (history->failures >= FAILURES_MIN && boot_ms - history->failing_since >= patience_ms)
                return RESTART_GIVEN_UP;
        *gap_ms = backoff_next(&history->gaps, random);
        return RESTART_AGAIN;
}
