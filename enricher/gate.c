#include "enricher/gate.h"

#include "common/backoff.h"
#include "common/clock.h"
#include "enricher/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct gate {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        struct backoff backoff;
        unsigned singles; /* failures since the last success */
        bool closed;
        bool probing; /* one worker has gone through the closed gate */
        bool stopped;
        int64_t closed_at_ms; /* clock_boot_ms */
        int64_t until_ms;     /* no probe before */
};

int gate_open(struct gate **ret)
{
        struct gate *gate = calloc(1, sizeof(*gate));
        pthread_condattr_t attr;

        if (!gate)
                return -ENOMEM;
        pthread_mutex_init(&gate->mutex, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&gate->changed, &attr);
        pthread_condattr_destroy(&attr);
        gate->backoff = (struct backoff){.first_ms = 250, .max_ms = 1000};
        *ret = gate;
        return 0;
}

void gate_close(struct gate *gate)
{
        if (!gate)
                return;
        pthread_cond_destroy(&gate->changed);
        pthread_mutex_destroy(&gate->mutex);
        free(gate);
}

static void wait_ms(struct gate *gate, int64_t ms)
{
        struct timespec until;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&gate->changed, &gate->mutex, &until);
}

bool gate_pass(struct gate *gate)
{
        _held_ pthread_mutex_t *held = lock_take(&gate->mutex);
        int64_t left;

        while (!gate->stopped && gate->closed) {
                left = gate->until_ms - clock_boot_ms();
                if (!gate->probing && left <= 0) {
                        gate->probing = true;
                        break;
                }
                if (gate->probing)
                        pthread_cond_wait(&gate->changed, &gate->mutex);
                else
                        wait_ms(gate, left);
        }
        return !gate->stopped;
}

enum gate_event gate_succeeded(struct gate *gate, int64_t *ret_closed_for_ms)
{
        _held_ pthread_mutex_t *held = lock_take(&gate->mutex);
        bool was_closed = gate->closed;

        gate->singles = 0;
        backoff_reset(&gate->backoff);
        if (!was_closed)
                return GATE_UNCHANGED;
        gate->closed = false;
        gate->probing = false;
        *ret_closed_for_ms = clock_boot_ms() - gate->closed_at_ms;
        pthread_cond_broadcast(&gate->changed);
        return GATE_OPENED;
}

enum gate_event gate_failed(struct gate *gate, enum gate_trouble trouble, int64_t pause_ms,
                            int64_t *ret_pause_ms)
{
        int64_t now = clock_boot_ms();
        _held_ pthread_mutex_t *held = lock_take(&gate->mutex);
        bool was_closed = gate->closed;

        if (was_closed && !gate->probing && now < gate->until_ms)
                return GATE_UNCHANGED; /* left before it closed */
        if (!was_closed && trouble == GATE_SINGLE && ++gate->singles < GATE_SINGLES_MAX)
                return GATE_UNCHANGED;
        if (pause_ms < 0)
                pause_ms = backoff_next(&gate->backoff, backoff_random());
        if (pause_ms > GATE_PAUSE_MAX_MS)
                pause_ms = GATE_PAUSE_MAX_MS;
        if (!was_closed)
                gate->closed_at_ms = now;
        gate->closed = true;
        gate->probing = false;
        gate->until_ms = now + pause_ms;
        *ret_pause_ms = pause_ms;
        pthread_cond_broadcast(&gate->changed);
        return was_closed ? GATE_UNCHANGED : GATE_CLOSED;
}

bool gate_sleep(struct gate *gate, int64_t ms)
{
        int64_t until = clock_boot_ms() + ms;
        int64_t left = ms;
        _held_ pthread_mutex_t *held = lock_take(&gate->mutex);

        while (!gate->stopped && left > 0) {
                wait_ms(gate, left);
                left = until - clock_boot_ms();
        }
        return !gate->stopped;
}

void gate_stop(struct gate *gate)
{
        _held_ pthread_mutex_t *held = lock_take(&gate->mutex);

        gate->stopped = true;
        pthread_cond_broadcast(&gate->changed);
}
