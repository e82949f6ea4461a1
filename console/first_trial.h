/*
 * Whether ThreatQ takes the answers of a first run: `tie-fetcher --check` with a configuration that
 * is in memory only, so that nothing is left behind whatever happens.
 */
#ifndef TQ_CONSOLE_FIRST_TRIAL_H
#define TQ_CONSOLE_FIRST_TRIAL_H

#include "console/first_text.h"
#include "console/tools.h"

enum first_verdict {
        FIRST_GOOD,      /* logged in; what else is wrong was said */
        FIRST_REFUSED,   /* no log-in: other answers are needed */
        FIRST_UNTRUSTED, /* ThreatQ's certificate is not trusted: a CA file is needed */
};

/* Says on standard error what was found. 0 with *ret, -EINTR when interrupted, or -errno. */
int first_trial(const struct tools *tools, const struct first_answers *answers,
                enum first_verdict *ret);

#endif
