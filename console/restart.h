/*
 * Whether and when a stage that ended is started again. Pure.
 */
#ifndef TQ_CONSOLE_RESTART_H
#define TQ_CONSOLE_RESTART_H

#include "common/backoff.h"

#include <stdint.h>

enum restart {
        RESTART_AGAIN,         /* after a gap */
        RESTART_MISCONFIGURED, /* it says that its configuration is wrong: never */
        RESTART_GIVEN_UP,      /* it cannot be executed, or failed again and again: never */
};

struct restart_history {
        struct backoff gaps;
        unsigned failures; /* in a row; a life of 10 s ends the row */
        int64_t failing_since;
};

void restart_init(struct restart_history *history);
/* `status` as waitpid gives it; `lived_ms` since it was started. A kill from outside is no failure
 * of the stage. *gap_ms is set for RESTART_AGAIN. */
enum restart restart_after(struct restart_history *history, int status, int64_t lived_ms,
                           int64_t boot_ms, int64_t patience_ms, uint32_t random, int64_t *gap_ms);

#endif
