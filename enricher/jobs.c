#include "enricher/jobs.h"

#include "enricher/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>

enum slot_state { SLOT_WAITING, SLOT_WORKING, SLOT_FINISHED };

/* Every place is on exactly one list: free, busy (waiting or in work, in order of arrival) or
 * finished. */
struct slot {
        struct job job; /* first: a worker's job is its slot */
        enum slot_state state;
        TAILQ_ENTRY(slot) entry;
};

TAILQ_HEAD(slots, slot);

struct jobs {
        pthread_mutex_t mutex;
        pthread_cond_t work;
        int fd;
        struct slot *slots;
        struct slots free;
        struct slots busy;
        struct slots finished;
        size_t room;
        size_t capacity;
        size_t working;
        bool stopped;
};

int jobs_open(size_t capacity, struct jobs **ret)
{
        _cleanup_(jobs_closep) struct jobs *jobs = calloc(1, sizeof(*jobs));

        if (!jobs)
                return -ENOMEM;
        pthread_mutex_init(&jobs->mutex, NULL);
        pthread_cond_init(&jobs->work, NULL);
        TAILQ_INIT(&jobs->free);
        TAILQ_INIT(&jobs->busy);
        TAILQ_INIT(&jobs->finished);
        jobs->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (jobs->fd < 0)
                return -errno;
        jobs->slots = calloc(capacity, sizeof(*jobs->slots));
        if (!jobs->slots)
                return -ENOMEM;
        for (size_t i = 0; i < capacity; i++)
                TAILQ_INSERT_TAIL(&jobs->free, &jobs->slots[i], entry);
        jobs->room = capacity;
        jobs->capacity = capacity;
        *ret = jobs;
        jobs = NULL;
        return 0;
}

void jobs_close(struct jobs *jobs)
{
        if (!jobs)
                return;
        if (jobs->fd >= 0)
                close(jobs->fd);
        free(jobs->slots);
        pthread_cond_destroy(&jobs->work);
        pthread_mutex_destroy(&jobs->mutex);
        free(jobs);
}

int jobs_fd(const struct jobs *jobs)
{
        return jobs->fd;
}

/* Looks for the same indicator of the same fabric: 0 none; else what a put of it comes to. */
static enum jobs_put put_known(struct jobs *jobs, size_t fabric, const struct wire_outcome *outcome)
{
        struct slot *slot;

        TAILQ_FOREACH(slot, &jobs->busy, entry)
        {
                if (slot->job.outcome.id != outcome->id || slot->job.fabric != fabric)
                        continue;
                if (slot->job.outcome.version == outcome->version)
                        return JOBS_KNOWN;
                if (slot->state == SLOT_WAITING) {
                        slot->job.outcome = *outcome;
                        return JOBS_REPLACED;
                }
        }
        return JOBS_TAKEN;
}

enum jobs_put jobs_put(struct jobs *jobs, size_t fabric, const struct wire_outcome *outcome)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);
        enum jobs_put known = put_known(jobs, fabric, outcome);
        struct slot *slot;

        if (known != JOBS_TAKEN)
                return known;
        slot = TAILQ_FIRST(&jobs->free);
        if (!slot)
                return JOBS_FULL;
        TAILQ_REMOVE(&jobs->free, slot, entry);
        slot->job = (struct job){.fabric = fabric, .outcome = *outcome};
        slot->state = SLOT_WAITING;
        TAILQ_INSERT_TAIL(&jobs->busy, slot, entry);
        jobs->room--;
        pthread_cond_signal(&jobs->work);
        return JOBS_TAKEN;
}

size_t jobs_room(struct jobs *jobs)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);

        return jobs->room;
}

size_t jobs_count(struct jobs *jobs)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);

        return jobs->capacity - jobs->room;
}

size_t jobs_working(struct jobs *jobs)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);

        return jobs->working;
}

bool jobs_collect(struct jobs *jobs, struct job *ret)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);
        struct slot *slot = TAILQ_FIRST(&jobs->finished);
        eventfd_t rung;

        if (!slot) {
                eventfd_read(jobs->fd, &rung);
                return false;
        }
        *ret = slot->job;
        TAILQ_REMOVE(&jobs->finished, slot, entry);
        TAILQ_INSERT_TAIL(&jobs->free, slot, entry);
        jobs->room++;
        return true;
}

static bool indicator_in_work(struct jobs *jobs, uint64_t id)
{
        struct slot *slot;

        if (jobs->working == 0)
                return false;
        TAILQ_FOREACH(slot, &jobs->busy, entry)
        if (slot->state == SLOT_WORKING && slot->job.outcome.id == id)
                return true;
        return false;
}

static struct slot *next_waiting(struct jobs *jobs)
{
        struct slot *slot;

        TAILQ_FOREACH(slot, &jobs->busy, entry)
        if (slot->state == SLOT_WAITING && !indicator_in_work(jobs, slot->job.outcome.id))
                return slot;
        return NULL;
}

struct job *jobs_take(struct jobs *jobs)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);
        struct slot *slot = NULL;

        while (!jobs->stopped && !(slot = next_waiting(jobs)))
                pthread_cond_wait(&jobs->work, &jobs->mutex);
        if (jobs->stopped)
                return NULL;
        slot->state = SLOT_WORKING;
        jobs->working++;
        return &slot->job;
}

void jobs_finish(struct jobs *jobs, struct job *job)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);
        struct slot *slot = (struct slot *)(void *)job;

        slot->state = SLOT_FINISHED;
        jobs->working--;
        TAILQ_REMOVE(&jobs->busy, slot, entry);
        TAILQ_INSERT_TAIL(&jobs->finished, slot, entry);
        pthread_cond_signal(&jobs->work); /* its indicator may be waited for */
        eventfd_write(jobs->fd, 1);
}

void jobs_stop(struct jobs *jobs)
{
        _held_ pthread_mutex_t *held = lock_take(&jobs->mutex);

        jobs->stopped = true;
        pthread_cond_broadcast(&jobs->work);
}
