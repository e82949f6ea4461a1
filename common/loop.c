#include "common/loop.h"

#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

enum { IDLE_MS = 60000 }; /* without a timer the poll ends after so long, and begins again */

struct source {
        void *socket; /* NULL: fd */
        int fd;
        loop_fn fn;
        void *userdata;
        bool on;
};

struct timer {
        loop_fn fn;
        void *userdata;
        int64_t due; /* boot clock in ms; -1: not armed */
};

struct loop {
        struct source sources[LOOP_MAX_SOURCES];
        int source_count;
        struct timer timers[LOOP_MAX_TIMERS];
        int timer_count;
        bool stopped;
};

int loop_open(struct loop **ret)
{
        struct loop *loop = calloc(1, sizeof(*loop));

        if (!loop)
                return -ENOMEM;
        *ret = loop;
        return 0;
}

void loop_close(struct loop *loop)
{
        free(loop);
}

static int add_source(struct loop *loop, struct source source)
{
        if (loop->source_count == LOOP_MAX_SOURCES)
                return -ENOSPC;
        loop->sources[loop->source_count++] = source;
        return 0;
}

int loop_add_socket(struct loop *loop, void *zmq_socket, loop_fn fn, void *userdata)
{
        return add_source(
            loop, (struct source){
                      .socket = zmq_socket, .fd = -1, .fn = fn, .userdata = userdata, .on = true});
}

int loop_add_fd(struct loop *loop, int fd, loop_fn fn, void *userdata)
{
        return add_source(loop,
                          (struct source){.fd = fd, .fn = fn, .userdata = userdata, .on = true});
}

void loop_enable_socket(struct loop *loop, void *zmq_socket, bool on)
{
        for (int i = 0; i < loop->source_count; i++) {
                if (loop->sources[i].socket && loop->sources[i].socket == zmq_socket)
                        loop->sources[i].on = on;
        }
}

void loop_enable_fd(struct loop *loop, int fd, bool on)
{
        for (int i = 0; i < loop->source_count; i++) {
                if (!loop->sources[i].socket && loop->sources[i].fd == fd)
                        loop->sources[i].on = on;
        }
}

int loop_add_timer(struct loop *loop, loop_fn fn, void *userdata)
{
        if (loop->timer_count == LOOP_MAX_TIMERS)
                return -ENOSPC;
        loop->timers[loop->timer_count] = (struct timer){.fn = fn, .userdata = userdata, .due = -1};
        return loop->timer_count++;
}

void loop_arm(struct loop *loop, int timer, int64_t ms)
{
        loop->timers[timer].due = ms < 0 ? -1 : clock_boot_ms() + ms;
}

bool loop_armed(const struct loop *loop, int timer)
{
        return loop->timers[timer].due >= 0;
}

/* How long the poll may wait for the next timer. */
static long wait_ms(const struct loop *loop)
{
        int64_t now = clock_boot_ms(), left = IDLE_MS;

        for (int i = 0; i < loop->timer_count; i++) {
                const struct timer *timer = &loop->timers[i];

                if (timer->due >= 0 && timer->due - now < left)
                        left = timer->due > now ? timer->due - now : 0;
        }
        return (long)left;
}

/* A timer is disarmed before its function runs, which may arm it again: it then fires in a later
 * round, so that a timer of 0 ms cannot starve the sources. */
static int run_timers(struct loop *loop)
{
        int64_t now = clock_boot_ms();
        int r = 0;

        for (int i = 0; i < loop->timer_count && r >= 0 && !loop->stopped; i++) {
                struct timer *timer = &loop->timers[i];

                if (timer->due < 0 || timer->due > now)
                        continue;
                timer->due = -1;
                r = timer->fn(timer->userdata);
        }
        return r;
}

static int run_sources(struct loop *loop, const zmq_pollitem_t *items, int count)
{
        int r = 0;

        for (int i = 0; i < count && r >= 0 && !loop->stopped; i++) {
                struct source *source = &loop->sources[i];

                /* A function that ran before may have paused this one. */
                if (items[i].revents && source->on)
                        r = source->fn(source->userdata);
        }
        return r;
}

/* Item i is source i. One that is paused is polled as fd -1, which the kernel passes over: with no
 * events asked for, an fd at its end would still wake the poll. */
static int fill(const struct loop *loop, zmq_pollitem_t items[LOOP_MAX_SOURCES])
{
        for (int i = 0; i < loop->source_count; i++) {
                const struct source *source = &loop->sources[i];

                items[i] = (zmq_pollitem_t){.socket = source->on ? source->socket : NULL,
                                            .fd = source->on ? source->fd : -1,
                                            .events = ZMQ_POLLIN};
        }
        return loop->source_count;
}

int loop_run(struct loop *loop)
{
        zmq_pollitem_t items[LOOP_MAX_SOURCES];

        while (!loop->stopped) {
                int count = fill(loop, items), r = zmq_poll(items, count, wait_ms(loop));

                if (r < 0 && zmq_errno() == EINTR)
                        continue;
                if (r < 0)
                        return zmq_errno() < ZMQ_HAUSNUMERO ? -zmq_errno() : -EIO;
                r = run_timers(loop);
                if (r >= 0)
                        r = run_sources(loop, items, count);
                if (r < 0)
                        return r;
        }
        loop->stopped = false;
        return 0;
}

void loop_stop(struct loop *loop)
{
        loop->stopped = true;
}
