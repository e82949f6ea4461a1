/*
 * Growing gaps with jitter. Pure but for the random number, which the caller gives.
 */
#ifndef TQ_COMMON_BACKOFF_H
#define TQ_COMMON_BACKOFF_H

#include <stdint.h>

struct backoff {
        int64_t first_ms; /* the first gap */
        int64_t max_ms;   /* no gap is longer, jitter aside */
        unsigned tries;   /* gaps given since the last success */
};

/* The next gap: first_ms doubled for each try up to max_ms, plus 0–25 % by random. Counts the try.
 */
int64_t backoff_next(struct backoff *b, uint32_t random);
void backoff_reset(struct backoff *b);
/* A random number from the kernel, for jitter and ids. */
uint32_t backoff_random(void);

#endif
