#include "fetcher/fetch_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

/* Whether the job is still wanted. Called with the mutex held. */
static bool current(const struct fetch_work *w)
{
        return !w->fetch->stop && w->fetch->job_number == w->number;
}

void fetch_set_trouble(struct fetch *f, const char *text)
{
        pthread_mutex_lock(&f->mutex);
        text_copy(text_of(text), f->trouble, sizeof(f->trouble));
        pthread_mutex_unlock(&f->mutex);
}

static int64_t monotonic_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool fetch_pause(struct fetch_work *w, int64_t ms)
{
        struct fetch *f = w->fetch;
        int64_t until = monotonic_ms() + ms;
        struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
        bool go_on;

        pthread_mutex_lock(&f->mutex);
        while (current(w) && monotonic_ms() < until)
                pthread_cond_timedwait(&f->wake, &f->mutex, &ts);
        go_on = current(w);
        pthread_mutex_unlock(&f->mutex);
        return go_on;
}

bool fetch_emit(struct fetch_work *w, const struct fetch_event *event)
{
        struct fetch *f = w->fetch;
        const uint64_t one = 1;
        bool go_on;

        pthread_mutex_lock(&f->mutex);
        while (current(w) && f->queued == FETCH_AHEAD)
                pthread_cond_wait(&f->wake, &f->mutex);
        go_on = current(w);
        if (go_on)
                f->queue[f->queued++] = *event;
        pthread_mutex_unlock(&f->mutex);
        if (go_on && write(f->event_fd, &one, sizeof(one)) < 0)
                log_error(f->log, "cannot wake the main thread error=\"%s\"", strerror(errno));
        return go_on;
}

static void *run(void *userdata)
{
        struct fetch *f = userdata;

        pthread_mutex_lock(&f->mutex);
        while (!f->stop) {
                struct fetch_work w = {
                    .fetch = f,
                    .number = f->job_number,
                    .job = f->job,
                };

                if (!f->has_job) {
                        pthread_cond_wait(&f->wake, &f->mutex);
                        continue;
                }
                f->has_job = false;
                pthread_mutex_unlock(&f->mutex);
                fetch_work_off(&w);
                pthread_mutex_lock(&f->mutex);
        }
        pthread_mutex_unlock(&f->mutex);
        return NULL;
}

int fetch_open(const struct config *config, struct log *log, struct fetch **ret)
{
        _cleanup_(fetch_closep) struct fetch *f = calloc(1, sizeof(*f));
        pthread_condattr_t attr;
        int r;

        if (!f)
                return -ENOMEM;
        f->config = config;
        f->log = log;
        pthread_mutex_init(&f->mutex, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&f->wake, &attr);
        pthread_condattr_destroy(&attr);
        f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (f->event_fd < 0)
                return -errno;
        r = ask_open(config, &f->ask);
        if (r < 0)
                return r;
        r = pthread_create(&f->thread, NULL, run, f);
        if (r != 0)
                return -r;
        f->started = true;
        *ret = f;
        f = NULL;
        return 0;
}

static void drop_event(struct fetch_event *event)
{
        if (event->what == FETCH_PAGE)
                msgpack_sbuffer_destroy(&event->page.packed);
        terms_free(event->terms);
}

static void drop_queue(struct fetch *f)
{
        for (unsigned i = 0; i < f->queued; i++)
                drop_event(&f->queue[i]);
        f->queued = 0;
}

void fetch_close(struct fetch *f)
{
        if (!f)
                return;
        pthread_mutex_lock(&f->mutex);
        f->stop = true;
        pthread_cond_signal(&f->wake);
        pthread_mutex_unlock(&f->mutex);
        if (f->ask)
                ask_cancel(f->ask);
        if (f->started)
                pthread_join(f->thread, NULL);
        drop_queue(f);
        ask_close(f->ask);
        if (f->event_fd >= 0)
                close(f->event_fd);
        pthread_cond_destroy(&f->wake);
        pthread_mutex_destroy(&f->mutex);
        free(f);
}

void fetch_keep(struct fetch *f, const char *state_dir)
{
        ask_keep(f->ask, state_dir);
}

int fetch_fd(const struct fetch *f)
{
        return f->event_fd;
}

static void replace_job(struct fetch *f, const struct fetch_job *job)
{
        pthread_mutex_lock(&f->mutex);
        f->job_number++;
        drop_queue(f);
        f->has_job = job != NULL;
        if (job)
                f->job = *job;
        f->trouble[0] = '\0';
        pthread_cond_signal(&f->wake);
        pthread_mutex_unlock(&f->mutex);
}

void fetch_begin(struct fetch *f, const struct fetch_job *job)
{
        replace_job(f, job);
}

void fetch_abort(struct fetch *f)
{
        replace_job(f, NULL);
}

bool fetch_next(struct fetch *f, struct fetch_event *ret)
{
        uint64_t rings;
        bool found;

        pthread_mutex_lock(&f->mutex);
        found = f->queued > 0;
        if (found) {
                *ret = f->queue[0];
                f->queued--;
                for (unsigned i = 0; i < f->queued; i++)
                        f->queue[i] = f->queue[i + 1];
                pthread_cond_signal(&f->wake);
        } else if (read(f->event_fd, &rings, sizeof(rings)) < 0) {
                /* Nobody rang since: as it should be. */
                found = false;
        }
        pthread_mutex_unlock(&f->mutex);
        return found;
}

void fetch_trouble(struct fetch *f, char out[256])
{
        pthread_mutex_lock(&f->mutex);
        memcpy(out, f->trouble, sizeof(f->trouble));
        pthread_mutex_unlock(&f->mutex);
}

uint64_t fetch_bad_rows(struct fetch *f)
{
        uint64_t rows;

        pthread_mutex_lock(&f->mutex);
        rows = f->bad_rows;
        pthread_mutex_unlock(&f->mutex);
        return rows;
}
