#include "publisher/dxl/handover.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

static const unsigned NONE = UINT_MAX;

struct list {
        unsigned head, tail; /* NONE: empty */
};

struct dxl_handover {
        pthread_mutex_t lock; /* of the lists, and `sleeping` */
        struct list vacant, queued, done;
        bool sleeping; /* the fabric is in dxl_handover_wait */
        int done_fd;
        int wake_fd;
        unsigned count;
        struct dxl_request requests[];
};

static void push(struct dxl_handover *h, struct list *list, unsigned i)
{
        h->requests[i].next = NONE;
        if (list->head == NONE)
                list->head = i;
        else
                h->requests[list->tail].next = i;
        list->tail = i;
}

static unsigned pop(struct dxl_handover *h, struct list *list)
{
        unsigned i = list->head;
        if (i != NONE)
                list->head = h->requests[i].next;
        return i;
}

static void ring(int fd)
{
        uint64_t one = 1;
        if (write(fd, &one, sizeof(one)) < 0)
                return; /* EAGAIN: it rings already */
}

static void silence(int fd)
{
        uint64_t n;
        if (read(fd, &n, sizeof(n)) < 0)
                return; /* EAGAIN: it did not ring */
}

int dxl_handover_open(unsigned count, struct dxl_handover **ret)
{
        struct dxl_handover *h = calloc(1, sizeof(*h) + count * sizeof(struct dxl_request));
        if (!h)
                return -ENOMEM;
        pthread_mutex_init(&h->lock, NULL);
        h->count = count;
        h->vacant = h->queued = h->done = (struct list){NONE, NONE};
        for (unsigned i = 0; i < count; i++)
                push(h, &h->vacant, i);
        h->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (h->done_fd < 0 || h->wake_fd < 0) {
                int rc = -errno;
                dxl_handover_close(h);
                return rc;
        }
        *ret = h;
        return 0;
}

void dxl_handover_close(struct dxl_handover *handover)
{
        if (!handover)
                return;
        for (unsigned i = 0; i < handover->count; i++) {
                free(handover->requests[i].payload);
                free(handover->requests[i].completion.payload);
        }
        closep(&handover->done_fd);
        closep(&handover->wake_fd);
        pthread_mutex_destroy(&handover->lock);
        free(handover);
}

int dxl_handover_fd(const struct dxl_handover *handover)
{
        return handover->done_fd;
}

static int fill(struct dxl_request *r, const char *topic, const void *payload, size_t len)
{
        if (len > r->payload_size) {
                void *more = realloc(r->payload, len);
                if (!more)
                        return -ENOMEM;
                r->payload = more;
                r->payload_size = len;
        }
        if (len > 0)
                memcpy(r->payload, payload, len);
        r->payload_len = len;
        snprintf(r->topic, sizeof(r->topic), "%s", topic);
        return 0;
}

int dxl_handover_put(struct dxl_handover *handover, uint64_t tag, const char *topic,
                     const void *payload, size_t len, int64_t send_by)
{
        if (strlen(topic) > DXL_TOPIC_MAX || len > DXL_PAYLOAD_MAX)
                return -EMSGSIZE;
        pthread_mutex_lock(&handover->lock);
        unsigned i = pop(handover, &handover->vacant);
        pthread_mutex_unlock(&handover->lock);
        if (i == NONE)
                return DXL_E_FULL;
        struct dxl_request *r = &handover->requests[i];
        int rc = fill(r, topic, payload, len);
        r->send_by = send_by;
        r->completion = (struct dxl_completion){.tag = tag};
        pthread_mutex_lock(&handover->lock);
        push(handover, rc < 0 ? &handover->vacant : &handover->queued, i);
        bool sleeping = handover->sleeping;
        handover->sleeping = false;
        pthread_mutex_unlock(&handover->lock);
        if (sleeping)
                ring(handover->wake_fd);
        return rc;
}

bool dxl_handover_next(struct dxl_handover *handover, struct dxl_completion *ret)
{
        pthread_mutex_lock(&handover->lock);
        unsigned i = pop(handover, &handover->done);
        if (i == NONE) {
                silence(handover->done_fd);
        } else {
                *ret = handover->requests[i].completion;
                handover->requests[i].completion.payload = NULL;
                push(handover, &handover->vacant, i);
        }
        pthread_mutex_unlock(&handover->lock);
        return i != NONE;
}

int dxl_handover_take(struct dxl_handover *handover)
{
        return dxl_handover_take_late(handover, INT64_MAX);
}

int dxl_handover_take_late(struct dxl_handover *handover, int64_t now)
{
        pthread_mutex_lock(&handover->lock);
        unsigned i = handover->queued.head;
        if (i != NONE && handover->requests[i].send_by <= now)
                pop(handover, &handover->queued);
        else
                i = NONE;
        pthread_mutex_unlock(&handover->lock);
        return i == NONE ? DXL_HANDOVER_NONE : (int)i;
}

struct dxl_request *dxl_handover_request(struct dxl_handover *handover, unsigned number)
{
        return &handover->requests[number];
}

void dxl_handover_complete(struct dxl_handover *handover, unsigned number)
{
        pthread_mutex_lock(&handover->lock);
        push(handover, &handover->done, number);
        pthread_mutex_unlock(&handover->lock);
}

void dxl_handover_ring(struct dxl_handover *handover)
{
        ring(handover->done_fd);
}

void dxl_handover_wait(struct dxl_handover *handover, int ms)
{
        pthread_mutex_lock(&handover->lock);
        bool sleep = handover->queued.head == NONE;
        handover->sleeping = sleep;
        pthread_mutex_unlock(&handover->lock);
        if (!sleep)
                return;
        struct pollfd p = {.fd = handover->wake_fd, .events = POLLIN};
        poll(&p, 1, ms);
        pthread_mutex_lock(&handover->lock);
        handover->sleeping = false;
        silence(handover->wake_fd);
        pthread_mutex_unlock(&handover->lock);
}

void dxl_handover_wake(struct dxl_handover *handover)
{
        ring(handover->wake_fd);
}
