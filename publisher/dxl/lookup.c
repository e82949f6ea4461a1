#include "publisher/dxl/lookup.h"

#include "common/cleanup.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

DEFINE_CLEANUP(struct addrinfo *, freeaddrinfo);

/* Shared by who asks and the thread that resolves; the last one frees it. */
struct job {
        atomic_uint users;
        int done_fd;
        int rc; /* of getaddrinfo; as `found` only read once done_fd rings */
        struct addrinfo *found;
        char service[8];
        char host[];
};

static void release(struct job *job)
{
        if (atomic_fetch_sub(&job->users, 1) > 1)
                return;
        if (job->found)
                freeaddrinfo(job->found);
        closep(&job->done_fd);
        free(job);
}
DEFINE_CLEANUP(struct job *, release);

static void *resolve(void *userdata)
{
        struct job *job = userdata;
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

        job->rc = getaddrinfo(job->host, job->service, &hints, &job->found);
        eventfd_write(job->done_fd, 1);
        release(job);
        return NULL;
}

static int start(struct job *job)
{
        pthread_attr_t detached;
        pthread_t thread;
        int rc;

        atomic_store(&job->users, 2);
        pthread_attr_init(&detached);
        pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
        rc = -pthread_create(&thread, &detached, resolve, job);
        pthread_attr_destroy(&detached);
        if (rc < 0)
                atomic_store(&job->users, 1);
        return rc;
}

static void take(const struct addrinfo *found, struct dxl_addresses *ret)
{
        struct dxl_address *to = &ret->all[ret->count++];

        memcpy(&to->addr, found->ai_addr, found->ai_addrlen);
        to->len = found->ai_addrlen;
}

static void take_all(const struct addrinfo *found, struct dxl_addresses *ret)
{
        const struct addrinfo *best = found;

        while (best->ai_family != AF_INET && best->ai_next)
                best = best->ai_next;
        ret->count = 0;
        take(best, ret);
        for (; found && ret->count < DXL_LOOKUP_MAX; found = found->ai_next)
                if (found != best)
                        take(found, ret);
}

/* A numeric address needs no name server and no thread. */
static bool is_numeric(const char *host, const char *service, struct dxl_addresses *ret)
{
        _cleanup_(freeaddrinfop) struct addrinfo *found = NULL;
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};

        if (getaddrinfo(host, service, &hints, &found) != 0)
                return false;
        take_all(found, ret);
        return true;
}

int dxl_lookup(const char *host, uint16_t port, const struct dxl_patience *patience,
               struct dxl_addresses *ret, char *why, size_t why_size)
{
        size_t host_size = strlen(host) + 1;
        _cleanup_(releasep) struct job *job = calloc(1, sizeof(*job) + host_size);
        int rc;

        if (!job)
                return -ENOMEM;
        atomic_store(&job->users, 1);
        memcpy(job->host, host, host_size);
        snprintf(job->service, sizeof(job->service), "%u", port);
        job->done_fd = eventfd(0, EFD_CLOEXEC);
        if (is_numeric(host, job->service, ret))
                return 0;
        rc = job->done_fd < 0 ? -errno : start(job);
        if (rc == 0)
                rc = dxl_patience_wait(patience, job->done_fd, POLLIN);
        if (rc == 0 && job->rc != 0) {
                snprintf(why, why_size, "%s", gai_strerror(job->rc));
                return -EHOSTUNREACH;
        }
        if (rc == 0)
                take_all(job->found, ret);
        else
                snprintf(why, why_size, "looking its name up: %s", strerror(-rc));
        return rc;
}
